"""Findings and verdicts: three outcomes, never two."""

from enum import StrEnum
from typing import Literal

import msgspec

OnUnknown = Literal["block", "flag"]
"""What a policy may choose for what could not be judged."""


class Outcome(StrEnum):
    """What a detector concluded about one part."""

    FOUND = "found"
    CLEAN = "clean"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """What the policy does about a finding, mildest first."""

    ALLOW = "allow"
    FLAG = "flag"
    REDACT = "redact"
    ASK = "ask"
    BLOCK = "block"


SEVERITY: dict[Action, int] = {action: rank for rank, action in enumerate(Action)}


def stricter(left: Action, right: Action) -> Action:
    """Return the stricter of two actions."""
    return left if SEVERITY[left] >= SEVERITY[right] else right


def unknown_action(*chosen: OnUnknown | Literal[""]) -> Action:
    """Return what UNKNOWN means by the first choice that is made ("" makes none); else BLOCK."""
    made = next(filter(None, chosen), "block")
    return Action.FLAG if made == "flag" else Action.BLOCK


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One hit of one detector. Holds offsets into the raw text, never the matched text.

    `start` and `end` are character offsets (end exclusive) in the part's raw text.
    `view` names the reading in which it was seen: raw, normalised, base64, ...
    """

    detector: str
    label: str
    start: int = 0
    end: int = 0
    score: float = 1.0
    view: str = "raw"
    message: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one detector says of one part. `reason` is required for UNKNOWN."""

    detector: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    reason: str = ""
