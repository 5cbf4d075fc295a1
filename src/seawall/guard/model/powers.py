"""Powers that make a stretch of a text hash alike wherever it stands. numpy only.

With the sums of codes times `PRIME` to the power of their place, a stretch's share of the sum is
shifted back to the start by the inverse's power. All numbers are modulo 2**64.
"""

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
PRIME = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xD6E8FEB86659FD93)
_INVERSE = np.uint64(pow(int(PRIME), -1, 1 << 64))
USUAL = 16384


def _made(size: int) -> tuple[Hashes, Hashes]:
    up, down = np.full(size, PRIME, dtype=np.uint64), np.full(size, _INVERSE, dtype=np.uint64)
    up[0] = down[0] = 1
    return np.multiply.accumulate(up), np.multiply.accumulate(down)


_READY = _made(USUAL)


def powers(size: int) -> tuple[Hashes, Hashes]:
    """Return at least `size` powers (from 0 on) of PRIME, and of its inverse."""
    return _READY if size <= USUAL else _made(size)
