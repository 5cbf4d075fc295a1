"""Signed seals of the audit log: what they end is gone, and the chain goes on from its hash.

Record n + 1 names the hash of record n, which the seal keeps and a checkpoint signed long before.
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from seawall.store import chain
from seawall.store.tables import audit_seals

SEAL_TAG = b"seawall audit seal 1\n"
_HASH_LENGTH = 64


class Seal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Records `first` to `seq` ended. `hash` (hex) and `time` (Unix ns) are those of the last one.

    `kept_seconds`: how old each was at least at `ended` (Unix ns). `key` is the fingerprint of
    the public key, `signature` base64.
    """

    version: int = 1
    first: int
    seq: int
    hash: str
    time: int
    ended: int
    kept_seconds: int
    actor: str
    reason: str
    key: str
    signature: str = ""

    def said(self) -> str:
        """Return what happened as a sentence for people."""
        day = datetime.fromtimestamp(self.ended / 1e9, UTC).date().isoformat()
        return (
            f"records 1 to {self.seq} were ended after their retention, the last ones on {day} by "
            f"{self.actor} ({self.reason}): nothing is proved of what they said"
        )


def _signed_bytes(seal: Seal) -> bytes:
    return SEAL_TAG + msgspec.json.encode(
        msgspec.structs.replace(seal, signature=""), order="sorted"
    )


def signed(seal: Seal, key: Ed25519PrivateKey) -> Seal:
    """Return a seal with its signature."""
    name = chain.fingerprint(key.public_key())
    named = msgspec.structs.replace(seal, key=name, signature="")
    signature = base64.b64encode(key.sign(_signed_bytes(named))).decode()
    return msgspec.structs.replace(named, signature=signature)


def add_seal(connection: sa.Connection, name: str, seal: Seal) -> None:
    """Keep a seal of the chain `name` in the transaction that ends its records."""
    raw = msgspec.json.encode(seal, order="sorted")
    connection.execute(sa.insert(audit_seals), {"chain": name, "seq": seal.seq, "seal": raw})


def last_seal(
    connection: sa.Connection, name: str, key: Ed25519PublicKey | None,
    problem: Callable[[str], None],
) -> Seal | None:  # fmt: skip
    """Return the seal behind which the log begins; None for one that is whole.

    `problem` hears of each that cannot be read, that `key` did not sign or that does not follow
    the one before it; a log of a schema without seals has none.
    """
    if not sa.inspect(connection).has_table(audit_seals.name):
        return None
    own = sa.select(audit_seals).where(audit_seals.c.chain == name).order_by(audit_seals.c.seq)
    last = None
    for row in connection.execute(own):
        seal = _decoded(row)
        if seal is None:
            problem(f"seal {row.seq!r}: cannot be read")
            continue
        if key is not None and not _right(seal, key):
            problem(f"seal {seal.seq}: the signature is wrong, so nobody ended those records")
            continue
        if seal.first != (last.seq + 1 if last else 1):
            problem(f"seal {seal.seq}: does not follow the seal before it")
        last = seal
    return last


def _decoded(row: Any) -> Seal | None:
    try:
        seal = msgspec.json.decode(bytes(row.seal), type=Seal)
        good = len(bytes.fromhex(seal.hash)) * 2 == _HASH_LENGTH and seal.seq == row.seq
    except (msgspec.MsgspecError, TypeError, ValueError):
        return None
    return seal if good and 0 < seal.first <= seal.seq else None


def _right(seal: Seal, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(base64.b64decode(seal.signature, validate=True), _signed_bytes(seal))
    except (InvalidSignature, ValueError):
        return False
    return True
