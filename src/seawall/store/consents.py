"""What end users chose about their content, by a keyed hash of their id."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from seawall.core.errors import InputError
from seawall.core.retention import Consent, Retention
from seawall.core.roles import OPERATOR, Actor
from seawall.store.acceptances import MAX_USER
from seawall.store.audit_users import AuditUsers
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.tables import captures, consents, turns
from seawall.store.upsert import insert


class Choice(Consent, frozen=True, kw_only=True):
    """What a user chose, and when (Unix seconds); None: nothing was chosen, the default counts."""

    changed: int | None = None


def set_consent(
    store: Store,
    users: AuditUsers,
    application: str,
    user: str,
    consent: Consent,
    *,
    keeps: Mapping[Retention, float] | None = None,
    actor: Actor = OPERATOR,
) -> Consent:
    """Store what a user chose in place of an earlier choice. Raises InputError.

    What is kept already follows: it is destroyed, or ends as soon as `keeps` says of the class
    (seconds). Without `keeps`, a running gateway shortens it (`follow_choices`). The audit log
    hears of it under the user's name there, if the user has one.
    """
    if not user or len(user) > MAX_USER or "\0" in user:
        raise InputError(f"A user id has 1 to {MAX_USER} characters, and U+0000 is none of them.")
    row: dict[str, Any] = {
        "application": application,
        "handle": users.handle(user),
        "opt_out": int(consent.opt_out),
        "retention": consent.retention.value,
        "changed": int(time.time()),
    }
    name = users.find(user) or "a user without records"
    with store.write() as connection:
        connection.execute(
            insert(connection, consents)
            .values(row)
            .on_conflict_do_update(
                index_elements=[consents.c.application, consents.c.handle],
                set_={key: row[key] for key in ("opt_out", "retention", "changed")},
            )
        )
        most = _most(consent, keeps)
        gone = _follow(store, connection, application, row["handle"], consent, most)
        details = {"opt_out": consent.opt_out, "retention": consent.retention.value, **gone}
        note_change(connection, actor, "consent.set", name, details)
    for table in gone:
        store.overwrite(table)
    return consent


def _most(consent: Consent, keeps: Mapping[Retention, float] | None) -> float | None:
    """Return for how many seconds a user lets content be kept; None where nobody can say."""
    if consent.retention is Retention.NONE:
        return 0.0
    return None if keeps is None else keeps[consent.retention]


def _follow(
    store: Store, connection: sa.Connection, application: str, handle: bytes, consent: Consent,
    most: float | None,
) -> dict[str, int]:  # fmt: skip
    """End what is kept of one user when the user wants it; return how many are gone, by table.

    Turns name no application: a shorter choice in any of them counts.
    """
    store.secure(connection)
    mine = (captures.c.application == application) & (captures.c.handle == handle)
    gone = {
        "captures": _limit(connection, captures, mine, 0.0 if consent.opt_out else most),
        "turns": _limit(connection, turns, turns.c.handle == handle, most),
    }
    return {table: count for table, count in gone.items() if count}


def _limit(connection: sa.Connection, table: sa.Table, which: Any, most: float | None) -> int:
    """Let rows end `most` seconds after they were made at the latest; return how many are gone."""
    if most is None:
        return 0
    end = table.c.created + int(most)
    if most > 0:
        connection.execute(sa.update(table).where(which, table.c.expires > end).values(expires=end))
    late = sa.true() if most <= 0 else table.c.expires <= int(time.time())
    return connection.execute(sa.delete(table).where(which, late)).rowcount


def follow_choices(store: Store, keeps: Mapping[Retention, float], *, since: float = 0.0) -> int:
    """Let captures and kept turns end as users chose at or after `since` (Unix seconds).

    What the command line set without a policy is done here, and so is content that was written
    while a choice was on its way. Returns how many are gone. Raises DBAPIError.
    """
    recent = consents.c.changed >= int(since)
    kinds = sa.select(consents.c.opt_out, consents.c.retention).where(recent).distinct()
    with store.read() as connection:
        chosen = [
            Consent(opt_out=bool(row.opt_out), retention=Retention(row.retention))
            for row in connection.execute(kinds)
        ]
    if not chosen:
        return 0
    gone: Counter[str] = Counter()
    with store.write() as connection:
        store.secure(connection)
        for one in chosen:
            most, which = _most(one, keeps), _who_chose(one, recent)
            seconds = 0.0 if one.opt_out else most
            gone["captures"] += _limit(connection, captures, _chosen(which), seconds)
            mine = turns.c.handle.in_(sa.select(consents.c.handle).where(which))
            gone["turns"] += _limit(connection, turns, mine, most)
    for table in +gone:
        store.overwrite(table)
    return gone.total()


def _who_chose(consent: Consent, recent: Any) -> Any:
    """Return the condition of users who chose exactly this."""
    return (
        recent
        & (consents.c.opt_out == int(consent.opt_out))
        & (consents.c.retention == consent.retention.value)
    )


def _chosen(same: Any) -> Any:
    """Return which captures are of users who chose so for the captures' application."""
    own = sa.select(consents.c.handle).where(
        same,
        consents.c.handle == captures.c.handle,
        consents.c.application == captures.c.application,
    )
    return captures.c.handle.in_(sa.select(consents.c.handle).where(same)) & own.exists()


def consent_of(store: Store, application: str, handle: bytes) -> Consent:
    """Return what a user chose; who chose nothing has the default. Raises DBAPIError."""
    found = choice_of(store, application, handle)
    return Consent(opt_out=found.opt_out, retention=found.retention)


def choice_of(store: Store, application: str, handle: bytes) -> Choice:
    """Return what a user chose and when. Raises DBAPIError."""
    statement = sa.select(consents.c.opt_out, consents.c.retention, consents.c.changed).where(
        consents.c.application == application, consents.c.handle == handle
    )
    with store.read() as connection:
        row = connection.execute(statement).first()
    if row is None:
        return Choice()
    return Choice(
        opt_out=bool(row.opt_out), retention=Retention(row.retention), changed=row.changed
    )
