"""API keys: `sw_<id>_<secret>`, stored as HMAC-SHA256 with a pepper, never as the secret."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from seawall.core.errors import InputError, MissingPartError
from seawall.store.db import Store
from seawall.store.key_record import (
    SCOPES,
    KeyRecord,
    StoredKey,
    digest_of,
    key_id_of,
    matches,
    new_key,
)
from seawall.store.pepper import load_pepper, pepper_id
from seawall.store.tables import keys

__all__ = ["SCOPES", "KeyCache", "KeyRecord", "create_key", "list_keys", "lookup", "revoke_key"]

_NOBODY = StoredKey(
    record=KeyRecord(key_id="", application="", function="", name="", scopes=(), created=0),
    digest=bytes(32),
    pepper_id="",
)


def create_key(
    store: Store,
    *,
    application: str,
    function: str,
    name: str = "",
    scopes: Sequence[str] = SCOPES,
    expires: int | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[str, str]:
    """Create a key and return (key id, the key itself: shown once, stored nowhere).

    `expires` is in Unix seconds. Raises InputError for an empty name or an unknown scope.
    """
    if not application or not function:
        raise InputError("A key needs an application and a function.")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InputError(
            f"Unknown scope: {', '.join(unknown)}." if unknown else "A key needs a scope.",
            hint=f"Scopes are {', '.join(SCOPES)}.",
        )
    pepper = load_pepper(store, env)
    key_id, secret = new_key()
    row = {
        "key_id": key_id,
        "digest": digest_of(secret, pepper),
        "pepper_id": pepper_id(pepper),
        "application": application,
        "function": function,
        "name": name,
        "scopes": " ".join(dict.fromkeys(scopes)),
        "created": int(time.time()),
        "expires": expires,
    }
    with store.write() as connection:
        connection.execute(sa.insert(keys), row)
    return key_id, secret


def revoke_key(store: Store, key_id: str, *, now: int | None = None) -> KeyRecord:
    """Revoke a key for good and return its record. Raises InputError when there is none."""
    when = int(time.time()) if now is None else now
    with store.write() as connection:
        connection.execute(
            sa.update(keys)
            .where(keys.c.key_id == key_id, keys.c.revoked.is_(None))
            .values(revoked=when)
        )
        row = connection.execute(sa.select(keys).where(keys.c.key_id == key_id)).first()
    if row is None:
        raise InputError(f"There is no key {key_id}.", hint="`seawall keys list` shows them.")
    return _stored(row).record


def list_keys(store: Store) -> list[KeyRecord]:
    """Return every key, revoked and expired ones too, oldest first."""
    return [stored.record for stored in _load(store, None)]


def lookup(
    source: "Store | KeyCache", presented: str, *, env: Mapping[str, str] | None = None
) -> KeyRecord | None:
    """Return the record of a presented key; None for one that is unknown, revoked or expired.

    `source` is a store (reads it each time) or a KeyCache (for the data plane). Raises
    MissingPartError when it cannot be known whether the key is good.
    """
    if isinstance(source, KeyCache):
        return source.lookup(presented)
    return KeyCache(source, env=env, ttl_seconds=0, note_use=False).lookup(presented)


def _load(store: Store, key_id: str | None) -> list[StoredKey]:
    statement = sa.select(keys).order_by(keys.c.created, keys.c.key_id)
    if key_id is not None:
        statement = statement.where(keys.c.key_id == key_id)
    with store.read() as connection:
        return [_stored(row) for row in connection.execute(statement)]


def _stored(row: Any) -> StoredKey:
    record = KeyRecord(
        key_id=row.key_id,
        application=row.application,
        function=row.function,
        name=row.name,
        scopes=tuple(row.scopes.split()),
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        last_used=row.last_used,
    )
    return StoredKey(record=record, digest=row.digest, pepper_id=row.pepper_id)


class KeyCache:
    """Keys for the data plane: every key is loaded at the start and re-read after `ttl_seconds`.

    A revoked key stops within `ttl_seconds`. While the database cannot be read, keys that are
    known keep working for `stale_seconds`; unknown ones are refused with MissingPartError (503).
    `last_used` is written by a timer, never by a lookup. Safe to share between threads.
    """

    def __init__(
        self,
        store: Store,
        *,
        env: Mapping[str, str] | None = None,
        ttl_seconds: float = 2.0,
        stale_seconds: float = 900.0,
        flush_seconds: float = 30.0,
        note_use: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._pepper = load_pepper(store, env)
        self._pepper_id = pepper_id(self._pepper)
        self._ttl = ttl_seconds
        self._stale = stale_seconds
        self._flush_seconds = flush_seconds
        self._note_use = note_use
        self._clock = clock
        self._known: dict[str, tuple[StoredKey, float]] = {}
        self._used: dict[str, int] = {}
        self._guard = threading.Lock()
        self._timer: threading.Timer | None = None
        if ttl_seconds > 0:
            now = clock()
            self._known = {key.record.key_id: (key, now) for key in _load(store, None)}

    def lookup(self, presented: str) -> KeyRecord | None:
        """See `lookup` of this module."""
        key_id = key_id_of(presented)
        if key_id is None:
            return None
        now = self._clock()
        stored = self._find(key_id, now)
        # An unknown id costs the same HMAC, so that time does not tell which ids exist.
        good = matches(presented, stored or _NOBODY, self._pepper)
        if stored is None or not stored.record.usable(now):
            return None
        if stored.pepper_id != self._pepper_id:
            raise MissingPartError(
                "This key was made with another pepper than the gateway's.",
                hint="Set SEAWALL_PEPPER, or restore the pepper file, to what it was.",
            )
        if not good:
            return None
        if self._note_use:
            self._note(key_id, now)
        return stored.record

    def _find(self, key_id: str, now: float) -> StoredKey | None:
        entry = self._known.get(key_id)
        if entry is not None and 0 <= now - entry[1] < self._ttl:
            return entry[0]
        try:
            found = _load(self._store, key_id)
        except sa.exc.SQLAlchemyError as error:
            if entry is not None and 0 <= now - entry[1] < self._stale:
                return entry[0]
            raise MissingPartError(
                "API keys cannot be read at the moment.", hint="Check the data folder."
            ) from error
        if not found:
            self._known.pop(key_id, None)
            return None
        self._known[key_id] = (found[0], now)
        return found[0]

    def _note(self, key_id: str, now: float) -> None:
        with self._guard:
            self._used[key_id] = int(now)
            if self._timer is None:
                self._timer = threading.Timer(self._flush_seconds, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write when keys were last used. A database that cannot be written now is tried later."""
        with self._guard:
            used, self._used, self._timer = self._used, {}, None
        try:
            with self._store.write() as connection:
                for key_id, when in used.items():
                    connection.execute(
                        sa.update(keys).where(keys.c.key_id == key_id).values(last_used=when)
                    )
        except sa.exc.SQLAlchemyError:
            with self._guard:
                self._used = {**used, **self._used}

    def close(self) -> None:
        """Stop the timer and write what is left."""
        with self._guard:
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
            timer.join()
        if self._used:
            self.flush()
