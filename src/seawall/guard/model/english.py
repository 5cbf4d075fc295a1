"""Which windows of a text are certainly English, so that `glossed` would change nothing in them.

In numpy, for all windows at once: what `glossed` counts word by word. No says nothing; longer words
than eight letters are known by these.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from seawall.guard.model.gloss import BEYOND, ENGLISH, INSIDE, TABLE, WHOLE
from seawall.guard.model.latin import EIGHT, first_eight, first_eights
from seawall.guard.model.powers import Hashes
from seawall.guard.model.word_list import folder

Range = tuple[int, int]
Places = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
_ENDS = np.zeros(256, dtype=np.bool_)
_ENDS[list(b".!?\n;:")] = True
_SLOTS, _KNOWN_SLOTS = 14, 20
_SHIFT, _KNOWN_SHIFT = np.uint64(64 - _SLOTS), np.uint64(64 - _KNOWN_SLOTS)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def _table() -> tuple[np.uint64, npt.NDArray[np.uint64]]:
    """Return a multiplier that gives every English word a slot of its own, and what lies there."""
    short = [word.encode() for word in sorted(ENGLISH) if len(word) <= EIGHT]
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


class _Words(NamedTuple):
    """A text's words: where they begin, their first letters, whether they are common English ones,
    and with which of them sentences begin (and, at last, how many there are).
    """

    firsts: Places
    letters: Hashes
    common: Flags
    cuts: Places


def english(text: str, places: Sequence[Range], data: Bytes, starts: Places, ends: Places) -> Flags:
    """Say of each window whether it is certainly English.

    `data`: the text in lower case as UTF-8, of the same number of characters; `starts` and `ends`:
    where each window begins and ends in it. No window cuts a word. Raises OSError, ValueError when
    the word lists cannot be read.
    """
    words = _read(data)
    window = np.searchsorted(words.firsts, starts), np.searchsorted(words.firsts, ends)
    foreign = _foreign(words, ~words.common, *window)
    if foreign.any():
        known = _known()[words.letters * _ODD >> _KNOWN_SHIFT]
        foreign = _foreign(words, known & ~words.common, *window)
    if len(data) != len(text):
        letters = any(map(BEYOND.search, set(_NOT_ASCII.findall(text))))
        foreign |= [letters and BEYOND.search(text, *place) is not None for place in places]
    return ~foreign


def load() -> None:
    """Make the table of all words: else the first text with rare words waits for it.

    Raises OSError, ValueError.
    """
    _known()


def flags_of(forms: Iterable[str]) -> Bytes:
    """Return what the first letters of words hash to, eight a byte."""
    table = np.zeros(1 << _KNOWN_SLOTS, dtype=np.bool_)
    table[first_eights(forms) * _ODD >> _KNOWN_SHIFT] = True
    return np.packbits(table)


@cache
def _known() -> Flags:
    """Return `flags_of` for the words of all lists in Latin letters, a flag each."""
    with (folder() / TABLE).open("rb") as file, np.load(file, allow_pickle=False) as table:
        return np.unpackbits(table["flags"]).astype(np.bool_)


def _read(data: Bytes) -> _Words:
    inside = np.zeros(len(data) + 2, dtype=np.bool_)
    np.less(data - np.uint8(97), 26, out=inside[1:-1])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    firsts, sizes = edges[::2], edges[1::2] - edges[::2]
    letters = first_eight(data, firsts, sizes)
    common = (_TABLE[letters * _ODD >> _SHIFT] == letters) & (sizes <= EIGHT)
    cuts = np.searchsorted(firsts, np.flatnonzero(_ENDS[data]))
    return _Words(firsts, letters, common, np.concatenate(([0], cuts, [len(firsts)])))


def _foreign(words: _Words, others: Flags, low: Places, high: Places) -> Flags:
    """Say of windows (words from `low` to `high`) whether `others` may be another language's."""
    cuts = words.cuts
    common, rest = _before(words.common), _before(others)

    def many(rule: tuple[int, float, float], low: Places, high: Places) -> Flags:
        least, share, times = rule
        counts = np.maximum(share * (high - low), times * (common[high] - common[low]))
        flags: Flags = rest[high] - rest[low] >= np.maximum(least, counts)
        return flags

    # Whole sentences, then what a window has of a sentence at either end.
    doubtful = _before(many(INSIDE, cuts[:-1], cuts[1:]))
    first, last = np.searchsorted(cuts, low), np.searchsorted(cuts, high, side="right") - 1
    whole = last >= first
    return (
        many(WHOLE, low, high)
        | whole & (doubtful[np.maximum(last, first)] > doubtful[first])
        | many(INSIDE, low, np.where(whole, cuts[first], high))
        | many(INSIDE, np.where(whole, cuts[last], low), high)
    )


def _before(flags: Flags) -> Places:
    """Return how many flags stand before each place, the end too."""
    counts = np.zeros(len(flags) + 1, dtype=np.intp)
    np.cumsum(flags, out=counts[1:])
    return counts
