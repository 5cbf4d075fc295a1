"""The key that turns one end user's id into the name that audit records carry."""

import hashlib
import hmac
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from seawall.store.tables import audit_users
from seawall.store.upsert import insert


class UserKey(msgspec.Struct, frozen=True, kw_only=True):
    """One user's key. `handle` finds it without holding the id; `created` in Unix seconds."""

    handle: bytes
    key: bytes
    created: int

    def name(self, user: str) -> str:
        """Return the name that records carry."""
        digest = hmac.digest(self.key, b"seawall audit user 1\n" + user.encode(), hashlib.sha256)
        return f"u_{digest[:16].hex()}"


def add_user_keys(connection: sa.Connection, keys: Sequence[UserKey]) -> None:
    """Write keys inside the caller's transaction; one that is there already stays."""
    for key in sorted(keys, key=lambda key: key.handle):
        row = {"handle": key.handle, "key": key.key, "created": key.created}
        connection.execute(insert(connection, audit_users).values(**row).on_conflict_do_nothing())
