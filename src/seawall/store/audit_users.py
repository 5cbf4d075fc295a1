"""End users' names in the audit log: keyed hashes whose keys can be destroyed.

A record names a user as `u_` + HMAC-SHA256 under a key that belongs to this user alone. Who has
the user's id and the key finds the records; when the key is gone, nobody can tell any more whose
they are, and the chain still verifies, because no record is touched.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from seawall.core.errors import InputError
from seawall.core.roles import OPERATOR, Actor
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.pepper import load_pepper, pepper_id, refuse_other_pepper
from seawall.store.tables import audit_users
from seawall.store.user_keys import UserKey, add_user_keys

CACHE_SECONDS = 60.0
_CACHE_USERS = 10_000


class _Known(msgspec.Struct):
    """A key in memory, when it was read, and whether the database has it."""

    key: UserKey
    read: float
    stored: bool


class AuditUsers:
    """Names for the records of one store. Safe to share between threads.

    Keys are remembered for `CACHE_SECONDS`: an erasure by another process is effective after that.
    Raises MissingPartError when the pepper is gone.
    """

    def __init__(
        self,
        store: Store,
        *,
        env: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        secret = load_pepper(store, env)
        self._pepper = pepper_id(secret)
        self._index = hmac.digest(secret, b"seawall audit user index 1", hashlib.sha256)
        self._clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._guard = threading.Lock()

    def must_fit(self) -> None:
        """Raise MissingPartError where the store's users are known under another pepper."""
        refuse_other_pepper(self._store, self._pepper)

    def handle(self, user: str) -> bytes:
        """Return what finds a user's key (32 bytes); it takes the pepper to compute it."""
        return hmac.digest(self._index, user.encode(), hashlib.sha256)

    def remembered(self, user: str) -> UserKey | None:
        """Return the key of a user that was seen lately, without reading the database."""
        with self._guard:
            found = self._known.get(self.handle(user))
            if found is None or self._clock() - found.read >= CACHE_SECONDS:
                return None
            return found.key

    def key(self, user: str) -> UserKey:
        """Return the user's key, a new one for a new user; `unstored` says if it must be written.

        Raises sqlalchemy.exc.SQLAlchemyError when the database cannot be read. While a shared one
        is away, a key that was seen before goes on, and a new user's is written later.
        """
        if (remembered := self.remembered(user)) is not None:
            return remembered
        handle, began = self.handle(user), self._clock()
        try:
            key = self._adopt(handle) if self._store.shared else self._read(handle)
        except SQLAlchemyError:
            if not self._store.away_seconds:
                raise
            found = self._known.get(handle)
            key = found.key if found is not None and found.stored else None
        with self._guard:
            found = self._known.get(handle)
            # Two requests of one new user share its first key, also one written since the look.
            if key is None and found is not None and (not found.stored or found.read >= began):
                key = found.key
            stored = key is not None and (found is None or found.stored)
            if key is None:
                key = UserKey(handle=handle, key=secrets.token_bytes(32), created=int(time.time()))
            self._known[handle] = _Known(key, self._clock(), stored)
            self._known.move_to_end(handle)
            if len(self._known) > _CACHE_USERS:
                self._known.popitem(last=False)
        return key

    def unstored(self, key: UserKey) -> bool:
        """Say whether the key must still be written, together with the record that uses it."""
        with self._guard:
            found = self._known.get(key.handle)
            return found is None or not found.stored

    def written(self, key: UserKey) -> None:
        """Note that the key is durable."""
        with self._guard:
            if (found := self._known.get(key.handle)) is not None:
                found.stored = True

    def find(self, user: str) -> str | None:
        """Return the name under which the log knows a user; None for one it does not know."""
        key = self._read(self.handle(user))
        return None if key is None else key.name(user)

    def erase(self, user: str, *, actor: Actor = OPERATOR) -> bool:
        """Destroy a user's key; say whether there was one. What the file held is overwritten.

        The audit log hears which name lost its key, and by whom. Raises InputError.
        """
        if not user:
            raise InputError("Name the user whose key is to be destroyed.")
        handle = self.handle(user)
        key = self._read(handle)
        with self._store.write() as connection:
            self._store.secure(connection)
            gone = connection.execute(sa.delete(audit_users).where(audit_users.c.handle == handle))
            if key is not None and gone.rowcount:
                note_change(connection, actor, "audit.erase", key.name(user), {})
        with self._guard:
            self._known.pop(handle, None)
        self._store.overwrite("audit_users")
        return gone.rowcount > 0

    def _adopt(self, handle: bytes) -> UserKey | None:
        """Return the one key that all replicas use for a user, made by whoever comes first."""
        if (key := self._read(handle)) is not None:
            return key
        made = UserKey(handle=handle, key=secrets.token_bytes(32), created=int(time.time()))
        with self._store.add() as connection:
            add_user_keys(connection, [made])
        return self._read(handle)

    def _read(self, handle: bytes) -> UserKey | None:
        statement = sa.select(audit_users).where(audit_users.c.handle == handle)
        with self._store.read() as connection:
            row = connection.execute(statement).first()
        if row is None:
            return None
        return UserKey(handle=bytes(row.handle), key=bytes(row.key), created=row.created)
