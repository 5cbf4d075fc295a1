"""Who accepted which version of an application's usage policy, and when."""

import time

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError
from seawall.store.db import Store
from seawall.store.tables import acceptances
from seawall.store.upsert import insert

MAX_USER = 512
MOST = 1000


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """One acceptance; `accepted` in Unix seconds."""

    application: str
    user: str
    policy_version: str
    accepted: int


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place in the list of acceptances."""

    user: str
    version: str


def accept(
    store: Store, user: str, application: str, policy_version: str, *, now: int | None = None
) -> Acceptance:
    """Record that `user` accepts a version; the first time counts. Raises InputError."""
    if not user or len(user) > MAX_USER or "\0" in user:
        raise InputError(f"A user id has 1 to {MAX_USER} characters, and U+0000 is none of them.")
    when = int(time.time()) if now is None else now
    place = {"application": application, "user": user, "policy_version": policy_version}
    with store.add() as connection:
        connection.execute(
            insert(connection, acceptances).values(**place, accepted=when).on_conflict_do_nothing()
        )
        first = connection.scalar(sa.select(acceptances.c.accepted).filter_by(**place))
    return Acceptance(**place, accepted=when if first is None else first)


def accepted(store: Store, user: str, application: str, policy_version: str) -> bool:
    """Say whether `user` accepted exactly this version of the application's policy."""
    if "\0" in user:  # nobody is called so, and PostgreSQL refuses the question
        return False
    with store.read() as connection:
        found = connection.scalar(
            sa.select(acceptances.c.accepted).where(
                acceptances.c.application == application,
                acceptances.c.user == user,
                acceptances.c.policy_version == policy_version,
            )
        )
    return found is not None


def list_acceptances(
    store: Store, application: str, *, user: str = "", version: str = "",
    after: Place | None = None, limit: int = MOST,
) -> list[Acceptance]:  # fmt: skip
    """Return an application's acceptances by user and version, `limit` of those after a place.

    `user` and `version` leave out others; empty is any.
    """
    place = (acceptances.c.user, acceptances.c.policy_version)
    statement = sa.select(acceptances).where(acceptances.c.application == application)
    if user:
        statement = statement.where(acceptances.c.user == user)
    if version:
        statement = statement.where(acceptances.c.policy_version == version)
    if after is not None:
        statement = statement.where(sa.tuple_(*place) > sa.tuple_(after.user, after.version))
    with store.read() as connection:
        rows = connection.execute(statement.order_by(*place).limit(limit))
        return [Acceptance(**row._mapping) for row in rows]


def forget(store: Store, user: str) -> int:
    """Erase a user's acceptances, in the file too; return how many there were."""
    with store.write() as connection:
        store.secure(connection)
        gone = connection.execute(sa.delete(acceptances).where(acceptances.c.user == user)).rowcount
    if gone:
        store.overwrite("acceptances")
    return gone
