"""Signed snapshots: what a gateway serves by (a policy, API keys), with who signed it and when.

Ed25519 over SIGN_TAG + the snapshot's canonical JSON. A replica's key is vouched for by its keyed
hash under the pepper, which no database holds; an operator may name the keys that count instead.
"""

import hashlib
import hmac
import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from seawall.core.errors import InputError, IntegrityError, MissingPartError
from seawall.store import chain
from seawall.store.locks import replace_file, waiting_lock

SIGN_TAG = b"seawall snapshot 1\n"
_VOUCH_TAG = b"seawall snapshot key 1\n"
KEYS_ENV = "SEAWALL_POLICY_KEYS"
KEY_FILE = "policy.key"
# Clocks of replicas may differ by this much.
SKEW_SECONDS = 300
_END = "-----END PUBLIC KEY-----"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was signed: `body` of a `kind` for an application, its number, and when (Unix seconds).

    `key` is the raw public key, `vouch` its keyed hash under the pepper.
    """

    format: int = 1
    kind: str
    application: str
    number: int
    time: int
    body: bytes
    key: bytes
    vouch: bytes
    signature: bytes = b""

    @property
    def signer(self) -> str:
        """Return the fingerprint of the key that signed it, as the audit log names keys."""
        return chain.fingerprint_of(self.key)


class Signer:
    """One folder's key, made at its first use, and the keys whose signatures count.

    Raises InputError for named keys that cannot be read.
    """

    def __init__(
        self, folder: Path, pepper: bytes, env: Mapping[str, str] | None = None,
        *, key_path: Path | None = None,
    ) -> None:  # fmt: skip
        self._path = key_path or folder / KEY_FILE
        self._make = key_path is None
        self._pepper = pepper
        named = (os.environ if env is None else env).get(KEYS_ENV, "")
        self._named = _public_keys(Path(named)) if named else None
        self._key: Ed25519PrivateKey | None = None

    def sign(self, kind: str, application: str, number: int, body: bytes) -> bytes:
        """Return a signed snapshot as JSON. Raises MissingPartError, IntegrityError."""
        raw = self._public()
        snapshot = Snapshot(
            kind=kind, application=application, number=number, time=int(time.time()), body=body,
            key=raw, vouch=self._vouch(raw),
        )  # fmt: skip
        signature = self._own().sign(_signed_bytes(snapshot))
        return msgspec.json.encode(msgspec.structs.replace(snapshot, signature=signature))

    def may_sign(self) -> None:
        """Raise MissingPartError where replicas would refuse what this key signs."""
        if self._named is not None and self._public() not in self._named:
            raise MissingPartError(
                f"{KEYS_ENV} does not name the key {self._path}: no replica would take this.",
                hint="Sign with one that it names: `seawall policy publish --key FILE`.",
            )

    def opened(self, raw: bytes, kind: str, application: str = "") -> Snapshot:
        """Return a snapshot of that kind and application, unchanged, signed by a key that counts.

        Raises IntegrityError.
        """
        snapshot = self._decoded(raw, kind)
        self._check_signer(snapshot)
        if application and snapshot.application != application:
            raise IntegrityError(
                f"The signed {kind} is one of {snapshot.application}, not of {application}.",
                hint="Somebody moved it; publish the right one.",
            )
        if snapshot.time > time.time() + SKEW_SECONDS:
            raise IntegrityError(
                f"The signed {kind} comes from the future (Unix time {snapshot.time}).",
                hint="Set the clocks of all replicas.",
            )
        return snapshot

    def mine(self, raw: bytes, kind: str) -> Snapshot:
        """Return a snapshot that this very key signed. Raises IntegrityError."""
        snapshot = self._decoded(raw, kind)
        if snapshot.key != self._public():
            raise _foreign(snapshot)
        return snapshot

    def _decoded(self, raw: bytes, kind: str) -> Snapshot:
        try:
            snapshot = msgspec.json.decode(raw, type=Snapshot)
            key = Ed25519PublicKey.from_public_bytes(snapshot.key)
            key.verify(snapshot.signature, _signed_bytes(snapshot))
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, InvalidSignature):
            raise IntegrityError(
                f"The signed {kind} was changed, or damaged: its signature does not fit.",
                hint="Publish the policy again, or restore what was damaged.",
            ) from None
        if snapshot.kind != kind:
            raise IntegrityError(f"A signed {snapshot.kind} stands where a {kind} should.")
        return snapshot

    def _check_signer(self, snapshot: Snapshot) -> None:
        if self._named is not None:
            good = snapshot.key in self._named
        else:
            good = hmac.compare_digest(snapshot.vouch, self._vouch(snapshot.key))
        if not good:
            raise _foreign(snapshot)

    def _vouch(self, raw: bytes) -> bytes:
        return hmac.digest(self._pepper, _VOUCH_TAG + raw, hashlib.sha256)

    def _public(self) -> bytes:
        return chain.raw_public(self._own().public_key())

    def _own(self) -> Ed25519PrivateKey:
        if self._key is None:
            self._key = self._loaded()
        return self._key

    def _loaded(self) -> Ed25519PrivateKey:
        try:
            if self._make and not self._path.exists():
                self._made()
            key = load_pem_private_key(self._path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise MissingPartError(
                f"The signing key {self._path} cannot be used: {error}.",
                hint="Name another in PEM with --key; one removed from the folder is made anew.",
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise InputError(f"{self._path} does not hold an Ed25519 private key.")
        return key

    def _made(self) -> None:
        """Make the key. The lock: two first users must not each make one. Raises OSError."""
        with waiting_lock(self._path.parent / "open.lock"):
            if not self._path.exists():
                replace_file(self._path, chain.private_pem(Ed25519PrivateKey.generate()))


def _foreign(snapshot: Snapshot) -> IntegrityError:
    return IntegrityError(
        f"The {snapshot.kind} is signed by {snapshot.signer}, a key that does not count here.",
        hint=f"Publish it again under the same pepper, or name the key in {KEYS_ENV}.",
    )


def _signed_bytes(snapshot: Snapshot) -> bytes:
    unsigned = msgspec.structs.replace(snapshot, signature=b"")
    return SIGN_TAG + msgspec.json.encode(unsigned, order="sorted")


def _public_keys(path: Path) -> frozenset[bytes]:
    """Return the keys of a PEM file, raw; several while one follows another. Raises InputError."""
    try:
        blocks = path.read_text(encoding="ascii").split(_END)[:-1]
        keys = [load_pem_public_key((block + _END).strip().encode()) for block in blocks]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{KEYS_ENV}: {path} cannot be read as public keys: {error}.") from None
    if not keys or not all(isinstance(key, Ed25519PublicKey) for key in keys):
        raise InputError(
            f"{KEYS_ENV}: {path} does not hold Ed25519 public keys.",
            hint="`openssl pkey -in policy.key -pubout` writes one.",
        )
    return frozenset(chain.raw_public(key) for key in keys if isinstance(key, Ed25519PublicKey))
