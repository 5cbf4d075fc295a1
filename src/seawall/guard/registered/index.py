"""The index of registered texts: sorted keyed digests in one file, never a word of a text."""

import hashlib
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from seawall.core.errors import InputError, IntegrityError
from seawall.guard.registered.letters import letters
from seawall.guard.registered.winnow import Winnower
from seawall.guard.rolling import Hashes

SECRET_ENV = "SEAWALL_REGISTER_SECRET"  # noqa: S105 - the variable's name
RUN, SHORTEST, LONGEST = 80, 32, 800
VERSION, _WINDOW = 1, 16


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What an index says of itself. `secret`: a secret outside the file is part of its key."""

    version: int
    size: int
    window: int
    salt: str
    secret: bool
    key_check: str
    count: int
    content: str
    texts: int
    letters: int
    too_short: int


class Index:
    """Finds runs of registered texts. Thread-safe; `spans` is linear in the text."""

    def __init__(self, header: Header, digests: Hashes, key: bytes) -> None:
        self.header = header
        self.digests = digests
        self.winnower = Winnower(key, header.size, header.window)

    def spans(self, folded: str) -> list[tuple[int, int]]:
        """Return ranges of `folded` (letters) that stand in registered texts, in order, apart."""
        found: list[tuple[int, int]] = []
        size = self.header.size
        if not len(self.digests):
            return found
        for places, digests in self.winnower.fingerprints(folded):
            at = np.searchsorted(self.digests, digests)
            at[at == len(self.digests)] = 0
            for start in places[self.digests[at] == digests].tolist():
                if found and start <= found[-1][1]:
                    found[-1] = (found[-1][0], max(found[-1][1], start + size))
                else:
                    found.append((start, start + size))
        return found


def make(
    texts: Iterable[str], *, run: int = RUN, secret: bytes = b"", salt: bytes | None = None
) -> Index:
    """Fingerprint texts. Every copied run of `run` letters or more will be found.

    Raises InputError for a `run` outside SHORTEST..LONGEST.
    """
    if not SHORTEST <= run <= LONGEST:
        raise InputError(
            f"A run of {run} letters cannot be registered.",
            hint=f"Choose {SHORTEST} to {LONGEST}; {RUN} letters are about 16 words.",
        )
    salt = os.urandom(16) if salt is None else salt
    key = _key(salt, secret)
    winnower = Winnower(key, run - _WINDOW + 1, _WINDOW)
    parts, count, total, short = [np.zeros(0, np.uint64)], 0, 0, 0
    for text in texts:
        folded = letters(text)
        count, total, short = count + 1, total + len(folded), short + (len(folded) < run)
        parts += [digests for _, digests in winnower.fingerprints(folded)]
    digests = np.unique(np.concatenate(parts))
    header = Header(
        version=VERSION,
        size=winnower.size,
        window=winnower.window,
        salt=salt.hex(),
        secret=bool(secret),
        key_check=_key_check(key),
        count=len(digests),
        content=_content(digests),
        texts=count,
        letters=total,
        too_short=short,
    )
    return Index(header, digests, key)


def save(index: Index, path: Path) -> None:
    """Write an index, whole or not at all. Raises OSError."""
    header = np.frombuffer(msgspec.json.encode(index.header), np.uint8)
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        np.savez(file, header=header, digests=index.digests)
    temporary.replace(path)


def load(path: Path, env: Mapping[str, str] = os.environ) -> Index:
    """Open an index; its digests stay on the disk until they are read.

    Raises InputError for what is no index or needs another secret, IntegrityError for damage.
    """
    try:
        header = msgspec.json.decode(_mapped(path, "header", np.uint8).tobytes(), type=Header)
        digests = _mapped(path, "digests", np.uint64)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, msgspec.MsgspecError) as error:
        hint = "`seawall guard register` makes one."
        raise InputError(
            f"{path} is no index of registered texts ({type(error).__name__}).", hint=hint
        ) from None
    if header.version != VERSION:
        raise InputError(f"{path} has version {header.version}.", hint="Register the texts again.")
    secret = env.get(SECRET_ENV, "").encode() if header.secret else b""
    key = _key(bytes.fromhex(header.salt), secret)
    if _key_check(key) != header.key_check:
        hint = f"Set {SECRET_ENV} as it was when the texts were registered."
        raise InputError(f"{path} was made with another secret.", hint=hint)
    if len(digests) != header.count or _content(digests) != header.content:
        raise IntegrityError(f"{path} is damaged.", hint="Register the texts again.")
    return Index(header, digests, key)


def _key(salt: bytes, secret: bytes) -> bytes:
    return hashlib.blake2b(
        salt, key=hashlib.blake2b(secret).digest(), person=b"registered", digest_size=32
    ).digest()


def _key_check(key: bytes) -> str:
    return hashlib.blake2b(b"check", key=key, digest_size=8).hexdigest()


def _content(digests: Hashes) -> str:
    return hashlib.blake2b(digests.data, digest_size=16).hexdigest()


def _mapped(path: Path, name: str, kind: type[np.generic]) -> Any:
    """Return a stored array of an npz file, mapped. Raises ValueError for another kind of array."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
    if info.compress_type != zipfile.ZIP_STORED:
        raise ValueError("compressed")
    with path.open("rb") as file:
        file.seek(info.header_offset + 26)
        lengths = file.read(4)
        skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
        file.seek(info.header_offset + 30 + skip)
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError("version")
        shape, _, found = np.lib.format.read_array_header_1_0(file)
        if found != np.dtype(kind) or len(shape) != 1:
            raise ValueError("type")
        start = file.tell()
    if not shape[0]:
        return np.zeros(0, kind)
    return np.memmap(path, dtype=kind, mode="r", offset=start, shape=shape)
