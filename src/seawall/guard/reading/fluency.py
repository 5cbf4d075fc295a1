"""How much letters look like words of a European language: triples of letters, a dozen languages.

The mean of -log2 P(letter | two before) in bits, over words with their accents taken off: about
3 for text, 6 and more for a cipher of it. The table is made by scripts/build_letters.py.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import cache, lru_cache
from importlib import resources

SIGNS = " abcdefghijklmnopqrstuvwxyz"
_PLACE = {sign: index for index, sign in enumerate(SIGNS)}
_WORD = re.compile(r"[a-z]+")
_SCALE = 8.0


def fold(text: str) -> list[str]:
    """Return the Latin words of a text in lower case without accents."""
    lower = text.lower()
    if not lower.isascii():
        split = unicodedata.normalize("NFD", lower)
        lower = "".join(c for c in split if not unicodedata.combining(c))
    return _WORD.findall(lower)


@cache
def _table() -> bytes:
    return (resources.files("seawall.guard.reading") / "letters.bin").read_bytes()


@lru_cache(maxsize=32_768)
def _bits(word: str) -> int:
    table, total, first, second = _table(), 0, 0, 0
    for sign in word:
        third = _PLACE[sign]
        total += table[(first * 27 + second) * 27 + third]
        first, second = second, third
    return total


def strangeness(words: Collection[str]) -> float:
    """Return the mean bits a letter of folded words; 0.0 for none."""
    letters = sum(map(len, words))
    return sum(map(_bits, words)) / letters / _SCALE if letters else 0.0
