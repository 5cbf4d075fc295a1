"""Registers that people edit together: each edit adds a version, none is ever overwritten.

Only the erasure of an end user removes what is about them. An edit is a function of the newest
version, applied in one write transaction. Two edits at once come one after the other; the key
(entry, version) lets no two of them take the same place.
"""

import time
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import sqlalchemy as sa

from seawall.core import ids
from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import Actor
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.tables import register_entries

Kind = Literal[
    "acceptance", "access-review", "incident", "attestation", "exception", "training", "vendor"
]
Body = dict[str, Any]
_PREFIX: dict[Kind, str] = {
    "acceptance": "acc_",
    "access-review": "rev_",
    "incident": "inc_",
    "attestation": "att_",
    "exception": "exc_",
    "training": "trn_",
    "vendor": "ven_",
}
_TRIES = 8


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an entry. `time` is in Unix seconds; `body` is what its kind says."""

    entry_id: str
    version: int
    kind: Kind
    application: str
    time: int
    actor: str
    action: str
    body: Body


def add_entry(
    store: Store, kind: Kind, application: str, body: Body, *, actor: Actor, action: str,
    now: int | None = None, check: Callable[[list[Entry]], None] | None = None,
) -> Entry:  # fmt: skip
    """Add an entry, version 1, and note it for the audit log.

    `check` gets the application's entries of this kind, in the same transaction, and raises where
    one of them stands in the way.
    """
    entry = Entry(
        entry_id=_PREFIX[kind] + ids.request_id().removeprefix("sw_"),
        version=1,
        kind=kind,
        application=application,
        time=int(time.time()) if now is None else now,
        actor=actor.name,
        action=action,
        body=body,
    )
    with store.write() as connection:
        if check is not None:
            check(_entries(connection, kind, application))
        _insert(connection, entry, actor)
    return entry


def edit_entry(
    store: Store, entry_id: str, change: Callable[[Entry], Body], *, actor: Actor, action: str,
    expected: int | None = None, now: int | None = None,
) -> Entry:  # fmt: skip
    """Add the version that `change` makes of the newest one; it may be called again.

    `expected` is the version that the editor saw: where somebody was quicker, nothing is changed.
    Raises NotFoundError, InputError (somebody was quicker), and what `change` raises.
    """
    for _ in range(_TRIES):
        try:
            with store.write() as connection:
                found = _newest(connection, entry_id)
                if expected is not None and found.version != expected:
                    raise InputError(
                        f"{entry_id} was changed by {found.actor} meanwhile: it is version "
                        f"{found.version}, you saw {expected}.",
                        hint="Look at it again, then repeat your change.",
                    )
                entry = msgspec.structs.replace(
                    found,
                    version=found.version + 1,
                    time=int(time.time()) if now is None else now,
                    actor=actor.name,
                    action=action,
                    body=change(found),
                )
                _insert(connection, entry, actor)
        except sa.exc.IntegrityError:
            continue  # another replica took this version: read what it wrote, then apply again
        return entry
    raise InputError(f"{entry_id} is being changed by many at once.", hint="Try again.")


def entry_of(store: Store, entry_id: str) -> Entry:
    """Return the newest version of an entry. Raises NotFoundError."""
    with store.read() as connection:
        return _newest(connection, entry_id)


def history(store: Store, entry_id: str) -> list[Entry]:
    """Return every version of an entry, oldest first. Raises NotFoundError."""
    statement = (
        sa.select(register_entries)
        .where(register_entries.c.entry_id == entry_id)
        .order_by(register_entries.c.version)
    )
    with store.read() as connection:
        found = [_read(row) for row in connection.execute(statement)]
    if not found:
        raise _missing(entry_id)
    return found


def entries(store: Store, kind: Kind, application: str = "") -> list[Entry]:
    """Return the newest version of every entry of a kind, oldest entry first."""
    with store.read() as connection:
        return _entries(connection, kind, application)


def _entries(connection: sa.Connection, kind: Kind, application: str) -> list[Entry]:
    table = register_entries
    newest = (
        sa.select(table.c.entry_id, sa.func.max(table.c.version).label("version"))
        .where(table.c.kind == kind)
        .group_by(table.c.entry_id)
        .subquery()
    )
    statement = (
        sa.select(table)
        .join(
            newest,
            (table.c.entry_id == newest.c.entry_id) & (table.c.version == newest.c.version),
        )
        .order_by(table.c.entry_id)
    )
    if application:
        statement = statement.where(table.c.application == application)
    return [_read(row) for row in connection.execute(statement)]


def erase_entries_of(store: Store, kind: Kind, field: str, value: str, *, actor: Actor) -> int:
    """Destroy entries in which any version's `field` is `value`, in the file too; return how many.

    The one change that removes versions: it is for an end user who is erased. The audit log hears
    which entries are gone, not whose they were.
    """
    table = register_entries
    statement = sa.select(table.c.entry_id, table.c.body).where(table.c.kind == kind)
    with store.write() as connection:
        store.secure(connection)
        found = {
            row.entry_id
            for row in connection.execute(statement)
            if msgspec.json.decode(row.body).get(field) == value
        }
        for entry_id in sorted(found):
            connection.execute(sa.delete(table).where(table.c.entry_id == entry_id))
            note_change(connection, actor, f"{kind}.erase", entry_id, {})
    if found:
        store.overwrite("register_entries")
    return len(found)


def _newest(connection: sa.Connection, entry_id: str) -> Entry:
    row = connection.execute(
        sa.select(register_entries)
        .where(register_entries.c.entry_id == entry_id)
        .order_by(register_entries.c.version.desc())
        .limit(1)
    ).first()
    if row is None:
        raise _missing(entry_id)
    return _read(row)


def _insert(connection: sa.Connection, entry: Entry, actor: Actor) -> None:
    row = {**msgspec.structs.asdict(entry), "body": msgspec.json.encode(entry.body)}
    connection.execute(sa.insert(register_entries), row)
    note_change(
        connection,
        actor,
        f"{entry.kind}.{entry.action}",
        entry.entry_id,
        {"version": entry.version, "application": entry.application},
    )


def _read(row: Any) -> Entry:
    fields = dict(row._mapping)
    return Entry(**{**fields, "body": msgspec.json.decode(fields["body"])})


def _missing(entry_id: str) -> NotFoundError:
    return NotFoundError(f"There is no entry {entry_id}.", hint="Its list shows every id.")
