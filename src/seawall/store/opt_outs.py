"""Who wants to be in no training data: keyed digests, from which nobody is found out.

The digests take the pepper to compute, so a copy of the database names nobody. Adding and removing
is on record by counts alone.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
import sqlalchemy as sa

from seawall.core.errors import UnavailableError
from seawall.core.roles import OPERATOR, Actor
from seawall.store.audit_users import AuditUsers
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.pepper import load_pepper
from seawall.store.tables import consents, opt_outs
from seawall.store.upsert import insert

_SIZE = 16
_PAGE = 400


class Entry(Protocol):
    """What somebody is known by: its kind and one form; for a name, the name alone, its words."""

    @property
    def kind(self) -> str: ...
    @property
    def normal(self) -> str: ...
    @property
    def gate(self) -> str: ...
    @property
    def words(self) -> int: ...


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many identifiers are registered, by kind, and how many end users chose to opt out."""

    kinds: dict[str, int]
    users: int


class OptedOut(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who opted out of an application's training, as it was when it was read."""

    digest: Callable[[str, str], bytes]
    handle: Callable[[str], bytes]
    known: frozenset[bytes]
    gates: frozenset[bytes]
    users: frozenset[bytes]
    words: frozenset[int]

    @property
    def empty(self) -> bool:
        """Whether nobody is registered."""
        return not self.known and not self.users

    def holds(self, kind: str, normal: str) -> bool:
        """Say whether somebody opted out who is known by this, in its one form."""
        return bool(self.known) and self.digest(kind, normal) in self.known

    def gate(self, name: str) -> bool:
        """Say whether a name, in its one form, is one that counts beside something else."""
        return self.digest("gate", name) in self.gates

    def chose(self, user: str) -> bool:
        """Say whether the end user of this very id opted out (`store/consents.py`)."""
        return bool(self.users) and self.handle(user) in self.users


class OptOuts:
    """The register of one data folder. Safe to share between threads.

    Raises MissingPartError when the pepper is gone or the database cannot be read or written.
    """

    def __init__(self, store: Store, *, env: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._key = hashlib.sha256(b"seawall opt-outs 1\n" + load_pepper(store, env)).digest()
        self._users = AuditUsers(store, env=env)

    def add(self, application: str, entries: Sequence[Entry], *, actor: Actor = OPERATOR) -> int:
        """Register identifiers; return how many were new."""
        digest = self._digest_of(application)
        now = int(time.time())
        rows = {
            (key := digest(one.kind, one.normal)): {
                "application": application, "digest": key, "kind": one.kind,
                "gate": digest("gate", one.gate) if one.gate else b"", "words": one.words,
                "created": now,
            }
            for one in entries
        }  # fmt: skip
        if not rows:
            return 0
        try:
            with self._store.write() as connection:
                statement = insert(connection, opt_outs).on_conflict_do_nothing()
                before = self._count(connection, application)
                connection.execute(statement, list(rows.values()))
                new = self._count(connection, application) - before
                note_change(connection, actor, "opt-outs.add", application, {"identifiers": new})
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        return new

    def remove(self, application: str, entries: Sequence[Entry], *, actor: Actor = OPERATOR) -> int:
        """Take identifiers out; return how many were registered."""
        digest, gone = self._digest_of(application), 0
        digests = [digest(one.kind, one.normal) for one in entries]
        try:
            with self._store.write() as connection:
                for at in range(0, len(digests), _PAGE):
                    page = opt_outs.c.digest.in_(digests[at : at + _PAGE])
                    gone += connection.execute(
                        sa.delete(opt_outs).where(opt_outs.c.application == application, page)
                    ).rowcount
                details = {"identifiers": gone}
                note_change(connection, actor, "opt-outs.remove", application, details)
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        return gone

    def count(self, application: str) -> Counted:
        """Return how many identifiers are registered; nobody can be listed."""
        statement = (
            sa.select(opt_outs.c.kind, sa.func.count())
            .where(opt_outs.c.application == application)
            .group_by(opt_outs.c.kind)
        )
        try:
            with self._store.read() as connection:
                kinds = {kind: int(n) for kind, n in connection.execute(statement)}
                users = len(connection.execute(_chose(application)).all())
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        return Counted(kinds=dict(sorted(kinds.items())), users=users)

    def load(self, application: str) -> OptedOut:
        """Return everybody who opted out of an application's training."""
        statement = sa.select(opt_outs).where(opt_outs.c.application == application)
        try:
            with self._store.read() as connection:
                rows = connection.execute(statement).all()
                users = connection.execute(_chose(application)).all()
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        return OptedOut(
            digest=self._digest_of(application),
            handle=self._users.handle,
            known=frozenset(bytes(row.digest) for row in rows),
            gates=frozenset(bytes(row.gate) for row in rows if row.gate),
            users=frozenset(bytes(row.handle) for row in users),
            words=frozenset(row.words for row in rows if row.words),
        )

    @staticmethod
    def _count(connection: sa.Connection, application: str) -> int:
        own = opt_outs.c.application == application
        return connection.scalar(sa.select(sa.func.count()).select_from(opt_outs).where(own)) or 0

    def _digest_of(self, application: str) -> Callable[[str, str], bytes]:
        """Return the digest of (kind, one form) for an application: a keyed hash of 16 bytes."""
        place = hashlib.blake2b(application.encode(), key=self._key, digest_size=32).digest()

        def digest(kind: str, normal: str) -> bytes:
            message = f"{kind}\n{normal}".encode("utf-8", "surrogatepass")
            return hashlib.blake2b(message, key=place, digest_size=_SIZE).digest()

        return digest


def _chose(application: str) -> sa.Select[tuple[bytes]]:
    return sa.select(consents.c.handle).where(
        consents.c.application == application, consents.c.opt_out == 1
    )


def _unreadable() -> UnavailableError:
    return UnavailableError("The register of opt-outs cannot be used.")
