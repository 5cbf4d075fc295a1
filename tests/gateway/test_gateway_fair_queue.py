"""The fair queue under a virtual clock: who waits how long, and is a slot ever lost?"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.errors import InputError
from seawall.gateway.fair_queue import FairQueue
from seawall.gateway.reservations import LimitError

pytestmark = pytest.mark.once


class _JumpingSelector(selectors.SelectSelector):
    """Instead of sleeping until the next timer, moves the clock there."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("every task waits for ever: a slot was lost")
        self.now += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jumping.now


def simulate(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def now() -> float:
    return asyncio.get_running_loop().time()


async def request(
    queue: FairQueue,
    function: str,
    times: list[float],
    *,
    service: float = 1.0,
    cost: int = 100,
    used: int | None = None,
    at: float = 0.0,
) -> None:
    """Ask for a slot at time `at`, hold it, note how long it took from asking to finished."""
    await asyncio.sleep(at - now())
    async with queue.slot(function, cost, 10_000) as slot:
        await asyncio.sleep(service)
        if used is not None:
            slot.used(used)
    times.append(now() - at)


def times_of(
    capacity: int, arrivals: list[float], *, flood: int, used: int | None = None
) -> list[float]:
    """How long each request of `victim` takes while `flooder` sends `flood` requests at 0.0."""

    async def main() -> list[float]:
        queue = FairQueue(capacity, {"victim": 1.0, "flooder": 1.0})
        times: list[float] = []
        await asyncio.gather(
            *(request(queue, "flooder", [], used=used) for _ in range(flood)),
            *(request(queue, "victim", times, at=at, used=used) for at in arrivals),
        )
        return times

    return simulate(main)


@settings(max_examples=40, deadline=None)
@given(
    capacity=st.integers(1, 6),
    burst=st.integers(1, 25),
    at=st.floats(0.01, 20).map(lambda x: round(x, 2)),
    used=st.sampled_from([None, 1, 5, 60]),
)
def test_a_flood_at_most_doubles_the_time_of_a_burst_and_adds_one_service(
    capacity: int, burst: int, at: float, used: int | None
) -> None:
    alone = times_of(capacity, [at] * burst, flood=0, used=used)
    flooded = times_of(capacity, [at] * burst, flood=120, used=used)
    assert len(flooded) == burst
    assert max(flooded) <= 2 * max(alone) + 1.0 + 1e-6


@settings(max_examples=40, deadline=None)
@given(
    half=st.integers(1, 3),
    arrivals=st.lists(st.floats(0.01, 12).map(lambda x: round(x, 2)), min_size=1, max_size=25),
    used=st.sampled_from([None, 1, 5, 60]),
)
def test_with_a_flood_a_function_is_served_as_if_half_the_slots_were_its_own(
    half: int, arrivals: list[float], used: int | None
) -> None:
    """Whatever comes when: at most one service time later than alone with its share of slots."""
    alone = times_of(half, arrivals, flood=0, used=used)
    flooded = times_of(2 * half, arrivals, flood=120, used=used)
    assert len(flooded) == len(arrivals)
    assert max(flooded) <= max(alone) + 1.0 + 1e-6


def test_without_fairness_the_same_flood_would_be_felt() -> None:
    """The bound of the property means something: first come, first served breaks it far."""

    async def main() -> list[float]:
        queue = FairQueue(2, {"everybody": 1.0})
        times: list[float] = []
        flood = [request(queue, "everybody", []) for _ in range(200)]
        await asyncio.gather(*flood, request(queue, "everybody", times, at=0.5))
        return times

    assert simulate(main)[0] > 90


@pytest.mark.parametrize(("weight", "share"), [(1.0, 0.5), (3.0, 0.75), (0.25, 0.2)])
def test_backlogged_functions_get_tokens_by_weight(weight: float, share: float) -> None:
    async def main() -> float:
        queue = FairQueue(4, {"a": weight, "b": 1.0})
        done = {"a": 0, "b": 0}

        async def one(function: str, cost: int, service: float) -> None:
            async with queue.slot(function, cost, 10_000):
                await asyncio.sleep(service)
            done[function] += cost

        tasks = [asyncio.create_task(one("a", 100, 1.0)) for _ in range(900)]
        tasks += [asyncio.create_task(one("b", 300, 3.0)) for _ in range(300)]
        await asyncio.sleep(150)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return done["a"] / (done["a"] + done["b"])

    assert simulate(main) == pytest.approx(share, abs=0.03)


def test_an_idle_function_saves_up_no_credit() -> None:
    async def main() -> list[str]:
        queue = FairQueue(1, {"busy": 1.0, "idle": 1.0})
        order: list[str] = []

        async def one(function: str) -> None:
            async with queue.slot(function, 100, 10_000):
                order.append(function)
                await asyncio.sleep(1)

        busy = [asyncio.create_task(one("busy")) for _ in range(60)]
        await asyncio.sleep(20.5)
        idle = [asyncio.create_task(one("idle")) for _ in range(20)]
        await asyncio.gather(*busy, *idle)
        return order

    order = simulate(main)
    first = order.index("idle")
    assert first == 21
    assert order[first : first + 20].count("idle") == 10


def test_estimates_far_above_use_do_not_push_others_back() -> None:
    times = times_of(8, [10.5], flood=300, used=1)
    assert times[0] <= 2.0


def test_deadline_429_for_the_flooder_503_for_others() -> None:
    async def main() -> tuple[LimitError, LimitError]:
        queue = FairQueue(1, {"flooder": 1.0, "other": 1.0})
        holder = asyncio.create_task(request(queue, "flooder", [], service=50))
        await asyncio.sleep(0.5)
        errors = []
        for function in ("flooder", "other"):
            with pytest.raises(LimitError) as caught:
                async with queue.slot(function, 10, 3):
                    raise AssertionError("no slot is free")
            errors.append(caught.value)
        assert now() == 6.5
        assert (queue.waiting("flooder"), queue.waiting("other")) == (0, 0)
        await holder
        return errors[0], errors[1]

    flooder, other = simulate(main)
    assert (flooder.status, flooder.code) == (429, "rate_limit_exceeded")
    assert (other.status, other.code) == (503, "overloaded")
    assert all(int(error.headers()["retry-after"]) >= 1 for error in (flooder, other))
    assert flooder.control == "CTL-BUDGET"


def test_too_many_waiting_are_refused_at_once() -> None:
    async def main() -> None:
        queue = FairQueue(1, {"f": 1.0}, max_waiting=2)
        tasks = [asyncio.create_task(request(queue, "f", [])) for _ in range(3)]
        await asyncio.sleep(0.5)
        with pytest.raises(LimitError) as caught:
            async with queue.slot("f", 1, 100):
                raise AssertionError("the queue is full")
        assert (now(), caught.value.status) == (0.5, 429)
        await asyncio.gather(*tasks)

    simulate(main)


def test_a_slot_granted_in_the_moment_of_cancelling_goes_to_the_next() -> None:
    async def main() -> list[str]:
        queue = FairQueue(1, {"f": 1.0})
        order: list[str] = []

        async def one(name: str) -> None:
            async with queue.slot("f", 1, 100):
                order.append(name)
                await asyncio.sleep(1)

        tasks = {name: asyncio.create_task(one(name)) for name in ("first", "second", "third")}
        await asyncio.sleep(0)
        tasks["first"].cancel()
        # Runs after first's exit granted second its slot, before second's task wakes up.
        asyncio.get_running_loop().call_soon(tasks["second"].cancel)
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        assert (queue.running("f"), queue.waiting("f")) == (0, 0)
        return order

    assert simulate(main) == ["first", "third"]


REQUESTS = st.tuples(
    st.sampled_from("abc"),
    st.floats(0, 5).map(lambda x: round(x, 1)),  # asks at
    st.floats(0, 3).map(lambda x: round(x, 1)),  # holds for
    st.integers(0, 500),  # estimated tokens
    st.floats(0, 4).map(lambda x: round(x, 1)),  # deadline
    st.none() | st.floats(0, 6).map(lambda x: round(x, 1)),  # cancelled at
    st.booleans(),  # raises inside
)


@settings(max_examples=150, deadline=None)
@given(capacity=st.integers(1, 4), plan=st.lists(REQUESTS, max_size=30))
def test_no_slot_is_lost_and_none_is_given_twice(capacity: int, plan: list[Any]) -> None:
    async def main() -> None:
        queue = FairQueue(capacity, {"a": 1.0, "b": 2.0, "c": 0.5})
        inside = most = 0

        async def one(
            function: str, at: float, hold: float, cost: int, deadline: float, fails: bool
        ) -> None:
            nonlocal inside, most
            await asyncio.sleep(at)
            async with queue.slot(function, cost, deadline) as slot:
                inside += 1
                most = max(most, inside)
                try:
                    await asyncio.sleep(hold)
                    slot.used(cost // 2)
                    if fails:
                        raise ValueError
                finally:
                    inside -= 1

        tasks = []
        for function, at, hold, cost, deadline, cancelled, fails in plan:
            task = asyncio.create_task(one(function, at, hold, cost, deadline, fails))
            tasks.append(task)
            if cancelled is not None:
                asyncio.get_running_loop().call_later(cancelled, task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        allowed = (type(None), LimitError, ValueError, asyncio.CancelledError)
        assert all(isinstance(result, allowed) for result in results), results
        assert most <= capacity
        assert all(queue.running(f) == queue.waiting(f) == 0 for f in "abc")
        # Every slot is there: as many as the capacity can be held at once.
        slots = [queue.slot("a", 1, 0) for _ in range(capacity)]
        for slot in slots:
            await slot.__aenter__()
        with pytest.raises(LimitError):
            await queue.slot("a", 1, 0).__aenter__()
        for slot in slots:
            await slot.__aexit__(None, None, None)

    simulate(main)


@pytest.mark.parametrize(("capacity", "weights"), [(0, {"a": 1.0}), (1, {"a": 0.0})])
def test_settings_that_make_no_sense_are_refused(capacity: int, weights: dict[str, float]) -> None:
    with pytest.raises(InputError):
        FairQueue(capacity, weights)


def test_a_function_without_a_weight_is_refused() -> None:
    with pytest.raises(InputError):
        FairQueue(1, {"a": 1.0}).slot("b", 1, 1)
