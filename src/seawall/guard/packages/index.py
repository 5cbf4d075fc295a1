"""The bundled index of package names: two Bloom filters and the most used names, per registry."""

import hashlib
import re
import struct
import zlib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Literal

from seawall.core.errors import IntegrityError
from seawall.guard.packages.likeness import Likeness

Registry = Literal["pypi", "npm"]
MAGIC = b"SWPKG1\n\0"
_HEAD = struct.Struct("<8sIBIBI")
_SEPARATORS = re.compile(r"[-_.]+")


def normal(registry: Registry, name: str) -> str:
    """Return a name as its registry compares it: case, and for PyPI separators, do not count."""
    lower = name.lower()
    return _SEPARATORS.sub("-", lower) if registry == "pypi" else lower


def scope_of(name: str) -> str:
    """Return the scope of an npm name with its slash, or an empty text."""
    return name.partition("/")[0] + "/" if name.startswith("@") else ""


class Bloom:
    """A set that may say yes to what is not in it (a share that its size decides), never no."""

    def __init__(self, bits: bytearray, hashes: int) -> None:
        self.bits, self.hashes = bits, hashes

    @classmethod
    def of(cls, names: Iterable[str], bits: int, hashes: int) -> "Bloom":
        """Return a filter that holds the names. `bits` is a multiple of 8."""
        made = cls(bytearray(bits // 8), hashes)
        for name in names:
            for place in made._places(name):
                made.bits[place >> 3] |= 1 << (place & 7)
        return made

    def __contains__(self, name: str) -> bool:
        return all(self.bits[place >> 3] & 1 << (place & 7) for place in self._places(name))

    def _places(self, name: str) -> Iterable[int]:
        digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
        first, step = struct.unpack("<QQ", digest)
        size = len(self.bits) * 8
        return ((first + number * (step | 1)) % size for number in range(self.hashes))


class Index:
    """What is known of one registry. Names are normal ones."""

    def __init__(self, published: Bloom, used: Bloom, targets: tuple[str, ...]) -> None:
        self._published, self._used = published, used
        self._likeness = Likeness(targets)

    def known(self, name: str) -> bool:
        """Return whether the name is published; about one invented name in a hundred is, too.

        In a scope only its owner can publish, so every name in a known scope counts as known.
        """
        return (scope_of(name) or name) in self._published

    def used(self, name: str) -> bool:
        """Return whether the name is among the 15,000 most downloaded."""
        return name in self._used

    def lookalike(self, name: str) -> str:
        """Return the much used name that this one can be mistaken for, or an empty text."""
        return self._likeness.of(name)


def dumped(published: Bloom, used: Bloom, targets: Iterable[str]) -> bytes:
    """Return an index as bytes. `targets`: the most used names, most used first."""
    head = _HEAD.pack(MAGIC, len(published.bits), published.hashes, len(used.bits), used.hashes, 0)
    return b"".join(
        (head, published.bits, used.bits, zlib.compress("\n".join(targets).encode(), 9))
    )


def loaded(data: bytes) -> Index:
    """Return the index that `dumped` made bytes of. Raises IntegrityError."""
    try:
        magic, first, hashes, second, more, _ = _HEAD.unpack_from(data)
        start = _HEAD.size
        published = Bloom(bytearray(data[start : start + first]), hashes)
        used = Bloom(bytearray(data[start + first : start + first + second]), more)
        targets = zlib.decompress(data[start + first + second :]).decode().split("\n")
    except (struct.error, zlib.error, UnicodeDecodeError):
        magic = b""
    if magic != MAGIC or not (published.bits and used.bits):
        raise IntegrityError("The index of package names is damaged.", hint="Reinstall Seawall.")
    return Index(published, used, tuple(targets))


@cache
def index(registry: Registry) -> Index:
    """Return the bundled index of a registry. Raises IntegrityError."""
    place = resources.files("seawall.guard.packages") / f"{registry}.bin"
    return loaded(place.read_bytes())
