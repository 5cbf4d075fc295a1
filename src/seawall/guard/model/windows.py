"""Features of a long text's windows: what they share is worked out once. numpy only.

Exactly those of `features` for each window by itself. A window that is cut at white space shares no
word and no address with what stands beside it; other windows are left to `features`.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt

from seawall.guard.model.english import english
from seawall.guard.model.features import ADDRESS, ORDERS, Indices, buckets, hashed
from seawall.guard.model.powers import USUAL

Range = tuple[int, int]
Places = npt.NDArray[np.intp]
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
_SPACE = 32
# What str.split takes for white space.
_BLANKS = bytes(_SPACE if code < 128 and chr(code).isspace() else code for code in range(256))
_WIDE_BLANK = re.compile(r"[^\S\x00-\x7f]")
_MAY_DOT, _DOT = re.compile(rb"\.[\w\-\x80-\xff]"), re.compile(r"\.[\w\-]|://")
# Its small letter depends on what stands beside it.
_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"
# So many bytes are hashed together at most; their powers are at hand.
_AT_ONCE = USUAL
_SIZES = np.array([*(order - 1 for order in ORDERS), 0, 1, 2], dtype=np.intp)


class Windows:
    """A text as features are taken from it, and where its windows stand in that.

    `whole`: which windows are cut at white space; `english`: which of them surely have no glosses.
    """

    def __init__(self, data: Bytes, starts: Places, ends: Places, *, whole: Flags, english: Flags):
        self._data, self._starts, self._ends = data, starts, ends
        self.whole, self.english = whole, english

    @classmethod
    def of(cls, text: str, places: Sequence[Range]) -> Self | None:
        """Read a text; None where its small letters cannot be told one by one.

        `places` ascend, and so do their ends. Linear in the text.
        """
        lower = text.lower()
        if len(lower) != len(text) or _SIGMA in text:
            return None
        if not lower.isascii():
            lower = _WIDE_BLANK.sub(" ", lower)
        try:
            raw = lower.encode()
        except UnicodeEncodeError:
            return None
        at = np.array(places, dtype=np.intp)
        data = np.frombuffer(raw, dtype=np.uint8)
        starts, ends = _in_bytes(data, at, len(text))
        plain = english(text, places, data, starts, ends)
        spaced = raw.translate(_BLANKS)
        # An address that a window's end cuts is none there: no blank stands for it.
        whole = _cut_at_blanks(spaced, starts, ends)
        if b"://" in spaced:
            # Nor is one without a dot where the window has none.
            spans = zip(starts.tolist(), ends.tolist(), strict=True)
            whole &= [b"." in spaced[a:b] or b"://" not in spaced[a:b] for a, b in spans]
        if b"." in spaced and (_MAY_DOT.search(spaced) or b"://" in spaced):
            longest = max(end - start for start, end in places)
            spaced = _without_addresses(spaced.decode(), longest).encode()
            starts, ends = _in_bytes(np.frombuffer(spaced, dtype=np.uint8), at, len(text))
        shown = np.frombuffer(b" %b " % spaced, dtype=np.uint8)
        blank = shown == _SPACE
        # A window with the blanks before and behind it, in `shown`.
        first, last = starts + 1 - blank[starts], ends + blank[ends + 1]
        whole &= blank[first] & blank[last]
        if (again := blank[1:] & blank[:-1]).any():
            kept = np.append(True, ~again)
            rank = np.cumsum(kept) - 1
            shown, first, last = shown[kept], rank[first], rank[last]
        return cls(shown, first, last + 1, whole=whole, english=plain)

    def features(self, numbers: Sequence[int]) -> tuple[Indices, Places]:
        """Return the features of some whole windows one after another, and where each begins.

        `numbers` ascend; the bounds are one more than them.
        """
        seen: list[Indices] = []
        bounds = [np.zeros(1, dtype=np.intp)]
        at = 0
        while at < len(numbers):
            start, following = int(self._starts[numbers[at]]), at + 1
            while following < len(numbers) and self._ends[numbers[following]] - start <= _AT_ONCE:
                following += 1
            found, own = self._block(np.array(numbers[at:following], dtype=np.intp))
            seen.append(found)
            bounds.append(own[1:] + bounds[-1][-1])
            at = following
        return np.concatenate(seen), np.concatenate(bounds)

    def _block(self, numbers: Places) -> tuple[Indices, Places]:
        """Return what `features` does of windows that stand near each other."""
        starts, ends = self._starts[numbers], self._ends[numbers]
        low = starts[0]
        parts, words = hashed(self._data[low : ends[-1]])
        starts, ends = starts - low, ends - low
        each = buckets(parts)
        # Of each window (row) and kind of feature (column): where its own begin and end in `each`.
        before = np.cumsum([0, *map(len, parts[:-1])])
        by_word = np.searchsorted(words, starts), np.searchsorted(words, ends)
        kinds = len(ORDERS)
        froms = np.stack([*[starts] * kinds, *[by_word[0]] * 3], axis=1)
        tills = np.stack([*[ends] * kinds, *[by_word[1]] * 3], axis=1) - _SIZES
        counts = np.maximum(tills - froms, 0)
        froms += before
        ranges = zip(froms.ravel().tolist(), (froms + counts).ravel().tolist(), strict=True)
        own = np.concatenate([each[start:end] for start, end in ranges])
        return _distinct(own, np.cumsum([0, *counts.sum(axis=1)]))


def _distinct(values: Indices, bounds: Places) -> tuple[Indices, Places]:
    """Return each value of a window once, in order, and where each window's begin.

    `values` are sorted in place: windows one by one take two thirds of the time of all together.
    """
    for start, end in pairwise(bounds.tolist()):
        values[start:end].sort()
    first = np.empty(len(values) + 1, dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:-1])
    first[bounds] = True
    kept = np.flatnonzero(first[:-1])
    return values.take(kept), np.searchsorted(kept, bounds)


def _cut_at_blanks(spaced: bytes, starts: Places, ends: Places) -> Flags:
    """Say of each range whether white space stands at both its ends, inside or outside of it."""
    blank = np.frombuffer(b" %b " % spaced, dtype=np.uint8) == _SPACE
    found: Flags = (blank[starts] | blank[starts + 1]) & (blank[ends] | blank[ends + 1])
    return found


def _in_bytes(data: Bytes, at: Places, length: int) -> tuple[Places, Places]:
    """Return where ranges of a text of so many characters begin and end in its UTF-8."""
    if len(data) == length:
        return at[:, 0], at[:, 1]
    leads = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))
    return leads[at[:, 0]], leads[at[:, 1]]


def _without_addresses(text: str, longest: int) -> str:
    """Return a text of as many characters, blanks for its addresses; blanks are its white space.

    What has more than `longest` characters and no blank stands in no whole window: it is left.
    """
    found: list[str] = []
    done = 0
    for spot in _DOT.finditer(text):
        if spot.start() < done:
            continue
        start = text.rfind(" ", done, spot.start()) + 1 or done
        end = text.find(" ", spot.end())
        end = len(text) if end < 0 else end
        if end - start <= longest:
            found += (text[done:start], ADDRESS.sub(_blanks, text[start:end]))
        else:
            found.append(text[done:end])
        done = end
    return "".join([*found, text[done:]])


def _blanks(match: re.Match[str]) -> str:
    return " " * len(match.group())
