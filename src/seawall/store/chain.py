"""The audit log's hash chain and its signed head: pure functions and the key file.

Record n: hash = SHA-256(RECORD_TAG + seq + time + prev_hash + body), seq and time as 8 bytes
big endian, body as canonical JSON. Head: Ed25519 over HEAD_TAG + the head's canonical JSON.
"""

import base64
import hashlib
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from seawall.core.errors import InputError, IntegrityError, SeawallError

RECORD_TAG = b"seawall audit record 1\n"
HEAD_TAG = b"seawall audit head 1\n"
GENESIS = bytes(32)
HEAD_FILE = "audit.head"
KEY_FILE = "audit.key"
PUBLIC_FILE = "audit.pub"
MAX_BODY = 1_048_576


class AuditError(SeawallError):
    """A record could not be made durable. What it describes must not be released."""

    code = "audit_unavailable"
    status = 503


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of the chain: last `seq`, number of records, last hash (hex), time (Unix ns).

    `key` is the fingerprint of the public key, `signature` base64.
    """

    version: int = 1
    seq: int
    count: int
    hash: str
    time: int
    key: str
    signature: str = ""


def canonical(record: dict[str, Any]) -> bytes:
    """Return canonical JSON: keys sorted, UTF-8, no spaces. Raises InputError."""
    try:
        body = msgspec.json.encode(record, order="sorted")
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise InputError(f"An audit record must be plain JSON: {error}.") from None
    if len(body) > MAX_BODY:
        raise InputError(f"An audit record may hold {MAX_BODY} bytes at most, not {len(body)}.")
    return body


def record_hash(seq: int, time: int, previous: bytes, body: bytes) -> bytes:
    """Return the SHA-256 of one record (32 bytes)."""
    fixed = RECORD_TAG + seq.to_bytes(8, "big", signed=True) + time.to_bytes(8, "big", signed=True)
    return hashlib.sha256(fixed + previous + body).digest()


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the first 16 hex digits of the SHA-256 of the raw public key."""
    return fingerprint_of(raw_public(key))


def fingerprint_of(raw: bytes) -> str:
    """Return the fingerprint of a public key that is raw already."""
    return hashlib.sha256(raw).hexdigest()[:16]


def raw_public(key: Ed25519PublicKey) -> bytes:
    """Return the 32 bytes of a public key."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _signed_bytes(head: Head) -> bytes:
    unsigned = msgspec.structs.replace(head, signature="")
    return HEAD_TAG + msgspec.json.encode(unsigned, order="sorted")


def sign_head(
    key: Ed25519PrivateKey, *, seq: int, count: int, last: bytes, time: int, name: str = ""
) -> Head:
    """Return the signed head of a chain that ends with hash `last`.

    `name` is the fingerprint of the public key, for who has it at hand.
    """
    name = name or fingerprint(key.public_key())
    head = Head(seq=seq, count=count, hash=last.hex(), time=time, key=name)
    signature = base64.b64encode(key.sign(_signed_bytes(head))).decode()
    return msgspec.structs.replace(head, signature=signature)


def encode_head(head: Head) -> bytes:
    """Return the head as the line of JSON that `audit.head` and the database hold."""
    return msgspec.json.encode(head, order="sorted") + b"\n"


def decode_head(raw: bytes) -> Head:
    """Read a head. Raises IntegrityError when it is not one."""
    try:
        return msgspec.json.decode(raw, type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise IntegrityError("The signed head cannot be read.") from None


def signed_by(head: Head, key: Ed25519PublicKey) -> bool:
    """Say whether `key` signed this head."""
    try:
        key.verify(base64.b64decode(head.signature, validate=True), _signed_bytes(head))
    except (InvalidSignature, ValueError):
        return False
    return True


def private_pem(key: Ed25519PrivateKey) -> bytes:
    """Return the key file's content (PKCS 8 PEM, not encrypted; the file is 0600)."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """Return the public key file's content (PEM)."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def load_private(path: Path) -> Ed25519PrivateKey:
    """Read the signing key. Raises IntegrityError."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise IntegrityError(
            f"The audit log's signing key {path} cannot be read: {error}.",
            hint="Restore it from a backup; the log cannot be continued with another key.",
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise IntegrityError(f"{path} does not hold an Ed25519 key.")
    return key


def load_public(path: Path) -> Ed25519PublicKey:
    """Read a public key. Raises InputError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"The audit log's public key {path} cannot be read: {error}.",
            hint="Name the copy you kept with --public-key.",
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{path} does not hold an Ed25519 public key.")
    return key
