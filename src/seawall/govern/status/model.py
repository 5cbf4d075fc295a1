"""The states that a control can be in, with the evidence for each."""

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec

State = Literal[
    "tested-fail", "expired", "not shown", "not tested", "attested", "tested-pass", "not applicable"
]  # fmt: skip
# From the one that needs most attention to the one that needs none.
STATES: tuple[State, ...] = get_args(State)
Source = Literal[
    "probe", "policy", "built in", "attestation", "training", "vendor", "audit log", "gateway",
    "drill",
]  # fmt: skip


class EvidenceItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that speaks for or against a control. `date` and `until` are ISO days.

    `subject` is the id of what it is (probe, entry, file of the policy); `until` is the last day
    on which it counts, empty where it does not age. `holds` False: it speaks against the control,
    is over, or shows nothing; `sentence` says which.
    """

    source: Source
    subject: str
    sentence: str
    holds: bool
    date: str = ""
    until: str = ""


class ControlState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one control with its reason, a sentence, and the evidence behind it."""

    control: str
    title: str
    type: Literal["technical", "process", "contractual"]
    state: State
    reason: str
    risks: tuple[str, ...] = ()
    evidence: tuple[EvidenceItem, ...] = ()


class Vouched(msgspec.Struct, frozen=True, kw_only=True):
    """What a person vouches for: a control is in place, from `date` to `until` (ISO, inclusive).

    `ref` is the entry or the file it stands in. `ended` says why it counts no more before its last
    day (withdrawn, made for another sentence); empty where it does.
    """

    control: str
    by: str
    date: str
    until: str
    ref: str
    note: str = ""
    ended: str = ""


def counts(states: Sequence[ControlState]) -> dict[State, int]:
    """Return how many controls are in each state, all states named. There is no share of them."""
    return {state: sum(one.state == state for one in states) for state in STATES}
