"""Training files against the register of people who opted out, line by line."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import islice

from seawall.core.errors import UnavailableError, reason_of
from seawall.core.exchange import Exchange, Part, Stage
from seawall.core.verdicts import Action, Finding, Outcome, stricter, unknown_action
from seawall.gateway.steps.guard import GuardRunner
from seawall.guard.decision import Decision, PartDecision, undecided
from seawall.guard.training_set.lines import by_line
from seawall.guard.training_set.subjects import PREFIX, Register, kinds_in

log = logging.getLogger("seawall.gateway")
CONTROL = "CTL-CONSENT"
DETECTOR = "opted-out"
_LINES = 256


class Subjects:
    """Looks for people who opted out. `load` reads the register anew for each file."""

    def __init__(self, runner: GuardRunner, load: Callable[[], Register]) -> None:
        self._runner, self._load = runner, load

    async def decide(self, exchange: Exchange) -> Decision:
        """Return the lines that name somebody who opted out: they block.

        A search that fails or takes too long is UNKNOWN. Raises UnavailableError: nobody can say
        who opted out, and the file is not to blame.
        """
        try:
            register = await asyncio.to_thread(self._load)
            if register.empty:
                return Decision()
            found: list[PartDecision] = []
            lines = by_line(exchange.parts)
            while batch := list(islice(lines, _LINES)):
                found += await self._runner.in_pool(lambda own=batch: _named(own, register))  # type: ignore[misc]
        except UnavailableError:
            raise
        except TimeoutError:
            return self._unknown(exchange, "opted-out: timed out")
        except Exception as error:  # noqa: BLE001 - what fails is UNKNOWN, never clean
            log.error("opt-outs were not looked for: %s", type(error).__name__)  # noqa: TRY400 - no content in logs
            return self._unknown(exchange, f"opted-out: {reason_of(error)}")
        return Decision(
            action=reduce(stricter, (part.action for part in found), Action.ALLOW),
            outcome=Outcome.FOUND if found else Outcome.CLEAN,
            parts=tuple(found),
            controls=(CONTROL,) if found else (),
        )

    def _unknown(self, exchange: Exchange, reason: str) -> Decision:
        action = unknown_action(self._runner.policy.on_unknown)
        return undecided(exchange.parts[:1], reason, action, (CONTROL,))


def _named(lines: Sequence[Sequence[Part]], register: Register) -> list[PartDecision]:
    found = []
    for parts in lines:
        for part, kinds in zip(parts, kinds_in([x.text for x in parts], register), strict=True):
            if kinds:
                findings = [_finding(kind) for kind in sorted(kinds)]
                found.append(
                    PartDecision(
                        pointer=part.pointer, span=part.span, stage=Stage.FILE,
                        outcome=Outcome.FOUND, action=Action.BLOCK, findings=tuple(findings),
                        controls=(CONTROL,), detectors_run=(DETECTOR,),
                    )
                )  # fmt: skip
    return found


def _finding(kind: str) -> Finding:
    return Finding(detector=DETECTOR, label=PREFIX + kind)
