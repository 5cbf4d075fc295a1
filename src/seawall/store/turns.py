"""Turns of conversations that clients go on with: sealed, for one key, for a limited time."""

import hashlib
import os
import time
from collections.abc import Callable, Mapping

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from seawall.core.errors import UnavailableError
from seawall.store.db import Store
from seawall.store.pepper import load_pepper
from seawall.store.tables import turns

_NONCE = 12
_MOST_IN_CHAIN = 1000


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a turn is: nobody else finds it, and nobody else's key opens it.

    `user`: the end user that somebody vouches for, empty where nobody does.
    """

    application: str
    function: str
    key_id: str
    user: str = ""

    @property
    def scope(self) -> bytes:
        """Return the owner as 32 bytes; no two owners have the same."""
        text = msgspec.json.encode([self.application, self.function, self.key_id, self.user])
        return hashlib.sha256(b"seawall turn owner 1\n" + text).digest()


class Turns:
    """Keeps turns in the store, each sealed with AES-256-GCM under its owner's key.

    Owners' keys are derived from the pepper, so a copy of the database alone opens nothing.
    `max_turns`: how many an owner may keep; the oldest go. `clock` returns Unix seconds. Safe to
    share between threads. Raises MissingPartError when the pepper
    cannot be read, UnavailableError when the database cannot.
    """

    def __init__(
        self,
        store: Store,
        *,
        max_turns: int = 1000,
        env: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._pepper = load_pepper(store, env)
        self._max_turns = max_turns
        self._clock = clock

    def keep(
        self, owner: Owner, turn_id: str, body: bytes, *, seconds: float, previous: str = "",
        handle: bytes | None = None,
    ) -> bool:  # fmt: skip
        """Keep a turn for `seconds`; `previous` is the id of the turn that it goes on from.

        `handle`: the end user whose erasure ends it, too (`AuditUsers.handle`).
        Whatever has expired goes, and the owner's oldest turns beyond `max_turns`. Returns
        whether it is kept: not while the database cannot be written.
        """
        now = self._clock()
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher(owner).encrypt(nonce, body, turn_id.encode())
        row = {
            "turn_id": turn_id,
            "scope": owner.scope,
            "previous": previous,
            "created": int(now),
            "expires": int(now + seconds),
            "sealed": sealed,
            "handle": handle,
        }
        oldest = (
            sa.select(turns.c.turn_id)
            .where(turns.c.scope == owner.scope)
            .order_by(turns.c.created.desc(), turns.c.turn_id.desc())
            .offset(self._max_turns)
        )
        try:
            with self._store.write() as connection:
                connection.execute(sa.delete(turns).where(turns.c.expires <= int(now)))
                connection.execute(sa.insert(turns), row)
                if ids := list(connection.scalars(oldest)):
                    connection.execute(sa.delete(turns).where(turns.c.turn_id.in_(ids)))
        except sa.exc.DBAPIError:
            return False
        return True

    def purge(self) -> int:
        """Delete what has expired; return how many turns that were."""
        statement = sa.delete(turns).where(turns.c.expires <= int(self._clock()))
        with self._store.write() as connection:
            return connection.execute(statement).rowcount

    def find(self, owner: Owner, turn_id: str) -> bytes | None:
        """Return the owner's turn; None when it has none of that id, or no longer."""
        row = self._row(owner, turn_id)
        return None if row is None else row[1]

    def chain(self, owner: Owner, turn_id: str, *, max_bytes: int) -> list[bytes] | None:
        """Return a turn and all before it, oldest first; None when one of them is missing.

        None too when they have more than `max_bytes` together: half a conversation is another one.
        """
        found: list[bytes] = []
        size = 0
        while turn_id:
            row = self._row(owner, turn_id)
            if row is None:
                return None
            turn_id, body = row
            found.append(body)
            size += len(body)
            if size > max_bytes or len(found) > _MOST_IN_CHAIN:
                return None
        return found[::-1]

    def delete(self, owner: Owner, turn_id: str) -> bool:
        """Delete the owner's turn; return whether there was one."""
        if "\0" in turn_id:
            return False
        statement = sa.delete(turns).where(
            turns.c.turn_id == turn_id,
            turns.c.scope == owner.scope,
            turns.c.expires > int(self._clock()),
        )
        with self._store.write() as connection:
            return connection.execute(statement).rowcount > 0

    def _row(self, owner: Owner, turn_id: str) -> tuple[str, bytes] | None:
        """Return (id of the turn before, body). What cannot be opened is not there."""
        if "\0" in turn_id:  # no id has one, and PostgreSQL refuses the question
            return None
        statement = sa.select(turns.c.previous, turns.c.sealed).where(
            turns.c.turn_id == turn_id,
            turns.c.scope == owner.scope,
            turns.c.expires > int(self._clock()),
        )
        try:
            with self._store.read() as connection:
                row = connection.execute(statement).first()
        except sa.exc.DBAPIError:
            raise UnavailableError(
                "Kept conversations cannot be read.",
                hint="Try again in a few seconds, or send the whole conversation as `input`.",
            ) from None
        if row is None:
            return None
        try:
            nonce, sealed = row.sealed[:_NONCE], row.sealed[_NONCE:]
            return row.previous, self._cipher(owner).decrypt(nonce, sealed, turn_id.encode())
        except InvalidTag:  # another pepper, or changed in the database
            return None

    def _cipher(self, owner: Owner) -> AESGCM:
        info = b"seawall turns 1\n" + owner.scope
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        return AESGCM(kdf.derive(self._pepper))


def erase_turns_of(store: Store, handle: bytes) -> int:
    """Destroy every kept turn of an end user, in the file too; return how many."""
    with store.write() as connection:
        store.secure(connection)
        gone = connection.execute(sa.delete(turns).where(turns.c.handle == handle)).rowcount
    if gone:
        store.overwrite("turns")
    return gone
