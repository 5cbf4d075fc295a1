"""Common words as whole numbers: NumPy looks all words of a long text up at once.

Imported only where a model brings NumPy anyway. Exact: every letter of every word is compared.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.guard.reading.vocabulary import LONGEST, words

# Letters that one number holds; a longer word is three.
_HELD: Final = 8
_PLACES: Final = tuple(range(0, LONGEST, _HELD))
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
_ALL: Final = 0xFFFFFFFFFFFFFFFF
_NUMBER = np.dtype("<u8")
# A letter in lower case is this bit more; letters are so many from the first on.
_LOWER, _FIRST, _LETTERS = np.uint8(0x20), np.uint8(ord("a")), np.uint8(26)
# What of a number is letters of the word, by how many are left of it.
_MASKS = np.array([_ALL >> max(0, 64 - 8 * size) if size else 0 for size in range(LONGEST + 1)],
                  dtype=_NUMBER)  # fmt: skip
# Blanks in front of the text and behind it: every word has an end, and numbers to read.
_FRONT, _BACK = " ", " " * LONGEST + " " * _HELD
Numbers = npt.NDArray[np.uint64]


class _Level(msgspec.Struct, frozen=True):
    """A table of words, one to a slot: `columns` are their numbers, `factors` hash them."""

    columns: list[Numbers]
    factors: list[np.uint64]
    shift: np.uint64

    def slots(self, rows: Sequence[Numbers]) -> npt.NDArray[np.int64]:
        """Return each word's slot."""
        mixed = rows[0] * self.factors[0]
        for row, factor in zip(rows[1:], self.factors[1:], strict=True):
            mixed += row * factor
        mixed >>= self.shift
        return mixed.view(np.int64)

    def missed(self, rows: Sequence[Numbers]) -> npt.NDArray[np.bool_]:
        """Return which words do not stand in their slots."""
        slots = self.slots(rows)
        found: npt.NDArray[np.bool_] = self.columns[0].take(slots, mode="wrap") != rows[0]
        for column, row in zip(self.columns[1:], rows[1:], strict=True):
            found |= column.take(slots, mode="wrap") != row
        return found


class _Levels:
    """Words of as many numbers each; what shares a slot stands in the next level."""

    def __init__(self, rows: Sequence[Numbers]) -> None:
        self._levels: list[_Level] = []
        while len(rows[0]):
            number, bits = len(self._levels), len(rows[0]).bit_length() + 2
            factors = [np.uint64(one * (2 * number + 1) & _ALL) for one in _FACTORS[: len(rows)]]
            columns = [np.zeros(1 << bits, _NUMBER) for _ in rows]
            level = _Level(columns, factors, np.uint64(64 - bits))
            slots = level.slots(rows)
            # The last of those that share a slot has it.
            owners = np.zeros(1 << bits, np.int64)
            owners[slots] = np.arange(len(slots))
            own = owners[slots] == np.arange(len(slots))
            for column, row in zip(columns, rows, strict=True):
                column[slots[own]] = row[own]
            self._levels.append(level)
            rows = [row[~own] for row in rows]

    def hold(self, rows: Sequence[Numbers]) -> bool:
        """Return whether all words are among these."""
        for level in self._levels:
            missed = level.missed(rows)
            if not missed.any():
                return True
            rows = [row[missed] for row in rows]
        return False


class WordTable:
    """Words of 1 to LONGEST letters a-z; others are left out. Thread-safe: nothing changes."""

    def __init__(self, known: Iterable[str]) -> None:
        data = [word.encode() for word in known if word.isascii() and word.isalpha()]
        # No letters at all are a word too: blanks in a row need no case of their own.
        numbers = np.array([_numbers(word) for word in [b"", *data]], dtype=_NUMBER)
        short = ~numbers[:, 1:].any(axis=1)
        self._short = _Levels([numbers[short, 0]])
        self._long = _Levels([column[~short] for column in numbers.T])

    def holds(self, text: str) -> bool:
        """Return whether each run of letters of a text in ASCII is one of the words, in lower case.

        Linear in the text.
        """
        signs = np.frombuffer(f"{_FRONT}{text}{_BACK}".encode(), np.uint8) | _LOWER
        size = len(text) + len(_FRONT) + 1
        ends = np.flatnonzero(signs[:size] - _FIRST >= _LETTERS)
        starts = ends[:-1] + 1
        sizes = ends[1:] - starts
        if sizes.size and sizes.max() > LONGEST:
            return False
        numbers = np.ndarray((len(signs) - _HELD + 1,), _NUMBER, signs, 0, (1,))
        first = numbers[starts] & _MASKS.take(sizes, mode="clip")
        long = np.flatnonzero(sizes > _HELD)
        if not len(long):
            return self._short.hold([first])
        starts, sizes = starts[long], sizes[long]
        rest = [
            numbers[starts + at] & _MASKS.take(sizes - at, mode="clip") for at in _PLACES[1:]
        ]  # fmt: skip
        rows = [first[long], *rest]
        first[long] = 0
        return self._short.hold([first]) and self._long.hold(rows)


def _numbers(word: bytes) -> list[int]:
    """Return a word as the numbers that hold its letters."""
    return [int.from_bytes(word[at : at + _HELD], "little") for at in _PLACES]


@cache
def common() -> WordTable:
    """Return the table of the common words."""
    return WordTable(words())
