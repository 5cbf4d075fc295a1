"""Words in Latin letters with their glosses, known by their hash: six bytes a word and no text.

A dictionary of them would take thirty times that.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from seawall.guard.model.powers import Hashes

EIGHT = 8
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(EIGHT + 1)], dtype=np.uint64)
# So many words are remembered.
_KEPT = 8192
# Of a hash of 48 bits the first 16 are the bucket. With a million words, one of three hundred
# million that are in no list is taken for one of them.
_TAIL_BITS, _BUCKETS = 32, 1 << 16
Table = dict[str, npt.NDArray[Any]]


def _hash(form: str) -> tuple[int, int]:
    """Return a form's bucket, and what tells it from others there."""
    found = int.from_bytes(blake2b(form.encode("utf-8", "replace"), digest_size=6).digest(), "big")
    return found >> _TAIL_BITS, found & (1 << _TAIL_BITS) - 1


def table_of(glosses: Mapping[str, str]) -> Table:
    """Return forms with their glosses as the arrays that LatinWords reads.

    Raises ValueError where two forms share a hash.
    """
    texts = {text: number for number, text in enumerate(sorted(set(glosses.values())))}
    rows = sorted((*_hash(form), texts[text]) for form, text in glosses.items())
    if len({row[:2] for row in rows}) < len(rows):
        raise ValueError("Two forms of the table share a hash.")
    shown = [text.encode() for text in texts]
    return {
        "begins": np.searchsorted([row[0] for row in rows], range(_BUCKETS + 1)).astype("<u4"),
        "tails": np.array([row[1] for row in rows], dtype="<u4"),
        "which": np.array([row[2] for row in rows], dtype="<u4"),
        "ends": np.array([0, *accumulate(map(len, shown))], dtype="<u4"),
        "texts": np.frombuffer(b"".join(shown), dtype=np.uint8),
    }


class LatinWords:
    """What `table_of` returns, looked up. Thread-safe."""

    def __init__(self, table: Mapping[str, npt.NDArray[Any]]) -> None:
        """Raises ValueError for a table that is none, KeyError where a part is missing."""
        self._begins, self._tails, self._which, self._ends = (
            array("I", table[name].astype(np.uint32).tobytes())
            for name in ("begins", "tails", "which", "ends")
        )
        self._texts = table["texts"].astype(np.uint8).tobytes()
        whole = len(self._begins) == _BUCKETS + 1 and self._begins[-1] == len(self._tails)
        if not (whole and len(self._which) == len(self._tails) > 0):
            raise ValueError("This is no table of words.")
        last = int(table["which"].max())
        if last + 2 > len(self._ends) or self._ends[-1] != len(self._texts):
            raise ValueError("The table's glosses are not whole.")
        self.glosses = lru_cache(maxsize=_KEPT)(self._glosses)

    def __len__(self) -> int:
        return len(self._tails)

    def _glosses(self, form: str) -> str:
        """Return a form's glosses; empty if it is not in the table."""
        bucket, tail = _hash(form)
        end = self._begins[bucket + 1]
        at = bisect_left(self._tails, tail, self._begins[bucket], end)
        if at == end or self._tails[at] != tail:
            return ""
        text = self._which[at]
        return self._texts[self._ends[text] : self._ends[text + 1]].decode()


def first_eights(forms: Iterable[str]) -> Hashes:
    """Return the first eight bytes of each form as a number."""
    cut = [form.encode()[:EIGHT].ljust(EIGHT, b"\0") for form in forms]
    return np.frombuffer(b"".join(cut), dtype="<u8").astype(np.uint64)


def first_eight(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]
) -> Hashes:
    """Return the first eight bytes of words as a number each, less of shorter words."""
    padded = np.concatenate((data, np.zeros(EIGHT, dtype=np.uint8)))
    eight = np.ndarray(len(data) + 1, dtype="<u8", buffer=padded, strides=(1,))
    return eight[starts].astype(np.uint64) & _MASKS[np.minimum(sizes, EIGHT)]
