"""The letters of a text, free of how it is written: case, accents, punctuation, white space."""

import unicodedata
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

_SPECIAL = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
# A Chinese character says as much as about three letters, a kana as two: they count as many.
_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_KANA = ((0x3040, 0x30FF),)


class _Folded(dict[int, str]):
    """What a character counts as, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        value = _fold(chr(code))
        self[code] = value
        return value


def _fold(character: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    kept = [_one(c) for c in plain if unicodedata.category(c)[0] in "LN"]
    return "".join(kept)


def _one(character: str) -> str:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    code = ord(character)
    if any(low <= code <= high for low, high in _HAN):
        return character * 3
    if any(low <= code <= high for low, high in _KANA):
        return character * 2
    return _SPECIAL.get(character, character)


FOLDED = _Folded()
"""Translation table of `str.translate`: a character's letters by its code point."""


class _Listed(dict[int, str]):
    """The same, but line ends stay."""

    def __missing__(self, code: int) -> str:
        value = self[code] = chr(code) if code == ord("\n") else FOLDED[code]
        return value


_LISTED = _Listed()
_UNMET = 255
# How many letters a character counts as, by code point; filled as they are met.
_COUNTS = np.full(0x110000, _UNMET, np.uint8)


def letters(text: str) -> str:
    """Return the letters and digits of a text, folded; everything else is left out."""
    return text.translate(FOLDED)


def folded_words(words: Iterable[str]) -> list[str]:
    """Return `letters` of each word; words hold no line ends."""
    listed = "\n".join(words)
    return listed.translate(_LISTED).split("\n") if listed else []


def places(text: str) -> npt.NDArray[np.int64]:
    """Return for each of `letters(text)` the index of the character that it comes from."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    counts = _COUNTS[points]
    if counts.size and counts.max() == _UNMET:
        for code in set(points[counts == _UNMET].tolist()):
            _COUNTS[code] = len(FOLDED[code])
        counts = _COUNTS[points]
    return np.repeat(np.arange(len(text)), counts)
