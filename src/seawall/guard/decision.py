"""What the guard decides: per part and over all parts."""

from collections.abc import Sequence

import msgspec

from seawall.core.exchange import Part, Stage
from seawall.core.verdicts import Action, Finding, Outcome, stricter


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


def undecided(
    parts: Sequence[Part], reason: str, action: Action, controls: tuple[str, ...] = ()
) -> Decision:
    """Return UNKNOWN for parts that the engine could not judge at all."""
    decided = tuple(
        PartDecision(
            pointer=part.pointer,
            span=part.span,
            stage=part.stage,
            outcome=Outcome.UNKNOWN,
            action=action,
            controls=controls,
            unknown=(reason,),
        )
        for part in parts
    )
    return Decision(action=action, outcome=Outcome.UNKNOWN, parts=decided, controls=controls,
                    unknown=(reason,))  # fmt: skip


def doubted(decision: Decision, reason: str, action: Action) -> Decision:
    """Return a decision that is no longer CLEAN, because something beside the engine failed."""
    parts = tuple(
        msgspec.structs.replace(
            part,
            outcome=Outcome.FOUND if part.outcome is Outcome.FOUND else Outcome.UNKNOWN,
            action=stricter(part.action, action),
            unknown=(*part.unknown, reason),
        )
        for part in decision.parts
    )
    return msgspec.structs.replace(
        decision,
        action=stricter(decision.action, action),
        outcome=worst_outcome([part.outcome for part in parts]),
        parts=parts,
        unknown=(*decision.unknown, reason),
    )
