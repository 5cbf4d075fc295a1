"""The static model: one look at every run of letters, in tens of microseconds and NumPy alone.

A linear model over hashed runs of bytes. A text is cut into overlapping windows, and the worst one
speaks for it, so that words around a longer attack do not hide it; a short order they often do. It
knows no word order beyond a run, and no word by what it means: it is the weakest of the learnt
detectors (training/static.py).
"""

import math
import re
from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.core.exchange import Stage
from seawall.core.once import Once
from seawall.guard.model import installed
from seawall.guard.model.calibration import finite, sigmoid
from seawall.guard.model.judgement import TRUSTED, Judgement, Range

FILE = "static.npz"
# A run's lengths in bytes, at most 8: as whole numbers they are hashed by one product each.
ORDERS = (4, 6)
BITS, KIND_BITS = 17, 13
# Windows in bytes: wide ones, or all of a text that is little longer, for what it is about; narrow
# ones, so that harmless words around an order do not hide it. Each begins where a block does.
BLOCK = 100
NARROW, WIDE, WHOLE = 2 * BLOCK, 6 * BLOCK, 9 * BLOCK
# So many bytes at once: what is worked out of them stays in the processor's nearest memory.
_AT_ONCE = 80 * BLOCK
_STARTS = np.arange(0, _AT_ONCE, BLOCK)
_RUN, _BLANK = np.dtype("<u8"), ord(" ")
# A head's scale, its bias and what is added for narrow windows.
_NUMBERS = 3
_PRIME = 0x9E3779B97F4A7C15
_LONGEST = 8
# Zeros at a factor's end leave the bytes beyond a run out of the product.
_FACTORS = [np.uint64((_PRIME << 8 * (_LONGEST - order)) & 0xFFFFFFFFFFFFFFFF) for order in ORDERS]
_EACH_FACTOR = np.array(_FACTORS)[:, np.newaxis]
_SHIFT = np.uint64(64 - BITS)
# ASCII in lower case, every blank a space, every digit the same.
_FOLDED = bytes(
    0x20 if byte in b"\0\t\n\v\f\r" else 0x30 if 0x30 <= byte <= 0x39 else ord(chr(byte).lower())
    if byte < 0x80 else byte
    for byte in range(256)
)  # fmt: skip
# Most attacks that were written for training name hosts under the reserved domain.
_RESERVED, _COMMON = b".example", b".com".ljust(8)
# Below these log-odds nothing is reported, and nobody asks where or of which kind it would be.
_PLACED = -1.0
Buckets = npt.NDArray[np.int64]


class Found(msgspec.Struct, frozen=True):
    """The log-odds of a window, and where it stands in the folded text (bytes)."""

    odds: float
    place: Range


_ODDS = attrgetter("odds")
# What is told once in a short text; an expression is sooner there than whole arrays.
_AGAIN = re.compile(rb"  +|(.)\1{3,}", re.DOTALL)


def folded(text: str) -> bytes:
    """Return a text as the model reads it: in lower case, blanks in a row as one, of other equal
    bytes in a row three, between blanks. Linear in it.
    """
    data = _plain(text)
    if len(data) <= NARROW:
        data = _AGAIN.sub(_once, data)
    elif (again := _again(data)).any():
        signs = np.frombuffer(data, dtype=np.uint8)
        data = data[:1] + signs[1:][~again].tobytes()
    return b" " + data + b" " * _LONGEST


def _once(row: re.Match[bytes]) -> bytes:
    """Return what stays of a row of equal bytes."""
    return row[0][:1] if row[1] is None else row[0][:3]


def _plain(text: str) -> bytes:
    """Return a text in UTF-8 and lower case, every byte where it stood."""
    lower = text if text.isascii() else _lower(text)
    data = lower.encode("utf-8", "replace").translate(_FOLDED)
    return data.replace(_RESERVED, _COMMON) if _RESERVED in data else data


def _again(data: bytes) -> npt.NDArray[np.bool_]:
    """Return which bytes but the first are blanks behind another blank, or behind three equal ones:
    a row of dots says no more the longer it is.
    """
    signs = np.frombuffer(data, dtype=np.uint8)
    same = signs[1:] == signs[:-1]
    found: npt.NDArray[np.bool_] = same & (signs[1:] == _BLANK)
    found[2:] |= same[2:] & same[1:-1] & same[:-2]
    return found


def _lower(text: str) -> str:
    """Return a text in lower case, as long as it is."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := sign.lower()) == 1 else sign for sign in text)


def buckets(data: bytes, start: int = 0, end: int | None = None) -> list[Buckets]:
    """Return the bucket of the run of each order that begins at each byte of a folded text's range,
    by default at all but the last blanks.
    """
    size = (len(data) - _LONGEST if end is None else end) - start
    # Copied once: NumPy would copy numbers that are not aligned at each product.
    runs = np.ndarray((size,), _RUN, data, start, (1,)).copy()
    return [
        np.right_shift(found := runs * one, _SHIFT, out=found).view(np.int64) for one in _FACTORS
    ]


class Static:
    """Weights (2**BITS,) for users' texts and for outsiders', each with a scale, a bias and what is
    added for narrow windows.

    `kind`: weights (2**KIND_BITS,) that tell a jailbreak from another attack. Thread-safe.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Raises KeyError, ValueError."""
        names = ("attack_input", "attack_untrusted", "kind")
        if any(arrays[name].dtype != np.int8 for name in names):
            raise ValueError("the static model's weights are no whole numbers of a byte")
        self._weights = {name: arrays[name].astype(np.int8, copy=False) for name in names}
        sizes = {name: len(weights) for name, weights in self._weights.items()}
        if sizes != {names[0]: 1 << BITS, names[1]: 1 << BITS, names[2]: 1 << KIND_BITS}:
            raise ValueError("the static model's weights have other sizes")
        # What the runs at one byte say is summed as int8.
        most = max(max(int(one.max()), -int(one.min())) for one in self._weights.values())
        if most > 127 // len(ORDERS):
            raise ValueError("the static model's weights are too large")
        self._scales = {name: finite(arrays[f"{name}_scale"]) for name in names}
        if any(len(scale) != _NUMBERS for scale in self._scales.values()):
            raise ValueError("the static model lacks a scale, a bias or what narrow windows add")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the weights of a folder. Raises MissingPartError."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as arrays:
                return cls({name: arrays[name] for name in arrays.files})
        except Exception as error:
            what = f"The guard's static model in {folder}"
            raise installed.unreadable(what, error) from error

    def judge(self, text: str, stage: Stage) -> Judgement:
        """Return what a text is likely to be, by who wrote it (its stage); linear in it."""
        data = folded(text)
        name = "attack_input" if stage in TRUSTED else "attack_untrusted"
        found = max(self._worst(data, name), key=_ODDS)
        score = round(sigmoid(found.odds), 4)
        if found.odds < _PLACED:
            return Judgement(injection=score, asked=False)
        place = _in_text(text, found.place)
        if self._is_jailbreak(data, found.place):
            return Judgement(jailbreak=score, attack_at=place, asked=False)
        return Judgement(injection=score, attack_at=place, asked=False)

    def odds(self, text: str, name: str) -> tuple[float, float]:
        """Return the log-odds of a head for a text's worst wide window and its worst narrow one."""
        wide, narrow = self._worst(folded(text), name)
        return wide.odds, narrow.odds

    def _sums(self, seen: list[Buckets], name: str) -> npt.NDArray[np.int8]:
        """Return what the runs say that begin at each byte."""
        weights = self._weights[name]
        # Every bucket is within the table: nothing needs to be checked.
        each = weights.take(seen[0], mode="wrap")
        for one in seen[1:]:
            each += weights.take(one, mode="wrap")
        return each

    def _is_jailbreak(self, data: bytes, place: Range) -> bool:
        each = self._sums([one >> (BITS - KIND_BITS) for one in buckets(data, *place)], "kind")
        scale, bias, _ = self._scales["kind"]
        return scale * int(np.add.reduce(each, dtype=np.int64)) / math.sqrt(len(each)) + bias >= 0

    def _worst(self, data: bytes, name: str) -> tuple[Found, Found]:
        """Return the worst wide window and the worst narrow one."""
        size, (scale, bias, near) = len(data) - _LONGEST, self._scales[name]
        if size <= NARROW:
            total = self._total(data, size, name)
            found = Found(scale * total / math.sqrt(size) + bias, (0, size))
            return found, found
        before = self._before(data, size, name)
        wide = len(before) - 1 if size <= WHOLE else WIDE // BLOCK
        at, most = _most(before, wide, size)
        about = Found(scale * most + bias, (at, min(size, at + wide * BLOCK)))
        at, most = _most(before, NARROW // BLOCK, size)
        return about, Found(scale * most + bias + near, (at, min(size, at + NARROW)))

    def _total(self, data: bytes, size: int, name: str) -> int:
        """Return what all runs of a short text say, in the fewest steps: each costs time."""
        each = np.ndarray((size,), _RUN, data, 0, (1,)) * _EACH_FACTOR
        each >>= _SHIFT
        said = self._weights[name].take(each.view(np.int64), mode="wrap")
        return int(np.add.reduce(said, axis=None, dtype=np.int64))

    def _before(self, data: bytes, size: int, name: str) -> npt.NDArray[np.int32]:
        """Return the sum of all that stands before each block, and of all."""
        blocks = -(-size // BLOCK)
        found = np.zeros(blocks + 1, dtype=np.int32)
        for at in range(0, size, _AT_ONCE):
            end = min(size, at + _AT_ONCE)
            each = self._sums(buckets(data, at, end), name)
            own = slice(at // BLOCK + 1, -(-end // BLOCK) + 1)
            np.add.reduceat(each, _STARTS[: own.stop - own.start], dtype=np.int32, out=found[own])
        return np.cumsum(found, dtype=np.int32, out=found)


def _most(before: npt.NDArray[np.int32], blocks: int, size: int) -> tuple[int, float]:
    """Return where the worst window of so many blocks begins (bytes), and its sum over the root of
    its length. `before`: see Static; `size`: of all (bytes).
    """
    root = math.sqrt(blocks * BLOCK)
    totals = (before[blocks:] - before[:-blocks]) / root
    # The last block may be shorter.
    totals[-1] *= root / math.sqrt(size - (len(totals) - 1) * BLOCK)
    at = int(totals.argmax())
    return at * BLOCK, float(totals[at])


def _in_text(text: str, place: Range) -> Range:
    """Return the characters of a text that a range of the folded one stands for."""
    if not text:
        return 0, 0
    kept = np.flatnonzero(np.append(True, ~_again(_plain(text))))
    # A blank stands before the text; the last run goes over the range's end.
    last = len(kept) - 1
    start = int(kept[min(max(0, place[0] - 1), last)])
    end = int(kept[min(place[1] + ORDERS[-1] - 3, last)]) + 1
    if text.isascii():
        return start, end
    data = _lower(text).encode("utf-8", "replace")
    first, second = (len(data[:at].decode("utf-8", "ignore")) for at in (start, end))
    return first, second


def _bundled() -> Static:
    return Static.load(installed.weights())


_BUNDLED = Once(_bundled)


def bundled() -> Static:
    """Return the model of the package. Raises MissingPartError."""
    return _BUNDLED()
