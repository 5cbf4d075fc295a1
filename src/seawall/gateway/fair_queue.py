"""Shares the upstream's slots between functions: a weighted virtual token counter.

After VTC (Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024): the waiting
function with the least tokens per weight is served next. Here a counter has two halves, what was
used and what is in flight, so that estimates of running requests cannot be mistaken for use.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from types import TracebackType

from seawall.core.errors import InputError
from seawall.gateway.adaptive import Adaptive
from seawall.gateway.reservations import LimitError

_SMOOTHING = 0.2
_BATCH_TURN = 10


class Lane:
    """One function: its counters in tokens per weight, and its tickets in order of arrival."""

    def __init__(self, function: str, weight: float, *, batch: bool = False) -> None:
        self.function = function
        self.weight = weight
        self.batch = batch
        self.used = 0.0
        self.in_flight = 0.0
        self.running = 0
        self.served = 0
        self.waiting: OrderedDict[int, Slot] = OrderedDict()

    def rank(self) -> tuple[float, float, int]:
        """Least is next; equal counters go to the function with fewer slots, then least recent."""
        return (self.used + self.in_flight, self.running / self.weight, self.served)


class Slot:
    """One place at the upstream, as an async context manager. Leaving it serves the next.

    `used(tokens)` corrects the estimate; without it, the estimate counts as used.
    """

    def __init__(self, queue: "FairQueue", lane: Lane, cost: int, deadline: float) -> None:
        self._queue = queue
        self.lane = lane
        self.cost = cost
        self.deadline = deadline
        self.granted: asyncio.Future[None] | None = None
        self.since = 0.0
        self.actual: int | None = None

    def answered(self, seconds: float) -> None:
        """Say how long the provider took to its first byte."""
        self._queue.heard(seconds)

    def overloaded(self) -> None:
        """Say that the provider was overloaded or too slow."""
        self._queue.heard(None)

    def used(self, tokens: int) -> None:
        """Say how many tokens the request really used."""
        self.actual = max(0, tokens)

    async def __aenter__(self) -> "Slot":
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self._queue.enter(self)
        self._queue.on_wait(self.lane.function, loop.time() - began)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Give the place back, as leaving the block does."""
        self._queue.leave(self)


class FairQueue:
    """Slots of one upstream, shared by weight. For one event loop; holds no lock.

    A function that floods gets what others leave. With equal weights, and estimates in proportion
    to service time that are not exceeded, another function is served at most one service time
    later than if half of the slots were its own. A burst is through within twice the time it
    needs alone plus one service time. Idle functions save up no credit.
    """

    def __init__(
        self,
        capacity: int,
        weights: Mapping[str, float],
        *,
        max_waiting: int = 1000,
        control: str = "CTL-BUDGET",
        batch: Collection[str] = (),
        adaptive: Adaptive | None = None,
    ) -> None:
        if capacity < 1 or any(not weight > 0 for weight in weights.values()):
            raise InputError("A fair queue needs a capacity of 1 or more and positive weights.")
        self.capacity = capacity
        # Hears how long each request waited: function, seconds.
        self.on_wait: Callable[[str, float], None] = lambda function, seconds: None
        self._lanes = {
            name: Lane(name, weight, batch=name in batch) for name, weight in weights.items()
        }
        self._adaptive = adaptive
        self._max_waiting = max_waiting
        self._control = control
        self._running = 0
        self._tickets = 0
        self._served = 0
        self._batch_running = 0
        # The counter of the lane that was served last: where a lane that was idle starts. One for
        # interactive functions, one for batch.
        self._level = {False: 0.0, True: 0.0}
        self._service_seconds = 1.0

    def slot(self, function: str, cost_tokens: int, deadline_seconds: float) -> Slot:
        """Return a slot to enter with `async with`; entering waits `deadline_seconds` at most.

        Entering raises LimitError: 429 when the function's own requests fill its share, 503 when
        the upstream is busy with others. InputError for a function the policy does not name.
        """
        lane = self._lanes.get(function)
        if lane is None:
            raise InputError(f"The fair queue has no function {function!r}.")
        return Slot(self, lane, max(1, cost_tokens), deadline_seconds)

    @property
    def functions(self) -> Collection[str]:
        """The functions that it serves, with those that another policy had."""
        return self._lanes.keys()

    def waiting(self, function: str) -> int:
        """Return how many requests of a function wait."""
        return len(self._lanes[function].waiting)

    def running(self, function: str) -> int:
        """Return how many slots a function holds."""
        return self._lanes[function].running

    async def enter(self, slot: Slot) -> None:
        """Wait for a slot; `Slot` calls it. Safe to cancel: no slot is lost."""
        lane, loop = slot.lane, asyncio.get_running_loop()
        if slot.granted is not None:
            raise InputError("A slot can be entered once.")
        if len(lane.waiting) >= self._max_waiting:
            raise self._refusal(lane, "has too many requests waiting")
        slot.granted = loop.create_future()
        if not lane.waiting:
            lane.used = max(lane.used, self._floor(lane.batch))
            if self._idle(lane):
                self._grant(lane, slot, loop.time())
                return
        self._tickets += 1
        ticket = self._tickets
        lane.waiting[ticket] = slot
        self._serve(loop.time())
        if slot.granted.done():
            return
        try:
            async with asyncio.timeout(slot.deadline):
                await slot.granted
        except BaseException as error:
            refusal = self._refusal(lane, f"waited {slot.deadline:g} seconds for a slot")
            self._give_up(slot, ticket)
            if isinstance(error, TimeoutError):
                raise refusal from None
            raise

    def leave(self, slot: Slot) -> None:
        """Give a slot back and serve who is next; `Slot` calls it."""
        now = asyncio.get_running_loop().time()
        spent = now - slot.since
        self._service_seconds += _SMOOTHING * (spent - self._service_seconds)
        self._free(slot, slot.cost if slot.actual is None else slot.actual)
        self._serve(now)

    def follow(
        self, capacity: int, weights: Mapping[str, float], *, control: str,
        batch: Collection[str] = (), adaptive: bool = True,
    ) -> None:  # fmt: skip
        """Share other slots by other weights from now on; who waits keeps the place.

        Functions that are no longer named stay known: what began with them ends with them.
        """
        for name, weight in weights.items():
            lane = self._lanes.setdefault(name, Lane(name, weight))
            lane.used, lane.in_flight = (
                amount * lane.weight / weight for amount in (lane.used, lane.in_flight)
            )
            lane.weight, lane.batch = weight, name in batch
        self._batch_running = sum(x.running for x in self._lanes.values() if x.batch)
        if not adaptive:
            self._adaptive = None
        elif self._adaptive is None or capacity != self.capacity:
            self._adaptive = Adaptive(capacity)
        self.capacity, self._control = capacity, control
        self._serve(asyncio.get_running_loop().time())

    @property
    def limit(self) -> int:
        """How many requests may run now: the capacity, or less while the provider is overloaded."""
        return self.capacity if self._adaptive is None else self._adaptive.limit

    def heard(self, seconds: float | None) -> None:
        """Take the provider's time to its first byte, None for an overload; `Slot` calls it."""
        if self._adaptive is not None:
            now = asyncio.get_running_loop().time()
            self._adaptive.note(seconds, now, busy=self._running >= self._adaptive.limit)
            self._serve(now)

    def _floor(self, batch: bool) -> float:
        backlogged = [x.used for x in self._lanes.values() if x.waiting and x.batch is batch]
        return min(backlogged) if backlogged else self._level[batch]

    def _next(self) -> Lane | None:
        """Return who is served next: interactive first, every tenth slot is batch's."""
        fast: list[Lane] = []
        slow: list[Lane] = []
        for lane in self._lanes.values():
            if lane.waiting:
                (slow if lane.batch else fast).append(lane)
        if not slow:
            return min(fast, key=Lane.rank) if fast else None
        # A quarter of the slots stays free of batch, so that nobody waits for a long job to end.
        limit = self.limit
        room = limit if limit == 1 else limit - max(1, limit // 4)
        turn = not fast or self._served % _BATCH_TURN == _BATCH_TURN - 1
        if turn and self._batch_running < room:
            return min(slow, key=Lane.rank)
        return min(fast, key=Lane.rank) if fast else None

    def _idle(self, lane: Lane) -> bool:
        """Say whether a slot of an interactive lane is free and nobody waits for one."""
        free = self._running < self.limit and not lane.batch
        return free and not any(other.waiting for other in self._lanes.values())

    def _serve(self, now: float) -> None:
        while self._running < self.limit:
            lane = self._next()
            if lane is None:
                return
            _, slot = lane.waiting.popitem(last=False)
            if slot.granted is None or slot.granted.done():
                continue  # cancelled: its task has not run yet to take it out
            self._grant(lane, slot, now)

    def _grant(self, lane: Lane, slot: Slot, now: float) -> None:
        self._served += 1
        lane.served = self._served
        lane.running += 1
        lane.in_flight += slot.cost / lane.weight
        self._running += 1
        self._batch_running += lane.batch
        self._level[lane.batch] = max(self._level[lane.batch], lane.used)
        slot.since = now
        if slot.granted is not None:
            slot.granted.set_result(None)

    def _free(self, slot: Slot, tokens: int) -> None:
        lane = slot.lane
        lane.running -= 1
        lane.in_flight = 0.0 if lane.running == 0 else lane.in_flight - slot.cost / lane.weight
        lane.used += tokens / lane.weight
        self._running -= 1
        self._batch_running -= lane.batch

    def _give_up(self, slot: Slot, ticket: int) -> None:
        """Take a request out that no longer waits; a slot it was just given goes to the next."""
        if slot.lane.waiting.pop(ticket, None) is not None:
            return
        granted = slot.granted
        if granted is not None and granted.done() and not granted.cancelled():
            self._free(slot, 0)
            self._serve(asyncio.get_running_loop().time())

    def _refusal(self, lane: Lane, what: str) -> LimitError:
        active = [x.weight for x in self._lanes.values() if x.waiting or x.running]
        share = self.limit * lane.weight / sum(active, lane.weight if not active else 0.0)
        own = lane.running + len(lane.waiting) > max(1.0, share)
        retry_after = max(1.0, len(lane.waiting) * self._service_seconds / share)
        return LimitError(
            f"{lane.function} {what}.",
            control=self._control,
            function=lane.function,
            limit="queue",
            retry_after=retry_after,
            code="rate_limit_exceeded" if own else "overloaded",
            status=429 if own else 503,
            hint=f"Try again in {math.ceil(retry_after)} seconds.",
        )
