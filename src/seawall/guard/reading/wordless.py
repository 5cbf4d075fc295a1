"""Whether letters are words anywhere, or chance: bytes written as base64 say nothing."""

import re
from itertools import accumulate
from operator import sub

from seawall.guard.reading.fluency import PLACES, SCALE, triples
from seawall.guard.reading.leet import DIGITS

_NO_LETTERS = re.compile(r"[^a-z]+")
# The least mean of so many letters in a row, in bits: random ones as short as a signature come
# below in one of 400, long ones in one of ten; words of forty languages do. Of leet, less is left
# to chance: only words of common languages are written so.
_ROW, _WORDS_BELOW, _LEET_BELOW = 20, 4.7, 4.2
_LEET = str.maketrans(DIGITS)


def wordless(text: str) -> bool:
    """Return whether nowhere in a text letters read as words, however they are parted.

    Few letters tell nothing: they may be some. Linear in the text.
    """
    lower = text.lower()
    leet = lower.translate(_LEET)
    least = _least(leet)
    if least is None or least < _LEET_BELOW:
        return False
    plain = least if leet == lower else _least(lower)
    return plain is not None and plain >= _WORDS_BELOW


def _least(lower: str) -> float | None:
    """Return the least mean of bits over letters in a row; None for too few letters."""
    table, triple = triples(), 0
    costs: list[int] = []
    for place in _NO_LETTERS.sub(" ", lower).encode().translate(PLACES):
        triple = triple % 729 * 27 + place
        if place:
            costs.append(table[triple])
    if len(costs) < _ROW:
        return None
    sums = [0, *accumulate(costs)]
    least: int = min(map(sub, sums[_ROW:], sums))
    return least / _ROW / SCALE
