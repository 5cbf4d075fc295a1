"""The registers of people over HTTP: read them, decide with four eyes, keep incidents.

A gateway shows and changes the entries of its own application only; others are not there.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, get_args

from seawall.assess.law import notices
from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError, NotFoundError
from seawall.core.profile import Profile
from seawall.core.roles import Actor
from seawall.gateway.admin import register_types as t
from seawall.gateway.admin.service import AdminService
from seawall.govern import acceptances, attestations, exceptions, incidents
from seawall.govern.people import access, training, vendors
from seawall.govern.people.courses import load_courses
from seawall.store.registers import Entry, Kind, entries, entry_of, history

_KINDS: dict[str, Kind] = {
    "acceptances": "acceptance",
    "access-reviews": "access-review",
    "attestations": "attestation",
    "exceptions": "exception",
    "incidents": "incident",
    "training": "training",
    "vendors": "vendor",
}
_WITHDRAW: dict[Kind, Callable[..., Entry]] = {
    "acceptance": acceptances.withdraw,
    "access-review": access.withdraw,
    "attestation": attestations.withdraw,
    "exception": exceptions.withdraw,
    "vendor": vendors.withdraw,
}
_LATER = "Today's register decides."


def list_register(service: AdminService, actor: Actor, register: str) -> t.RegisterRows:
    """Return a register's entries and whether each counts today. Raises NotFoundError."""
    kind = _KINDS.get(register)
    if kind is None:
        names = ", ".join(get_args(t.RegisterName))
        raise NotFoundError(f"There is no register {register!r}.", hint=f"Registers: {names}.")
    today = now().date()
    found = entries(service.store, kind, service.serves)
    return t.RegisterRows(data=[_row(service, entry, today) for entry in found])


def read_entry(service: AdminService, actor: Actor, entry_id: str) -> t.Versions:
    """Return every version of an entry: who changed what, when. Raises NotFoundError."""
    mine(service, entry_id)
    return t.Versions(data=history(service.store, entry_id))


def withdraw_entry(service: AdminService, actor: Actor, entry_id: str, body: t.Because) -> Entry:
    """Withdraw an entry, but no incident or training. Raises NotFoundError, InputError."""
    withdraw = _WITHDRAW.get(mine(service, entry_id).kind)
    if withdraw is None:
        raise InputError(f"{entry_id} cannot be withdrawn.", hint="An incident is closed.")
    return withdraw(service.store, entry_id, body.reason, actor=actor)


def approve_acceptance(service: AdminService, actor: Actor, entry_id: str, body: t.Today) -> Entry:
    """Approve an accepted risk that somebody else asked for. Raises NotFoundError, InputError."""
    return _approve(acceptances.approve, service, actor, entry_id, body)


def approve_exception(service: AdminService, actor: Actor, entry_id: str, body: t.Today) -> Entry:
    """Approve an exception that somebody else asked for. Raises NotFoundError, InputError."""
    return _approve(exceptions.approve, service, actor, entry_id, body)


def approve_vendor(
    service: AdminService, actor: Actor, entry_id: str, body: t.ApproveVendor
) -> Entry:
    """Approve a vendor that somebody else added. Raises NotFoundError, InputError."""
    try:
        review = date.fromisoformat(body.review)
    except ValueError:
        raise InputError(f"{body.review!r} is no day.", hint="2027-05-01") from None
    return _decide(service, actor, entry_id, body.reason, review)


def reject_vendor(service: AdminService, actor: Actor, entry_id: str, body: t.Because) -> Entry:
    """Reject a vendor. Raises NotFoundError, InputError."""
    return _decide(service, actor, entry_id, body.reason, None)


def open_incident(service: AdminService, actor: Actor, body: t.OpenIncident) -> Entry:
    """Open an incident with every deadline that may bind. Raises InputError."""
    catalog, since = load_catalog(), _moment(body.known_since)
    unknown = sorted({*body.risks} - {*catalog.risks})
    if unknown:
        raise InputError(f"The catalogue has no risk {unknown[0]!r}.")
    # A gateway has no profile: nothing is ruled out, so each clause may apply.
    nothing_known = Profile(application=service.serves, title=service.serves, facts={})
    return incidents.open_incident(
        service.store, service.serves, title=body.title, severity=body.severity,
        kinds=body.kinds, risks=body.risks, records=body.records, since=since,
        notices=notices(nothing_known, catalog, since.date()), actor=actor,
    )  # fmt: skip


def add_note(service: AdminService, actor: Actor, entry_id: str, body: t.AddNote) -> Entry:
    """Add a note to an incident; nobody else's is lost. Raises NotFoundError, InputError."""
    mine(service, entry_id)
    return incidents.add_note(service.store, entry_id, body.text, now=now(), actor=actor)


def tell(service: AdminService, actor: Actor, entry_id: str, body: t.Told) -> Entry:
    """Record that whom a clause names was told, or why not. Raises NotFoundError, InputError."""
    mine(service, entry_id)
    return incidents.told(
        service.store, entry_id, body.clause, now=now(), actor=actor, to=body.to,
        needless=body.needless,
    )[0]  # fmt: skip


def close_incident(service: AdminService, actor: Actor, entry_id: str, body: t.Close) -> Entry:
    """Close an incident with what was learnt. Raises NotFoundError, InputError."""
    mine(service, entry_id)
    return incidents.close(service.store, entry_id, body.lessons, actor=actor)


def mine(service: AdminService, entry_id: str) -> Entry:
    """Return an entry of this gateway's application. Raises NotFoundError."""
    found = entry_of(service.store, entry_id)
    if found.application != service.serves:
        raise NotFoundError(f"There is no entry {entry_id}.", hint="Its list shows every id.")
    return found


def _approve(
    approve: Callable[..., Entry], service: AdminService, actor: Actor, entry_id: str,
    body: t.Today,
) -> Entry:  # fmt: skip
    mine(service, entry_id)
    today = now().date()
    return approve(service.store, entry_id, body.register, today=today, actor=actor)


def _decide(
    service: AdminService, actor: Actor, entry_id: str, reason: str, review: date | None
) -> Entry:
    mine(service, entry_id)
    return vendors.decide(
        service.store, entry_id, approve=review is not None, reason=reason, review=review,
        today=now().date(), actor=actor,
    )  # fmt: skip


def _row(service: AdminService, entry: Entry, today: date) -> t.RegisterRow:
    if entry.kind == "access-review":
        holds, why = _reviewed(service, entry, today)
    else:
        holds, why = _STANDING[entry.kind](entry, today)
    return t.RegisterRow(entry=entry, holds=holds, why=why)


def _asked(read: Callable[[Entry], Any]) -> Callable[[Entry, date], tuple[bool | None, str]]:
    """Return how an acceptance or exception stands, as far as its own words tell."""

    def stands(entry: Entry, today: date) -> tuple[bool | None, str]:
        found = read(entry)
        ended = acceptances.over(found.state, found.withdrawn_because, found.expires, today)
        return (None, _LATER) if ended is None else (False, ended.why)

    return stands


def _attested(entry: Entry, today: date) -> tuple[bool, str]:
    found = attestations.read(entry)
    (one,) = attestations.vouched([(entry, found)], load_catalog())
    if one.ended:
        return False, f"It is {one.ended}."
    live = one.date <= today.isoformat() <= one.until
    return live, f"From {one.date} until {one.until}."


def _happened(entry: Entry, today: date) -> tuple[bool, str]:
    """An open incident holds; `why` names whom to tell next."""
    found = incidents.read(entry)
    due = next((one for one in found.deadlines if one.waiting), None)
    said = "Nobody is left to tell." if due is None else f"By {due.due} tell the {due.to}."
    return found.state == "open", said


def _passed(entry: Entry, today: date) -> tuple[bool, str]:
    why = training.standing(training.read(entry), load_courses(), today)
    return not why, why


def _bought(entry: Entry, today: date) -> tuple[bool, str]:
    why = vendors.standing(vendors.read(entry), today)
    return not why, why


def _reviewed(service: AdminService, entry: Entry, today: date) -> tuple[bool | None, str]:
    """A review counts once closed, until its day, while nothing that it withdrew still works."""
    found = access.read(entry)
    if found.state == "open":
        left = sum(not line.verdict for line in found.lines.values())
        return False, f"{left} of {len(found.lines)} keys and roles are not decided."
    if over := access.ended(service.store, entry.application, found):
        return False, f"It is over: {over}."
    return found.until >= today.isoformat(), f"From {found.closed} until {found.until}."


_STANDING: dict[Kind, Callable[[Entry, date], tuple[bool | None, str]]] = {
    "acceptance": _asked(acceptances.read),
    "attestation": _attested,
    "exception": _asked(exceptions.read),
    "incident": _happened,
    "training": _passed,
    "vendor": _bought,
}


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def _moment(text: str) -> datetime:
    """Return when it was known, now for "". Raises InputError: no time, no zone, to come."""
    if not text:
        return now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("known_since is no time.", hint="2026-11-28T09:30Z") from None
    if found.tzinfo is None or found > now():
        raise InputError("known_since names its zone, and is not to come.", hint="Add Z.")
    return found.astimezone(UTC)
