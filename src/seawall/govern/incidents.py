"""The register of incidents: what happened, who must be told by when, what was learnt."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

import msgspec

from seawall.catalog.model import Notice
from seawall.core.errors import InputError
from seawall.core.roles import Actor, folded
from seawall.store.db import Store
from seawall.store.registers import Body, Entry, add_entry, edit_entry, entries

IncidentKind = Literal["personal-data", "security", "serious-harm", "death", "infrastructure"]
Severity = Literal["S1", "S2", "S3", "S4", "S5"]
KINDS: tuple[str, ...] = get_args(IncidentKind)
SEVERITIES: tuple[str, ...] = get_args(Severity)


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be told, `due` (ISO, UTC) at the latest; `told` is when it was done.

    `needless` says why nobody had to be told under this clause.
    """

    clause: str
    to: str
    hours: int
    due: str
    when: str
    bearing: str
    told: str = ""
    needless: str = ""

    @property
    def waiting(self) -> bool:
        """Return whether somebody is still to be told, be the incident closed or not."""
        return not self.told and not self.needless


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody added, when (ISO, UTC)."""

    time: str
    by: str
    text: str


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, as stored. `known_since` (ISO, UTC) is when deadlines start to run.

    `records` are ids of audit records that show it; `lessons` become ideas for probes.
    """

    title: str
    severity: Severity
    kinds: tuple[IncidentKind, ...]
    risks: tuple[str, ...]
    records: tuple[str, ...]
    known_since: str
    state: Literal["open", "closed"]
    opened_by: str
    deadlines: tuple[Deadline, ...] = ()
    notes: tuple[Note, ...] = ()
    lessons: tuple[str, ...] = ()


def deadlines(
    kinds: Sequence[str], since: datetime, notices: Mapping[str, tuple[str, Sequence[Notice]]]
) -> tuple[Deadline, ...]:
    """Return who must be told by when, the earliest first.

    `notices` maps a clause that binds to (applies or may apply, its notices); `since` has a zone.
    """
    found = [
        Deadline(
            clause=clause,
            to=notice.to,
            hours=notice.hours,
            due=_iso(since + timedelta(hours=notice.hours)),
            when=notice.when,
            bearing=bearing,
        )
        for clause, (bearing, listed) in notices.items()
        for notice in listed
        if {*notice.kinds} & {*kinds}
    ]
    return tuple(sorted(found, key=lambda one: (one.due, one.clause, one.to)))


def open_incident(
    store: Store, application: str, *, title: str, severity: str, kinds: Sequence[str],
    risks: Sequence[str], records: Sequence[str], since: datetime,
    notices: Mapping[str, tuple[str, Sequence[Notice]]], actor: Actor,
) -> Entry:  # fmt: skip
    """Open an incident with the deadlines that the law sets. Raises InputError."""
    if not title.strip():
        raise InputError("An incident needs a title.")
    if severity not in SEVERITIES:
        raise InputError(f"There is no severity {severity!r}.", hint=", ".join(SEVERITIES))
    unknown = sorted({*kinds} - {*KINDS})
    if unknown or not kinds:
        raise InputError(
            f"Unknown kind of incident: {', '.join(unknown) or 'none given'}.",
            hint=f"Kinds are {', '.join(KINDS)}.",
        )
    body: Body = {
        "title": title,
        "severity": severity,
        "kinds": list(dict.fromkeys(kinds)),
        "risks": list(dict.fromkeys(risks)),
        "records": list(dict.fromkeys(records)),
        "known_since": _iso(since),
        "state": "open",
        "opened_by": actor.name,
        "deadlines": msgspec.to_builtins(deadlines(kinds, since, notices)),
    }
    msgspec.convert(body, Incident)
    return add_entry(store, "incident", application, body, actor=actor, action="open")


def add_note(store: Store, entry_id: str, text: str, *, now: datetime, actor: Actor) -> Entry:
    """Add a note. Two notes at once both stay. Raises NotFoundError, InputError."""
    if not text.strip():
        raise InputError("A note needs a text.")

    def change(entry: Entry) -> Body:
        found = read(entry)
        note = Note(time=_iso(now), by=actor.name, text=text)
        return _body(msgspec.structs.replace(found, notes=(*found.notes, note)))

    return edit_entry(store, entry_id, change, actor=actor, action="note")


def told(
    store: Store, entry_id: str, clause: str, *, now: datetime, actor: Actor, to: str = "",
    needless: str = "",
) -> tuple[Entry, Deadline]:  # fmt: skip
    """Record that whom a clause names was told: `to`, where it names several who still wait.

    Returns the entry and the notice that was booked.

    Of notices to the same recipient (early, then full), the earliest that is open is told.
    `needless`: they have not to be told, and why. Raises NotFoundError, InputError.
    """

    booked: list[Deadline] = []

    def change(entry: Entry) -> Body:
        found = read(entry)
        place = _place(entry_id, found.deadlines, clause, to)
        new = list(found.deadlines)
        done = {"needless": needless.strip()} if needless.strip() else {"told": _iso(now)}
        new[place] = msgspec.structs.replace(new[place], **done)
        booked.append(new[place])
        return _body(msgspec.structs.replace(found, deadlines=tuple(new)))

    action = "needless" if needless.strip() else "told"
    return edit_entry(store, entry_id, change, actor=actor, action=action), booked[-1]


def _place(entry_id: str, found: Sequence[Deadline], clause: str, to: str) -> int:
    """Return the place of the notice that is meant. Raises InputError where it is not clear."""
    waiting = [place for place, one in enumerate(found) if one.clause == clause and one.waiting]
    if not waiting:
        raise InputError(f"{entry_id} has no open notice under {clause}.")
    open_to = list(dict.fromkeys(found[place].to for place in waiting))
    choices = f"Open under {clause}: {'; '.join(open_to)}."
    if to.strip():
        waiting = [place for place in waiting if folded(found[place].to) == folded(to)]
        if not waiting:
            raise InputError(f"No open notice under {clause} goes to {to!r}.", hint=choices)
    elif len(open_to) > 1:
        raise InputError(
            f"{clause} names {len(open_to)} who still wait: say who was told.",
            hint=f'{choices} Name one with --to "{open_to[0]}" (over HTTP, `to`).',
        )
    return waiting[0]


def close(store: Store, entry_id: str, lessons: Sequence[str], *, actor: Actor) -> Entry:
    """Close an incident with what was learnt. Raises NotFoundError, InputError.

    Without a lesson it stays open: the next probe comes from it. Whoever is to be told still is.
    """
    kept = [lesson for lesson in lessons if lesson.strip()]
    if not kept:
        raise InputError("Say what was learnt: each lesson becomes an idea for a probe.")

    def change(entry: Entry) -> Body:
        found = read(entry)
        if found.state == "closed":
            raise InputError("This incident is closed already.")
        new = (*found.lessons, *kept)
        return _body(msgspec.structs.replace(found, state="closed", lessons=new))

    return edit_entry(store, entry_id, change, actor=actor, action="close")


def read(entry: Entry) -> Incident:
    """Return the incident that an entry holds. Raises InputError for another kind."""
    if entry.kind != "incident":
        raise InputError(f"{entry.entry_id} is no incident.")
    return msgspec.convert(entry.body, Incident)


def listed(store: Store, application: str = "") -> list[tuple[Entry, Incident]]:
    """Return the incidents, oldest first."""
    return [(entry, read(entry)) for entry in entries(store, "incident", application)]


def risks_since(found: Sequence[tuple[Entry, Incident]], seconds: int) -> frozenset[str]:
    """Return the risks with an incident known at or after `seconds` (Unix)."""
    start = datetime.fromtimestamp(seconds, UTC)
    return frozenset(
        risk
        for _, incident in found
        if datetime.fromisoformat(incident.known_since) >= start
        for risk in incident.risks
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _body(incident: Incident) -> Body:
    body: Body = msgspec.to_builtins(incident)
    return body
