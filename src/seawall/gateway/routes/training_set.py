"""The judgement of a training file as a set, batch by batch, under the policy's rules."""

import logging
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeVar

from seawall.core.errors import reason_of
from seawall.core.exchange import Exchange, Part, Stage
from seawall.core.verdicts import Action, Finding, Outcome, stricter, unknown_action
from seawall.gateway.steps.guard import GuardRunner
from seawall.guard.decision import Decision, PartDecision, undecided
from seawall.guard.training_set.blame import Blame
from seawall.guard.training_set.judge import judge_set
from seawall.guard.training_set.lines import Line, by_line, read_line
from seawall.policy.model import GuardRule, Policy

log = logging.getLogger("seawall.gateway")
_DETECTOR = "finetune-harm"
Result = TypeVar("Result")


class JudgedSet:
    """Reads a file's lines as they come and judges them together at the end.

    Does nothing where no rule of the policy names the detector finetune-harm for files.
    """

    def __init__(self, runner: GuardRunner, policy: Policy, exchange: Exchange) -> None:
        self._runner, self._policy, self._exchange = runner, policy, exchange
        self._rules = [
            rule for rule in policy.guards
            if rule.detector == _DETECTOR and Stage.FILE in rule.stages
        ]  # fmt: skip
        self._open: list[Part] = []
        self._lines: list[Line] = []
        self._unread = ""
        # Lines that a person should look at beside those that are named, the likeliest first.
        self.look_at: tuple[Blame, ...] = ()

    async def read(self, batch: Sequence[Part]) -> None:
        """Read the lines that end in a batch; the last one may go on in the next batch."""
        if not self._rules or self._unread:
            return
        parts = [*self._open, *batch]
        self._open = [part for part in parts if part.turn == parts[-1].turn]
        await self._read(parts[: len(parts) - len(self._open)])

    async def _read(self, parts: Sequence[Part]) -> None:
        body = self._exchange.body

        def lines() -> list[Line]:
            return [read_line(own, body) for own in by_line(parts)]

        self._lines += await self._tried(lines, "a training file's lines were not read") or []

    async def _tried(self, work: Callable[[], Result], failed: str) -> Result | None:
        """Return what comes of work; None, and why in `_unread`, where nothing does."""
        try:
            return await self._runner.in_pool(work)
        except TimeoutError:
            self._unread = "set: timed out"
        except Exception as error:  # noqa: BLE001 - what fails is UNKNOWN, never clean
            self._unread = f"set: {reason_of(error)}"
            log.error("%s: %s", failed, type(error).__name__)  # noqa: TRY400 - no content in logs
        return None

    async def decide(self) -> Decision:
        """Return what the policy makes of the whole set."""
        if not self._rules:
            return Decision()
        await self._read(self._open)
        if self._unread:
            return self._unknown(self._unread)
        verdict = await self._tried(lambda: judge_set(self._lines), "a training set was not judged")
        if verdict is None:
            return self._unknown(self._unread)
        if verdict.outcome is Outcome.UNKNOWN:
            return self._unknown(f"set: {verdict.reason}")
        decided = [self._decided(one) for one in verdict.blamed]
        parts = tuple(part for part in decided if part is not None)
        self.look_at = verdict.look_at if parts else ()
        return Decision(
            action=reduce(stricter, (part.action for part in parts), Action.ALLOW),
            outcome=Outcome.FOUND if parts else Outcome.CLEAN,
            parts=parts,
            controls=tuple(dict.fromkeys(one for part in parts for one in part.controls)),
        )

    def _decided(self, one: Blame) -> PartDecision | None:
        """Return what the first rule that counts the finding makes of a line."""
        rule = next((rule for rule in self._rules if _counts(one.finding, rule)), None)
        if rule is None:
            return None
        # A line of a set that is taken out in part is another example: it is refused instead.
        action = Action.BLOCK if rule.action is Action.REDACT else rule.action
        return PartDecision(
            pointer=one.where,
            stage=Stage.FILE,
            outcome=Outcome.FOUND,
            action=action,
            findings=(one.finding,),
            controls=(rule.control,),
            detectors_run=(_DETECTOR,),
        )

    def _unknown(self, reason: str) -> Decision:
        rule = self._rules[0]
        action = unknown_action(rule.on_unknown, self._policy.on_unknown)
        first = self._exchange.parts[:1]
        return undecided(first, reason, action, (rule.control,))


def _counts(finding: Finding, rule: GuardRule) -> bool:
    return finding.score >= rule.threshold and (not rule.labels or finding.label in rule.labels)
