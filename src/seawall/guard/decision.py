"""What the guard decides: per part and over all parts."""

import msgspec

from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Finding, Outcome


class PartDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy makes of one part. Holds offsets and names, never the text.

    `detectors_run` lists every detector that really ran; `unknown` gives "detector: reason" of
    those that could not conclude. `redacted` is the part's new text when the action is REDACT, and
    `acting` the findings that were taken out of it.
    """

    pointer: str
    stage: Stage
    outcome: Outcome
    action: Action
    span: tuple[int, int] | None = None
    findings: tuple[Finding, ...] = ()
    controls: tuple[str, ...] = ()
    detectors_run: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    redacted: str | None = None
    acting: tuple[Finding, ...] = ()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The strictest action over all parts, and the parts' decisions."""

    action: Action = Action.ALLOW
    outcome: Outcome = Outcome.CLEAN
    parts: tuple[PartDecision, ...] = ()
    controls: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def worst_outcome(outcomes: list[Outcome]) -> Outcome:
    """Return FOUND if any, else UNKNOWN if any, else CLEAN."""
    for outcome in (Outcome.FOUND, Outcome.UNKNOWN):
        if outcome in outcomes:
            return outcome
    return Outcome.CLEAN
