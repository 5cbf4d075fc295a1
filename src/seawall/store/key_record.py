"""What an API key is: its text form, its digest and its record. Pure functions."""

import functools
import hashlib
import hmac
import re
import secrets
import string

import msgspec

from seawall.core.roles import Role

SCOPES = ("chat", "embeddings", "images", "audio", "models", "files", "vector-stores", "batches",
          "fine-tuning", "acceptance", "guard")  # fmt: skip
# Never given unless it is named: it opens /admin/v1, as far as the key's roles go.
ADMIN_SCOPE = "admin"
# Shows the numbers of every function, so it must be named too.
METRICS_SCOPE = "metrics"
_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_SECRET_ALPHABET = string.ascii_letters + string.digits
_FORM = re.compile(r"sw_([a-z2-7]{12})_([A-Za-z0-9]{43})", re.ASCII)


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Who a key is. Times are Unix seconds; None means never.

    `models` and `tools` empty means that the key allows every one. `roles` count in the admin API
    only. `replaces` is the key that this one was made from by a rotation.
    """

    key_id: str
    application: str
    function: str
    name: str
    scopes: tuple[str, ...]
    created: int
    expires: int | None = None
    revoked: int | None = None
    last_used: int | None = None
    team: str = ""
    models: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    replaces: str = ""

    def allows(self, scope: str) -> bool:
        """Say whether the key may be used for `scope`."""
        return scope in self.scopes

    def usable(self, now: float) -> bool:
        """Say whether the key is neither revoked nor expired at `now` (Unix seconds)."""
        return self.revoked is None and (self.expires is None or now < self.expires)


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key's record with its digest and the name of the pepper that made it."""

    record: KeyRecord
    digest: bytes
    pepper_id: str


def new_key() -> tuple[str, str]:
    """Return a new key id (60 random bits) and the full key (256 random bits more)."""
    key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
    secret = "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(43))
    return key_id, f"sw_{key_id}_{secret}"


def key_id_of(presented: str) -> str | None:
    """Return the id inside a presented key; None when it has not the form of a key."""
    match = _FORM.fullmatch(presented)
    return match[1] if match else None


def digest_of(presented: str, pepper: bytes) -> bytes:
    """Return HMAC-SHA256 of the whole key under the pepper (32 bytes)."""
    keyed = _keyed(pepper).copy()
    keyed.update(presented.encode())
    return keyed.digest()


@functools.lru_cache(maxsize=8)
def _keyed(pepper: bytes) -> hmac.HMAC:
    """Return the start of every hash of a pepper; going on from it keeps the interpreter's turn."""
    return hmac.new(pepper, b"seawall key 1\n", hashlib.sha256)


def matches(presented: str, stored: StoredKey, pepper: bytes) -> bool:
    """Compare a presented key with a stored digest in constant time."""
    return hmac.compare_digest(digest_of(presented, pepper), stored.digest)
