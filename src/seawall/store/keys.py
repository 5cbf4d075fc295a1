"""API keys: `sw_<id>_<secret>`, stored as HMAC-SHA256 with a pepper, never as the secret."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError, MissingPartError, NotFoundError, UnavailableError
from seawall.core.roles import OPERATOR, Actor, Role, roles_of
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.key_record import (
    ADMIN_SCOPE,
    METRICS_SCOPE,
    SCOPES,
    KeyRecord,
    StoredKey,
    digest_of,
    key_id_of,
    matches,
    new_key,
)
from seawall.store.pepper import agreed_pepper, load_pepper, pepper_id
from seawall.store.tables import keys

__all__ = [
    "ADMIN_SCOPE",
    "METRICS_SCOPE",
    "SCOPES",
    "KeyCache",
    "KeyRecord",
    "create_key",
    "list_keys",
    "lookup",
    "revoke_key",
    "rotate_key",
]

# Ids that were looked for in vain are remembered for a moment, not without end.
_MOST_UNKNOWN = 10_000
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
    team: str = "",
    models: Sequence[str] = (),
    tools: Sequence[str] = (),
    roles: Sequence[str] = (),
    first: bool = False,
    actor: Actor = OPERATOR,
    env: Mapping[str, str] | None = None,
) -> tuple[str, str]:
    """Create a key and return (key id, the key itself: shown once, stored nowhere).

    `expires` is in Unix seconds. A key with the scope `admin` alone needs no function. `first`:
    none is made where there is one, whoever made it: then both are empty. Raises InputError for
    an empty or unusable name, an unknown scope or role, a list without its scope.
    """
    record = KeyRecord(
        key_id="",
        application=application,
        function=function,
        name=name,
        scopes=tuple(dict.fromkeys(scopes)),
        created=int(time.time()),
        expires=expires,
        team=team,
        models=tuple(dict.fromkeys(models)),
        tools=tuple(dict.fromkeys(tools)),
        roles=roles_of(roles),
    )
    _check(record)
    pepper = agreed_pepper(store, env)
    with store.write() as connection:  # one replica at a time
        if first and connection.scalar(sa.select(keys.c.key_id).limit(1)) is not None:
            return "", ""
        return _insert(connection, record, pepper, actor, "key.create")


def _check(record: KeyRecord) -> None:
    """Raise InputError for a key that makes no sense."""
    admin_only = record.scopes == (ADMIN_SCOPE,)
    if not record.application or not (record.function or admin_only):
        raise InputError("A key needs an application and a function.")
    known = (*SCOPES, ADMIN_SCOPE, METRICS_SCOPE)
    unknown = sorted(set(record.scopes) - set(known))
    if unknown or not record.scopes:
        raise InputError(
            f"Unknown scope: {', '.join(unknown)}." if unknown else "A key needs a scope.",
            hint=f"Scopes are {', '.join(known)}.",
        )
    if bool(record.roles) != (ADMIN_SCOPE in record.scopes):
        raise InputError(
            "The scope admin and roles belong together.",
            hint="Give both, or neither: roles say what the key may administer.",
        )
    for text in (*record.models, *record.tools):
        if not text or not text.isprintable() or any(char.isspace() for char in text):
            raise InputError("A model or tool has no empty name and no blanks in it.")


def _insert(
    connection: sa.Connection, record: KeyRecord, pepper: bytes, actor: Actor, action: str
) -> tuple[str, str]:
    key_id, secret = new_key()
    details = {
        "application": record.application,
        "function": record.function,
        "name": record.name,
        "team": record.team,
        "scopes": " ".join(record.scopes),
        "models": " ".join(record.models),
        "tools": " ".join(record.tools),
        "roles": " ".join(record.roles),
        "expires": record.expires,
        "replaces": record.replaces,
    }
    row = {
        "key_id": key_id,
        "digest": digest_of(secret, pepper),
        "pepper_id": pepper_id(pepper),
        "created": record.created,
        **details,
    }
    connection.execute(sa.insert(keys), row)
    note_change(connection, actor, action, key_id, {k: v for k, v in details.items() if v})
    return key_id, secret


def rotate_key(
    store: Store,
    key_id: str,
    *,
    overlap: int,
    actor: Actor = OPERATOR,
    env: Mapping[str, str] | None = None,
    now: int | None = None,
) -> tuple[str, str]:
    """Make a new key with the same rights; the old one ends after `overlap` seconds.

    Returns (new key id, new key). A key that had a lifetime gets the same one anew. Raises
    InputError when there is no such key, or when it opens nothing any more.
    """
    if overlap < 0:
        raise InputError("An overlap is 0 seconds or more.")
    when = int(time.time()) if now is None else now
    pepper = agreed_pepper(store, env)
    with store.write() as connection:
        row = connection.execute(sa.select(keys).where(keys.c.key_id == key_id)).first()
        if row is None:
            raise _no_key(key_id)
        old = _stored(row).record
        if not old.usable(when):
            raise InputError(
                f"The key {key_id} is revoked or expired.", hint="Create a new key instead."
            )
        lifetime = None if old.expires is None else when + old.expires - old.created
        renewed = msgspec.structs.replace(
            old, created=when, expires=lifetime, last_used=None, replaces=key_id
        )
        made = _insert(connection, renewed, pepper, actor, "key.rotate")
        ends = when + overlap if old.expires is None else min(when + overlap, old.expires)
        connection.execute(sa.update(keys).where(keys.c.key_id == key_id).values(expires=ends))
    return made


def revoke_key(
    store: Store, key_id: str, *, actor: Actor = OPERATOR, now: int | None = None
) -> KeyRecord:
    """Revoke a key for good and return its record. Raises InputError when there is none."""
    when = int(time.time()) if now is None else now
    with store.write() as connection:
        changed = connection.execute(
            sa.update(keys)
            .where(keys.c.key_id == key_id, keys.c.revoked.is_(None))
            .values(revoked=when)
        )
        if changed.rowcount:
            note_change(connection, actor, "key.revoke", key_id, {})
        row = connection.execute(sa.select(keys).where(keys.c.key_id == key_id)).first()
    if row is None:
        raise _no_key(key_id)
    return _stored(row).record


def _no_key(key_id: str) -> NotFoundError:
    return NotFoundError(f"There is no key {key_id}.", hint="`seawall keys list` shows them.")


def list_keys(store: Store) -> list[KeyRecord]:
    """Return every key, revoked and expired ones too, oldest first."""
    return [stored.record for stored in stored_keys(store)]


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


def stored_keys(store: Store, key_id: str | None = None) -> list[StoredKey]:
    """Return keys with their digests, oldest first: the named one, or all."""
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
        team=row.team,
        models=tuple(row.models.split()),
        tools=tuple(row.tools.split()),
        roles=tuple(Role(role) for role in row.roles.split() if role in set(Role)),
        replaces=row.replaces,
    )
    return StoredKey(record=record, digest=row.digest, pepper_id=row.pepper_id)


class KeyCache:
    """Keys for the data plane: every key is loaded at the start and re-read after `ttl_seconds`.

    A revoked key stops within `ttl_seconds`. While the database cannot be read, keys that are
    known keep working for `stale_seconds`; unknown ones are refused with UnavailableError (503).
    `last_used` is written by a timer, never by a lookup. Safe to share between threads.

    `reads`: False where a lookup must not wait for a server: `fetch` reads, and `lookup` takes what
    it has found. `known`: a copy's keys and its age in seconds, while the database is away.
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
        reads: bool = True,
        known: tuple[Sequence[StoredKey], float] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._reads = reads
        self._unknown: dict[str, float] = {}
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
            found, age = (stored_keys(store), 0.0) if known is None else known
            read = clock() - age
            self._known = {key.record.key_id: (key, read) for key in found}

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
        if self._reads:
            if self._load(key_id, now):
                entry = self._known.get(key_id)
                return entry[0] if entry is not None else None
        elif self._lately_unknown(key_id, now):
            return None
        if entry is not None and 0 <= now - entry[1] < self._stale:
            return entry[0]
        raise UnavailableError(
            "API keys cannot be read at the moment.",
            hint="Try again in a few seconds; the operator must look at the database.",
        )

    def fresh(self, presented: str) -> bool:
        """Say whether `lookup` would need no database for what is presented."""
        key_id, now = key_id_of(presented), self._clock()
        if key_id is None or self._lately_unknown(key_id, now):
            return True
        entry = self._known.get(key_id)
        return entry is not None and 0 <= now - entry[1] < self._ttl

    def fetch(self, presented: str) -> None:
        """Read a presented key for the `lookup` that follows; while that fails, old ones stay.

        Who has a known key does not wait for a server that is away; `KillCache.renew` tries it.
        """
        key_id = key_id_of(presented)
        if key_id is None or (self._store.away_seconds and key_id in self._known):
            return
        self._load(key_id, self._clock())

    def _load(self, key_id: str, now: float) -> bool:
        """Read one key; say whether the database answered."""
        try:
            found = stored_keys(self._store, key_id)
        except sa.exc.SQLAlchemyError:
            return False
        if found:
            self._known[key_id] = (found[0], now)
            return True
        self._known.pop(key_id, None)
        if not self._reads:
            if len(self._unknown) >= _MOST_UNKNOWN:
                self._unknown.clear()
            self._unknown[key_id] = now
        return True

    def _lately_unknown(self, key_id: str, now: float) -> bool:
        return 0 <= now - self._unknown.get(key_id, -1e18) < self._ttl

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
