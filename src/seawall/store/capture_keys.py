"""Data keys of captured content, wrapped by the master key that wraps secrets too."""

import secrets
import time
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from seawall.core.errors import MissingPartError
from seawall.store.db import Store
from seawall.store.master import KEY_BYTES, Master, load_master
from seawall.store.tables import capture_keys
from seawall.store.tables import secrets as sealed_secrets

# A gateway seals with one key this long, then makes a new one.
KEY_SECONDS = 86_400


class CaptureKey(msgspec.Struct, frozen=True, kw_only=True):
    """A data key (32 bytes), its name, when it was made (Unix s); the repr shows no key."""

    key_id: str
    key: bytes
    created: int

    def __repr__(self) -> str:
        return f"CaptureKey({self.key_id!r})"


def new_capture_key(store: Store, *, env: Mapping[str, str] | None = None) -> CaptureKey:
    """Make a data key and store it wrapped. Raises MissingPartError, InputError."""
    master = load_master(store, env, create=not anything_wrapped(store))
    made = CaptureKey(
        key_id=f"ck_{secrets.token_hex(8)}", key=secrets.token_bytes(KEY_BYTES),
        created=int(time.time()),
    )  # fmt: skip
    row = {
        "key_id": made.key_id,
        "wrapped": master.wrap(made.key, _context(made.key_id)),
        "master_id": master.current,
        "created": made.created,
    }
    with store.write() as connection:
        connection.execute(sa.insert(capture_keys), row)
    return made


def open_capture_key(
    store: Store, key_id: str, *, env: Mapping[str, str] | None = None
) -> CaptureKey:
    """Return a stored data key. Raises MissingPartError (gone), IntegrityError (changed)."""
    with store.read() as connection:
        row = connection.execute(
            sa.select(capture_keys).where(capture_keys.c.key_id == key_id)
        ).first()
    if row is None:
        raise MissingPartError(f"The key {key_id} of captured content is gone.")
    key = load_master(store, env).unwrap(row.wrapped, row.master_id, _context(key_id))
    return CaptureKey(key_id=key_id, key=key, created=row.created)


def anything_wrapped(store: Store) -> bool:
    """Say whether a master key is in use: then a missing one is lost and must not be replaced."""
    with store.read() as connection:
        return any(
            connection.execute(sa.select(table.c.master_id).limit(1)).first() is not None
            for table in (capture_keys, sealed_secrets)
        )


def rewrap_capture_keys(connection: sa.Connection, master: Master) -> int:
    """Wrap every data key anew inside the caller's transaction; return how many.

    Raises MissingPartError, IntegrityError.
    """
    rows = connection.execute(sa.select(capture_keys)).all()
    for row in rows:
        context = _context(row.key_id)
        data_key = master.unwrap(row.wrapped, row.master_id, context)
        connection.execute(
            sa.update(capture_keys)
            .where(capture_keys.c.key_id == row.key_id)
            .values(wrapped=master.wrap(data_key, context), master_id=master.current)
        )
    return len(rows)


def _context(key_id: str) -> bytes:
    return b"seawall capture key 1\n" + key_id.encode()
