"""What falls due for an application: decisions, attestations, vendors, training, evidence, notices.

Of several entries about one thing only the one that lasts longest counts. What waits for a person
is due on the day itself.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

import msgspec

from seawall.catalog.load import Catalog
from seawall.core.register import Register
from seawall.govern.acceptances import accepted
from seawall.govern.attestations import given
from seawall.govern.attestations import vouched as counted
from seawall.govern.exceptions import excepted
from seawall.govern.four_eyes import Asked
from seawall.govern.incidents import listed
from seawall.govern.people import access
from seawall.govern.people.training import completed
from seawall.govern.people.vendors import vendors
from seawall.govern.release.decisions import Decisions, vouched
from seawall.govern.status.model import Vouched
from seawall.govern.words import plain
from seawall.store.db import Store

DueKind = Literal[
    "law", "acceptance", "exception", "attestation", "vendor", "training", "incident", "evidence"
]


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done by a day (ISO, the last on which it is in time). `ref`: the entry."""

    day: str
    kind: DueKind
    subject: str
    sentence: str
    ref: str = ""


class Sources(NamedTuple):
    """What is looked through; None or empty where it was not given. `law` is judged already."""

    store: Store | None = None
    decisions: Decisions | None = None
    register: Register | None = None
    law: Sequence[Due] = ()


def due(sources: Sources, application: str, catalog: Catalog, today: date, days: int) -> list[Due]:
    """Return what falls due within `days`, and what is late, the earliest first."""
    last = (today + timedelta(days=days)).isoformat()
    found = [*sources.law, *_vouched(sources, application, catalog)]
    if sources.register is not None:
        found += _evidence(sources.register, catalog)
    if sources.decisions is not None:
        found += _written(sources.decisions)
    if sources.store is not None:
        found += _decided(sources.store, application, today)
        found += _vendors(sources.store, application, today)
        found += _trained(sources.store, application)
        found += _incidents(sources.store, application)
    kept = (one for one in _longest(found) if one.day <= last)
    return sorted(kept, key=lambda one: (one.day, one.kind, one.subject))


def _longest(found: Sequence[Due]) -> Iterator[Due]:
    """Give each thing once, by its last day; what the law sets is never one thing with another."""
    latest: dict[tuple[str, str, str], Due] = {}
    for one in found:
        own = one.ref if one.kind in ("law", "incident") else ""
        key = (one.kind, one.subject, f"{own}{one.day}" if own else "")
        if key not in latest or one.day > latest[key].day:
            latest[key] = one
    yield from latest.values()


def _decided(store: Store, application: str, today: date) -> Iterator[Due]:
    """Give acceptances and exceptions that run or wait; what was withdrawn is over."""
    for entry, one in accepted(store, application):
        yield from _asked("acceptance", one.risk, one, entry.entry_id, today)
    for entry, left in excepted(store, application):
        yield from _asked("exception", left.control, left, entry.entry_id, today)


def _asked(kind: DueKind, subject: str, one: Asked, ref: str, today: date) -> Iterator[Due]:
    if one.state == "approved":
        text = f"The {kind} of {subject} ends: decide again, or do without."
        yield Due(day=one.expires, kind=kind, subject=subject, sentence=text, ref=ref)
    elif one.state == "waiting" and one.expires >= today.isoformat():
        text = f"The {kind} of {subject} waits for another person than {one.requested_by}."
        name = f"{subject} ({ref})"
        yield Due(day=today.isoformat(), kind=kind, subject=name, sentence=text, ref=ref)


def _written(decisions: Decisions) -> Iterator[Due]:
    for item in decisions.acceptances:
        text = f"The acceptance of {item.risk} by {item.approved_by} ends: decide again."
        yield Due(day=item.until, kind="acceptance", subject=item.risk, sentence=text)
    for left in decisions.exceptions:
        text = f"The exception to {left.control} by {left.approved_by} ends: decide again."
        yield Due(day=left.until, kind="exception", subject=left.control, sentence=text)


def _vouched(sources: Sources, application: str, catalog: Catalog) -> Iterator[Due]:
    found: list[Vouched] = []
    if sources.decisions is not None:
        found += vouched(sources.decisions, catalog, "")
    if sources.store is not None:
        found += counted(given(sources.store, application), catalog)
        found += access.vouched(sources.store, application)
    for one in found:
        if not one.ended:
            text = f"What {one.by} attests of {one.control} ends: have it attested again."
            yield Due(day=one.until, kind="attestation", subject=one.control, sentence=text,
                      ref=one.ref)  # fmt: skip


def _vendors(store: Store, application: str, today: date) -> Iterator[Due]:
    for entry, one in vendors(store, application):
        name = f"{plain(one.name)}, {plain(one.service)}"
        if one.state == "approved":
            text = f"{name} is to be looked at again; {plain(one.owner)} answers for it."
            yield Due(day=one.review, kind="vendor", subject=name, sentence=text,
                      ref=entry.entry_id)  # fmt: skip
        elif one.state == "waiting":
            text = f"Nobody decided about {name} yet; {plain(one.owner)} answers for it."
            yield Due(day=today.isoformat(), kind="vendor", subject=name, sentence=text,
                      ref=entry.entry_id)  # fmt: skip


def _trained(store: Store, application: str) -> Iterator[Due]:
    for entry, one in completed(store, application):
        text = f"What {plain(one.person)} passed in {one.course} ends: take the course again."
        yield Due(day=one.until, kind="training", subject=f"{plain(one.person)}: {one.course}",
                  sentence=text, ref=entry.entry_id)  # fmt: skip


def _incidents(store: Store, application: str) -> Iterator[Due]:
    for entry, one in listed(store, application):
        for line in one.deadlines:
            if line.waiting:
                maybe = "" if line.bearing == "applies" else " (may apply)"
                text = f"By {line.due} tell the {line.to} under {line.clause}{maybe}."
                yield Due(day=line.due[:10], kind="incident",
                          subject=f"{entry.entry_id}: {line.clause}, {line.to}", sentence=text,
                          ref=entry.entry_id)  # fmt: skip


def _evidence(register: Register, catalog: Catalog) -> Iterator[Due]:
    for row in register.pitfalls:
        days = [catalog.controls[key].fresh_days for key in row.controls if key in catalog.controls]
        made = date.fromisoformat((row.measured or register.created)[:10])
        if days:
            end = made + timedelta(days=min(days))
            text = f"What {row.probe} showed on {made} counts no more after this: attack again."
            yield Due(day=end.isoformat(), kind="evidence", subject=row.probe, sentence=text)


def calendar_file(found: Sequence[Due], application: str, today: date) -> str:
    """Return iCalendar text (RFC 5545): one event a day-long due thing, the same id each time."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Seawall//due//EN"]
    for one in found:
        start = date.fromisoformat(one.day)
        name = "\n".join((application, one.kind, one.subject))
        lines += [
            "BEGIN:VEVENT",
            f"UID:{hashlib.sha256(name.encode()).hexdigest()[:32]}@seawall",
            f"DTSTAMP:{today:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{start:%Y%m%d}",
            f"DTEND;VALUE=DATE:{start + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(f'{application}: {one.subject}')}",
            f"DESCRIPTION:{_escaped(one.sentence)}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return " ".join(text.split())


def _folded(line: str) -> Iterator[str]:
    """Give the line in pieces of at most 75 bytes, each but the first behind a space."""
    piece, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > 75:
            yield piece
            piece, size = " ", 1
        piece, size = piece + char, size + width
    yield piece
