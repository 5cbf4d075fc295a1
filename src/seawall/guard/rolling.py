"""Hashes of every run of a fixed number of letters, in one pass over a text."""

import hashlib
from functools import cached_property

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
BLOCK = 1 << 16
_WORD = 2**64


def codes(text: str) -> Codes:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


class Roller:
    """Hashes runs of `size` letters with a key. Thread-safe; linear in the text."""

    def __init__(self, key: bytes, size: int) -> None:
        self.size = size
        seed = hashlib.blake2b(b"rolling", key=key, digest_size=24).digest()
        # A base of the form 8n + 5: its powers repeat as late as they can.
        self._base = int.from_bytes(seed[:8], "big") & ~7 | 5
        self._letter = np.uint64(int.from_bytes(seed[8:16], "big"))
        self._last = np.uint64(int.from_bytes(seed[16:], "big"))

    @cached_property
    def _powers(self) -> tuple[Hashes, Hashes]:
        inverse = pow(self._base, -1, _WORD)
        ups, downs = (np.full(BLOCK, value, np.uint64) for value in (self._base, inverse))
        ups[0] = downs[0] = 1
        return np.cumprod(ups), np.cumprod(downs)

    def hashes(self, letters: Codes) -> Hashes:
        """Return the hash of every run, by the place of its first letter."""
        step = BLOCK - self.size + 1
        parts = [self._block(letters[at : at + BLOCK]) for at in range(0, len(letters), step)]
        return np.concatenate(parts) if parts else np.zeros(0, np.uint64)

    def _block(self, letters: Codes) -> Hashes:
        """Return the hashes of at most BLOCK letters (arithmetic is modulo 2**64)."""
        count = len(letters) - self.size + 1
        if count < 1:
            return np.zeros(0, np.uint64)
        ups, downs = self._powers
        sums = np.zeros(len(letters) + 1, np.uint64)
        values = _mixed(letters.astype(np.uint64) + self._letter)
        np.cumsum(values * ups[: len(letters)], out=sums[1:])
        return _mixed((sums[self.size :] - sums[:count]) * downs[:count] ^ self._last)


def _mixed(values: Hashes) -> Hashes:
    """Return well mixed values (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
