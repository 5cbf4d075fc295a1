"""What end users chose about their content, by a keyed hash of their id."""

import time

import sqlalchemy as sa

from seawall.core.errors import InputError
from seawall.core.retention import Consent, Retention
from seawall.core.roles import OPERATOR, Actor
from seawall.store.acceptances import MAX_USER
from seawall.store.audit_users import AuditUsers
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.tables import consents
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
    actor: Actor = OPERATOR,
) -> Consent:
    """Store what a user chose in place of an earlier choice. Raises InputError.

    The audit log hears of it under the user's name there, if the user has one.
    """
    if not user or len(user) > MAX_USER or "\0" in user:
        raise InputError(f"A user id has 1 to {MAX_USER} characters, and U+0000 is none of them.")
    row = {
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
        details = {"opt_out": consent.opt_out, "retention": consent.retention.value}
        note_change(connection, actor, "consent.set", name, details)
    return consent


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
