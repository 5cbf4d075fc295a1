"""Fingerprints by winnowing: of every window of neighbouring hashes, the smallest is kept.

Schleimer, Wilkerson and Aiken 2003: two texts that share a run of `size + window - 1` letters share
a whole window, so both keep its smallest hash, wherever the run stands in either of them.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from seawall.guard.rolling import Hashes, Roller, codes

Places = npt.NDArray[np.int64]
# Letters digested at once; blocks overlap, so that every run lies in one of them whole.
BLOCK = 1 << 16


class Winnower:
    """Selects and digests fingerprints with one key. Thread-safe; linear in the text.

    `size`: letters of a fingerprint. `window`: neighbouring ones of which one is kept.
    """

    def __init__(self, key: bytes, size: int, window: int) -> None:
        self.size, self.window = size, window
        self._key, self._roller = key, Roller(key, size)

    @property
    def run(self) -> int:
        """Letters of the shortest run that is found wherever it stands."""
        return self.size + self.window - 1

    def fingerprints(self, letters: str) -> Iterator[tuple[Places, Hashes]]:
        """Yield places (in letters) and keyed digests of what is selected, block by block."""
        points, step = codes(letters), BLOCK - self.run + 1
        for start in range(0, max(1, len(points) - self.run + 1), step):
            block = points[start : start + BLOCK]
            if len(block) < self.size:
                return
            hashes = self._roller.hashes(block)
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
