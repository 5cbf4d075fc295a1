"""How much letters look like words of a European language: triples of letters, a dozen languages.

The mean of -log2 P(letter | two before) in bits, over words with their accents taken off: about
3 for text, 6 and more for a cipher of it. The table is made by scripts/build_letters.py.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources

SIGNS = " abcdefghijklmnopqrstuvwxyz"
_PLACE = {sign: index for index, sign in enumerate(SIGNS)}
_WORD = re.compile(r"[a-z]+")
SCALE = 8.0


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
    return sum(map(_bits, words)) / letters / SCALE if letters else 0.0


@cache
def _inside() -> bytes:
    """Return the table in which the end of a word costs nothing."""
    inside = bytearray(_table())
    inside[:: len(SIGNS)] = bytes(len(inside) // len(SIGNS))
    return bytes(inside)


def _padded(words: Collection[str]) -> str:
    return f"  {'  '.join(words)}  "


_PLACES = bytes(max(0, code - 96) if code < 123 else 0 for code in range(256))


def bits_of(words: Collection[str]) -> int:
    """Return the bits of words of small Latin letters: by letter and SCALE, their strangeness."""
    table, places = _inside(), _padded(words).encode().translate(_PLACES)
    triples = zip(places, places[1:], places[2:], strict=False)
    return sum([table[first * 729 + second * 27 + third] for first, second, third in triples])


class Undoing:
    """Ways to replace letters, all weighed in one pass: how many bits words have after each.

    `ways`: what a to z become, by name; "" turns words around.
    """

    _LANE = 24

    def __init__(self, ways: Mapping[str, str]) -> None:
        self.names = tuple(ways)
        self._letters = tuple(
            bytes([0, *(_PLACE[letter] for letter in ways[name])]) for name in self.names
        )
        self._weighed = lru_cache(maxsize=4096)(self._weigh)

    def _weigh(self, triple: str) -> int:
        """Return the bits of three letters after each way, a lane a way, the first lowest."""
        first, second, third = map(_PLACE.__getitem__, triple)
        table, found = _inside(), 0
        for letters in reversed(self._letters):
            if len(letters) > 1:
                a, b, c = letters[first], letters[second], letters[third]
            else:
                a, b, c = third, second, first
            found = found << self._LANE | table[a * 729 + b * 27 + c]
        return found

    def bits(self, words: Collection[str]) -> Iterator[tuple[str, int]]:
        """Yield each way's name and the bits of words of small Latin letters, at most 60,000."""
        text = _padded(words)
        total = sum(map(self._weighed, [text[at : at + 3] for at in range(len(text) - 2)]))
        for name in self.names:
            yield name, total & (1 << self._LANE) - 1
            total >>= self._LANE
