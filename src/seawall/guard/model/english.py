"""Which windows of a text are certainly English, so that `glossed` would change nothing in them.

In numpy, for all windows at once: what `glossed` counts word by word. No says nothing.
"""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seawall.guard.model.gloss import BEYOND, ENGLISH, INSIDE, WHOLE

Range = tuple[int, int]
Places = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
_ENDS = np.zeros(256, dtype=np.bool_)
_ENDS[list(b".!?\n;:")] = True
# Longer words are compared by nobody: they count as not English.
_LONGEST = 8
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_LONGEST + 1)] + [0], dtype=np.uint64)
_SLOTS = 14
_SHIFT = np.uint64(64 - _SLOTS)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def _table() -> tuple[np.uint64, npt.NDArray[np.uint64]]:
    """Return a multiplier that gives every English word a slot of its own, and what lies there."""
    short = [word.encode() for word in sorted(ENGLISH) if len(word) <= _LONGEST]
    words = np.array([int.from_bytes(word, "little") for word in short], dtype=np.uint64)
    odd = 0x9E3779B97F4A7C15
    while True:
        slots = words * np.uint64(odd) >> _SHIFT
        if len(set(slots.tolist())) == len(words):
            break
        odd = (odd * 0x2545F4914F6CDD1D + 2) & 0xFFFFFFFFFFFFFFFF
    table = np.zeros(1 << _SLOTS, dtype=np.uint64)
    table[slots] = words
    return np.uint64(odd), table


_ODD, _TABLE = _table()


def english(text: str, places: Sequence[Range], data: Bytes, starts: Places, ends: Places) -> Flags:
    """Say of each window whether it is certainly English.

    `data`: the text in lower case as UTF-8, of the same number of characters; `starts` and `ends`:
    where each window begins and ends in it. No window cuts a word.
    """
    firsts, known, cuts = _read(data)
    low, high = np.searchsorted(firsts, starts), np.searchsorted(firsts, ends)
    counts, common = high - low, known[high] - known[low]
    foreign = _many(counts - common, counts, common)
    # Whole sentences that may be foreign, then what a window has of a sentence at either end.
    doubtful = np.append(0, np.cumsum(_doubtful(known, cuts[:-1], cuts[1:])))
    first, last = np.searchsorted(cuts, low), np.searchsorted(cuts, high, side="right") - 1
    whole = last >= first
    foreign |= whole & (doubtful[np.maximum(last, first)] > doubtful[first])
    foreign |= _doubtful(known, low, np.where(whole, cuts[first], high))
    foreign |= _doubtful(known, np.where(whole, cuts[last], low), high)
    if len(data) != len(text):
        letters = any(map(BEYOND.search, set(_NOT_ASCII.findall(text))))
        foreign |= [letters and BEYOND.search(text, *place) is not None for place in places]
    return ~foreign


def _read(data: Bytes) -> tuple[Places, Places, Places]:
    """Return where words begin, how many English ones stand before each, and the words with which
    sentences begin; all of them with the end of the text.
    """
    letters = np.zeros(len(data) + 2, dtype=np.bool_)
    np.less(data - np.uint8(97), 26, out=letters[1:-1])
    edges = np.flatnonzero(letters[1:] != letters[:-1])
    firsts, sizes = edges[::2], edges[1::2] - edges[::2]
    padded = np.concatenate((data, np.zeros(_LONGEST, dtype=np.uint8)))
    eight = np.ndarray(len(data) + 1, dtype="<u8", buffer=padded, strides=(1,))
    words = eight[firsts].astype(np.uint64) & _MASKS[np.minimum(sizes, _LONGEST + 1)]
    found = (_TABLE[words * _ODD >> _SHIFT] == words) & (words != 0)
    known = np.zeros(len(firsts) + 1, dtype=np.intp)
    np.cumsum(found, out=known[1:])
    cuts = np.searchsorted(firsts, np.flatnonzero(_ENDS[data]))
    return firsts, known, np.concatenate(([0], cuts, [len(firsts)]))


def _doubtful(known: Places, low: Places, high: Places) -> Flags:
    """Say of runs of words whether one may be a sentence in another language."""
    least, _, times = INSIDE
    counts = high - low
    flags: Flags = (counts >= least) & (counts >= (times + 1) * (known[high] - known[low]))
    return flags


def _many(others: Places, counts: Places, common: Places) -> Flags:
    """Say of windows whether their words may be another language's."""
    least, share, times = WHOLE
    flags: Flags = others >= np.maximum(least, np.maximum(share * counts, times * common))
    return flags
