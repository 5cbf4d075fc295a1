"""Master keys, which wrap data keys: from a file, the environment, or Vault's transit engine."""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from seawall.core.errors import InputError, IntegrityError, MissingPartError
from seawall.store.db import Store
from seawall.store.locks import replace_file, waiting_lock
from seawall.store.vault import VAULT_ENV, VaultMaster

MASTER_ENV = "SEAWALL_MASTER_KEY"
OLD_ENV = "SEAWALL_MASTER_KEY_OLD"
FILE_ENV = "SEAWALL_MASTER_KEY_FILE"
MASTER_FILE = "master.key"
KEY_BYTES = 32
NONCE_BYTES = 12


class Master(Protocol):
    """What wraps data keys. `current` names the key that wraps now."""

    @property
    def current(self) -> str:
        """A name that does not give the key away."""
        ...

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Seal a data key (32 bytes) for `context`. Raises MissingPartError."""
        ...

    def unwrap(self, wrapped: bytes, master_id: str, context: bytes) -> bytes:
        """Open a data key. Raises MissingPartError (no such key), IntegrityError."""
        ...


def seal(key: bytes, content: bytes, context: bytes) -> bytes:
    """Return nonce (12 random bytes) and AES-256-GCM of `content`, bound to `context`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Return what was sealed. Raises IntegrityError when it was changed or moved."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context)
    except (InvalidTag, ValueError):
        raise IntegrityError(
            "A sealed secret does not open: it was changed, or sealed for another name.",
            hint="Set it again with `seawall secrets set`.",
        ) from None


class LocalMaster:
    """Master keys in memory: the first wraps, every one opens. The repr shows no key."""

    def __init__(self, keys: list[bytes]) -> None:
        self._keys = {_id(key): key for key in keys}
        self.current = _id(keys[0])

    def __repr__(self) -> str:
        return f"LocalMaster({self.current!r})"

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """See `Master`."""
        return seal(self._keys[self.current], data_key, context)

    def unwrap(self, wrapped: bytes, master_id: str, context: bytes) -> bytes:
        """See `Master`."""
        key = self._keys.get(master_id)
        if key is None:
            raise MissingPartError(
                f"The master key {master_id} that sealed this secret is not here.",
                hint=f"Restore it, or set {OLD_ENV} to it; else set the secret again.",
            )
        return unseal(key, wrapped, context)


def load_master(
    store: Store, env: Mapping[str, str] | None = None, *, create: bool = False
) -> Master:
    """Return the master key: Vault, SEAWALL_MASTER_KEY, a named file, else the folder's own file.

    The folder's file is made (0600) with `create`. Raises InputError (not 32 bytes in base64),
    MissingPartError (there is none).
    """
    env = os.environ if env is None else env
    if env.get(VAULT_ENV):
        return VaultMaster.of(env)
    if env.get(MASTER_ENV):
        texts = [env[MASTER_ENV], env.get(OLD_ENV, "")]
        return LocalMaster([_key(text, f"${MASTER_ENV}") for text in texts if text])
    path = master_path(store, env)
    try:
        with waiting_lock(store.folder / "open.lock"):
            if create and not path.exists():
                replace_file(path, new_key() + b"\n")
            return LocalMaster(_read(path))
    except OSError as error:
        raise MissingPartError(
            f"The master key {path} cannot be used: {error.strerror}.",
            hint="`seawall secrets set` makes one; restore a lost one from its backup.",
        ) from None


def master_path(store: Store, env: Mapping[str, str]) -> Path:
    """Return the file that holds the master keys, newest first, one a line."""
    named = env.get(FILE_ENV, "")
    return Path(named) if named else store.folder / MASTER_FILE


def add_master_key(store: Store, env: Mapping[str, str]) -> tuple[Path, bytes]:
    """Put a new key before those of the file; return the file and the new key's line.

    A crash after this leaves a file that opens everything. Raises MissingPartError.
    """
    path = master_path(store, env)
    try:
        line = new_key() + b"\n"
        replace_file(path, line + path.read_bytes())
    except OSError as error:
        raise MissingPartError(f"The master key {path} cannot be used: {error.strerror}.") from None
    return path, line


def new_key() -> bytes:
    """Return 32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES))


def _read(path: Path) -> list[bytes]:
    lines = path.read_text(encoding="ascii", errors="replace").split()
    if not lines:
        raise InputError(f"The master key {path} is empty.")
    return [_key(line, str(path)) for line in lines]


def _key(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise InputError(f"{where} does not hold {KEY_BYTES} bytes in base64.")
    return key


def _id(key: bytes) -> str:
    return hashlib.sha256(b"seawall master id 1\n" + key).hexdigest()[:12]
