"""Bodies of the admin API's routes for the registers of people. Times are ISO."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from seawall.core.register import Register
from seawall.store.registers import Entry

Line = Annotated[str, Meta(min_length=1, max_length=500)]
Lines = Annotated[tuple[Line, ...], Meta(max_length=50)]
RegisterName = Literal[
    "acceptances",
    "access-reviews",
    "attestations",
    "exceptions",
    "incidents",
    "training",
    "vendors",
]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what clients send: unknown fields are refused."""


class RegisterRow(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of an entry, and whether it counts today.

    `holds` null: today's register decides, which a gateway does not have; `seawall gate` asks it.
    """

    entry: Entry
    holds: bool | None
    why: str


class RegisterRows(msgspec.Struct, frozen=True, kw_only=True):
    """A register of this gateway's application, oldest entry first."""

    data: list[RegisterRow]


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of an entry, oldest first."""

    data: list[Entry]


class OpenIncident(_Strict, frozen=True, kw_only=True):
    """What happened, without personal data. `known_since`: now if left out; it names its zone.

    `records` are request ids of audit records or of an alert, `risks` ids of the catalogue.
    """

    title: Line
    severity: Line
    kinds: Lines
    risks: Lines = ()
    records: Lines = ()
    known_since: Annotated[str, Meta(max_length=40)] = ""


class AddNote(_Strict, frozen=True, kw_only=True):
    """A note on an incident, without personal data."""

    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class Told(_Strict, frozen=True, kw_only=True):
    """The clause under which somebody was told; `needless`: why they have not to be.

    `to`: who, where the clause names several who still wait.
    """

    clause: Line
    to: str = ""
    needless: str = ""


class Close(_Strict, frozen=True, kw_only=True):
    """What was learnt; each lesson becomes an idea for a probe."""

    lessons: Lines


class Because(_Strict, frozen=True, kw_only=True):
    """Why."""

    reason: Line


class ApproveVendor(_Strict, frozen=True, kw_only=True):
    """Why a vendor is fine, and when to look again (ISO day, within a year)."""

    reason: Line
    review: Annotated[str, Meta(max_length=40)]


class Today(_Strict, frozen=True, kw_only=True):
    """Today's register, as `seawall assess` writes it: the approver decides about this state."""

    register: Register


Day = Annotated[str, Meta(max_length=40)]


class AskAcceptance(_Strict, frozen=True, kw_only=True):
    """A risk to be accepted until a day (ISO, within a year), in the state of today's register.

    `controls` compensate for what stays; `reopen_if` empty means all of its values.
    """

    register: Register
    risk: Line
    owner: Line
    reason: Line
    until: Day
    controls: Lines = ()
    reopen_if: tuple[Literal["worse", "incident", "model", "severity"], ...] = ()


class AskException(_Strict, frozen=True, kw_only=True):
    """A control to be left out until a day (ISO, within a year); others stand in for it."""

    register: Register
    control: Line
    owner: Line
    reason: Line
    until: Day
    compensating: Lines


class Attest(_Strict, frozen=True, kw_only=True):
    """Who vouches for a control and how they know; `until` empty: as long as the control allows."""

    control: Line
    by: Line
    note: Line
    until: Day = ""


class AddVendor(_Strict, frozen=True, kw_only=True):
    """A vendor's service, and who answers for it in your house."""

    name: Line
    service: Line
    owner: Line


class AnswerVendor(_Strict, frozen=True, kw_only=True):
    """A vendor's answer to one question, who found it out, and how they know."""

    question: Line
    value: Literal["yes", "no", "partly", "unknown"]
    by: Line
    note: Annotated[str, Meta(max_length=500)] = ""


class DecideAccess(_Strict, frozen=True, kw_only=True):
    """What becomes of a key (its id) or of a person's roles (`member:` and the id), and why."""

    subject: Line
    verdict: Literal["keep", "withdraw"]
    reason: Line


class CloseAccessReview(_Strict, frozen=True, kw_only=True):
    """The last day on which the review counts (ISO); empty: 180 days from today."""

    until: Day = ""
