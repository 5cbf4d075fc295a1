"""Judge texts for whoever asks, in the guard's pool and time; what takes too long is UNKNOWN."""

import asyncio
from collections.abc import Sequence

from seawall.core.verdicts import Outcome
from seawall.gateway.call import Call
from seawall.gateway.steps.guard import GuardRunner
from seawall.guard.api import Check, Guard, Scores, check_of, parts_of
from seawall.guard.decision import Decision
from seawall.wire.guard_check import Item

# All items of one request together may take this many times as long as one text.
_MOST_TIMES = 4
_LATE = "guard: timed out"


class Judge:
    """Asks a guard about items; the decisions are kept in the call."""

    def __init__(self, runner: GuardRunner) -> None:
        self._runner = runner
        self._own = Guard.around(runner.engine, on_unknown=runner.policy.on_unknown)

    async def __call__(
        self, call: Call, items: Sequence[tuple[str, Item]], guard: Guard | None = None
    ) -> list[Check]:
        """Return the answers on (pointer, item) pairs; by the policy unless `guard` is given."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _MOST_TIMES * self._runner.seconds
        found: list[Check] = []
        for at, item in items:
            if loop.time() < end:
                decision, scores = await self._judged(guard or self._own, at, item)
            else:
                decision, scores = self._late(at, item), Scores()
            call.note(decision, parts_of(item.text, item.stage, item.image, at))
            found.append(check_of(decision, scores, item.text))
        if any(one.outcome is Outcome.UNKNOWN for one in found):
            call.details = {"not_judged": sum(o.outcome is Outcome.UNKNOWN for o in found)}
        return found

    async def _judged(self, guard: Guard, at: str, item: Item) -> tuple[Decision, Scores]:
        def work() -> tuple[Decision, Scores]:
            return guard.judge(item.text, item.stage, image=item.image, context=item.context, at=at)

        try:
            decision, scores = await self._runner.in_pool(work)
        except TimeoutError:
            return self._late(at, item), Scores()
        return self._runner.named(decision), scores

    def _late(self, at: str, item: Item) -> Decision:
        parts = parts_of(item.text, item.stage, item.image, at)
        return self._runner.unknown(parts, _LATE)
