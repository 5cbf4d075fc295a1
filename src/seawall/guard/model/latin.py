"""Words in Latin letters with their glosses, looked up in the file's text: a dictionary of them
would take ten times its memory.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from seawall.guard.model.powers import Hashes

EIGHT = 8
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(EIGHT + 1)], dtype=np.uint64)
# So many words are remembered.
_KEPT = 8192
_TAB, _LINE = 9, 10
_HEAD = (1, 2, 3, 4)
# So much of a table is looked at at once: large arrays that are freed leave holes in memory.
_BLOCK, _PART = 1 << 18, 1 << 14
Places = npt.NDArray[np.uint32]


class LatinWords:
    """A table of lines "form, tab, glosses", sorted by form. Thread-safe."""

    def __init__(self, table: bytes) -> None:
        """Raises ValueError for a table that is none."""
        self._text = b"\n" + table
        data = np.frombuffer(self._text, dtype=np.uint8)
        lines = _places(data, _LINE)
        if not table or lines[-1] != len(table) or table.count(b"\t") != len(lines) - 1:
            raise ValueError("A line of the table is not a form and its glosses.")
        # By the first four bytes of a form and its tab: which lines begin with them.
        begins = np.concatenate([_heads(data, some) for some in _parts(lines[:-1])])
        firsts = np.flatnonzero(np.append(True, begins[1:] != begins[:-1]))
        self._begins = array("I", begins[firsts].tobytes())
        self._bounds = array("I", np.append(lines[firsts], np.uint32(len(table))).tobytes())
        if np.any(begins[1:] < begins[:-1]):
            raise ValueError("The table is not sorted by form.")
        self.glosses = lru_cache(maxsize=_KEPT)(self._glosses)

    def begins(self) -> Iterator[Hashes]:
        """Yield the first eight bytes of every form as a number each, some forms at a time."""
        data = np.frombuffer(self._text, dtype=np.uint8)
        starts = _places(data, _LINE)[:-1] + np.uint32(1)
        for some, tabs in zip(_parts(starts), _parts(_places(data, _TAB)), strict=True):
            first, last = int(some[0]), int(tabs[-1])
            yield first_eight(data[first:last], (some - first).astype(np.intp), tabs - some)

    def _glosses(self, form: str) -> str:
        """Return what stands behind a form; empty if it is not in the table."""
        word = form.encode("utf-8", "replace") + b"\t"
        begin = int.from_bytes(word[: len(_HEAD)].ljust(len(_HEAD), b"\0"), "big")
        at = bisect_left(self._begins, begin)
        if at == len(self._begins) or self._begins[at] != begin:
            return ""
        start = self._text.find(b"\n" + word, self._bounds[at], self._bounds[at + 1])
        if start < 0:
            return ""
        start += len(word) + 1
        return self._text[start : self._text.find(b"\n", start)].decode()


def _places(data: npt.NDArray[np.uint8], sign: int) -> Places:
    """Return where a byte stands; of long data little more than that is held at any time."""
    found = [
        (np.flatnonzero(data[at : at + _BLOCK] == sign) + at).astype(np.uint32)
        for at in range(0, len(data), _BLOCK)
    ]
    return np.concatenate(found)


def _parts(places: Places) -> Iterator[Places]:
    return (places[at : at + _PART] for at in range(0, len(places), _PART))


def _heads(data: npt.NDArray[np.uint8], lines: Places) -> Places:
    """Return the first four bytes of the forms behind ends of lines, less of shorter forms."""
    one, two, three, four = (data[lines + np.uint32(at)].astype(np.uint32) for at in _HEAD)
    three[two == _TAB] = 0
    four[(two == _TAB) | (three == _TAB)] = 0
    return one << 24 | two << 16 | three << 8 | four


def first_eight(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]
) -> Hashes:
    """Return the first eight bytes of words as a number each, less of shorter words."""
    padded = np.concatenate((data, np.zeros(EIGHT, dtype=np.uint8)))
    eight = np.ndarray(len(data) + 1, dtype="<u8", buffer=padded, strides=(1,))
    return eight[starts].astype(np.uint64) & _MASKS[np.minimum(sizes, EIGHT)]
