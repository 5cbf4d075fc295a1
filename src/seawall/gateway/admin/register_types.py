"""Bodies of the admin API's routes for the registers of people. Times are ISO."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from seawall.core.register import Register
from seawall.store.registers import Entry

Line = Annotated[str, Meta(min_length=1, max_length=500)]
Lines = Annotated[tuple[Line, ...], Meta(max_length=50)]
RegisterName = Literal[
    "acceptances", "attestations", "exceptions", "incidents", "training", "vendors"
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
    """The clause under which somebody was told."""

    clause: Line


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
