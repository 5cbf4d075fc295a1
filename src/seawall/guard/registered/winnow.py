"""Fingerprints by winnowing: of every window of neighbouring hashes, the smallest is kept.

Schleimer, Wilkerson and Aiken 2003: two texts that share a run of `size + window - 1` letters share
a whole window, so both keep its smallest hash, wherever the run stands in either of them.
"""

import hashlib
from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
_WORD = 2**64
# Letters hashed at once; blocks overlap, so that every run lies in one of them whole.
BLOCK = 1 << 16


class Winnower:
    """Selects and digests fingerprints with one key. Thread-safe; linear in the text.

    `size`: letters of a fingerprint. `window`: neighbouring ones of which one is kept.
    """

    def __init__(self, key: bytes, size: int, window: int) -> None:
        self.size, self.window = size, window
        self._key = key
        seed = hashlib.blake2b(b"rolling", key=key, digest_size=24).digest()
        # A base of the form 8n + 5: its powers repeat as late as they can.
        self._base = int.from_bytes(seed[:8], "big") & ~7 | 5
        self._letter = np.uint64(int.from_bytes(seed[8:16], "big"))
        self._last = np.uint64(int.from_bytes(seed[16:], "big"))

    @property
    def run(self) -> int:
        """Letters of the shortest run that is found wherever it stands."""
        return self.size + self.window - 1

    @cached_property
    def _powers(self) -> tuple[Hashes, Hashes]:
        inverse = pow(self._base, -1, _WORD)
        ups, downs = (np.full(BLOCK, value, np.uint64) for value in (self._base, inverse))
        ups[0] = downs[0] = 1
        return np.cumprod(ups), np.cumprod(downs)

    def _rolled(self, codes: npt.NDArray[np.uint32]) -> Hashes:
        """Return the hash of every run of `size` letters (arithmetic is modulo 2**64)."""
        ups, downs = self._powers
        count = len(codes) - self.size + 1
        sums = np.zeros(len(codes) + 1, np.uint64)
        values = _mixed(codes.astype(np.uint64) + self._letter)
        np.cumsum(values * ups[: len(codes)], out=sums[1:])
        return _mixed((sums[self.size :] - sums[:count]) * downs[:count] ^ self._last)

    def fingerprints(self, letters: str) -> Iterator[tuple[Places, Hashes]]:
        """Yield places (in letters) and keyed digests of what is selected, block by block."""
        codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), np.uint32)
        step = BLOCK - self.run + 1
        for start in range(0, max(1, len(codes) - self.run + 1), step):
            block = codes[start : start + BLOCK]
            if len(block) < self.size:
                return
            hashes = self._rolled(block)
            chosen = _smallest(hashes, self.window)
            yield chosen + start, self._digested(hashes[chosen])

    def _digested(self, hashes: Hashes) -> Hashes:
        """Return keyed digests: whoever lacks the key cannot test what a hash stands for."""
        data = hashes.tobytes()
        digest = b"".join(
            hashlib.blake2b(data[at : at + 8], key=self._key, digest_size=8).digest()
            for at in range(0, len(data), 8)
        )
        return np.frombuffer(digest, np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """Return well mixed values (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _smallest(hashes: Hashes, window: int) -> Places:
    """Return the places of each window's smallest hash, the last of equal ones.

    Of fewer hashes than a window all are kept: a short text is better found often than never.
    """
    if len(hashes) < window:
        return np.arange(len(hashes))
    turned = np.lib.stride_tricks.sliding_window_view(hashes, window)[:, ::-1]
    chosen: Places = np.arange(len(turned)) + window - 1 - turned.argmin(axis=1)
    changed = np.flatnonzero(chosen[1:] != chosen[:-1]) + 1
    return np.concatenate((chosen[:1], chosen[changed]))
