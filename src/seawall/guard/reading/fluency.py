"""How much letters look like words of a European language: triples of letters, a dozen languages.

The mean of -log2 P(letter | two before) in bits, over words with their accents taken off: about
3 for text, 6 and more for a cipher of it. The table is made by scripts/build_letters.py.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cache, cached_property, lru_cache
from importlib import resources

SIGNS = " abcdefghijklmnopqrstuvwxyz"
_PLACE = {sign: index for index, sign in enumerate(SIGNS)}
_WORD = re.compile(r"[a-z]+")
_PARTS = re.compile(r"[A-Za-z]+")
SCALE = 8.0


class _Bare(dict[int, str]):
    """What characters are without accents; each is looked up once."""

    _MOST = 8192

    def __init__(self, *, fixed: bool) -> None:
        """Fill in ASCII. `fixed`: letters that come of others are written as capitals."""
        super().__init__((code, chr(code)) for code in range(128))
        self._fixed = fixed

    def __missing__(self, code: int) -> str:
        split = unicodedata.normalize("NFD", chr(code))
        bare = "".join(c for c in split if not unicodedata.combining(c))
        bare = bare.upper() if self._fixed and bare.isascii() else bare
        if len(self) < self._MOST:
            self[code] = bare
        return bare


_BARE, _FIXED = _Bare(fixed=False), _Bare(fixed=True)


def fold(text: str) -> list[str]:
    """Return the Latin words of a text in lower case without accents."""
    lower = text.lower()
    return _WORD.findall(lower if lower.isascii() else lower.translate(_BARE))


def shifting(words: Collection[str]) -> list[str]:
    """Return the Latin parts of lower-case words; a letter with an accent as its bare capital.

    A cipher moves the small letters only.
    """
    return _PARTS.findall(" ".join(words).translate(_FIXED))


@cache
def triples() -> bytes:
    """Return the bits of every triple of SIGNS in 1/SCALE; place (a * 27 + b) * 27 + c."""
    return (resources.files("seawall.guard.reading") / "letters.bin").read_bytes()


PLACES = bytes(max(0, code - 96) if code < 123 else 0 for code in range(256))
"""The place in SIGNS of each byte, of any other sign that of a blank."""


def _bits(word: str) -> int:
    table, total, triple = triples(), 0, 0
    for place in word.encode().translate(PLACES):
        triple = triple % 729 * 27 + place
        total += table[triple]
    return total


@lru_cache(maxsize=16_384)
def weight(word: str) -> tuple[int, int]:
    """Return the bits of a lower-case word's Latin letters, in 1/SCALE, and their number."""
    if word.isascii():
        return _bits(word), len(word)
    bare = word.translate(_BARE)
    if bare.isascii() and bare.isalpha():
        return _bits(bare), len(bare)
    parts = fold(word)
    return sum(map(_bits, parts)), sum(map(len, parts))


def strangeness(words: Collection[str]) -> float:
    """Return the mean bits a letter of folded words; 0.0 for none."""
    letters = sum(map(len, words))
    return sum(map(_bits, words)) / letters / SCALE if letters else 0.0


@cache
def _inside() -> bytes:
    """Return the table in which the end of a word costs nothing."""
    inside = bytearray(triples())
    inside[:: len(SIGNS)] = bytes(len(inside) // len(SIGNS))
    return bytes(inside)


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
        self._row = self._LANE // 8 * len(self.names)
        # Few triples have capitals in them.
        self._weighed = lru_cache(maxsize=4096)(self._weigh)

    @cached_property
    def _rows(self) -> bytes:
        """Return the bits of every triple of small letters after each way, a row a triple."""
        table, size = _inside(), len(SIGNS)
        rows = bytearray(len(table) * self._row)
        for number, letters in enumerate(self._letters):
            moved = bytearray(len(table))
            if len(letters) > 1:
                starts = [first * 729 + second * size for first in letters for second in letters]
                pairs = b"".join([table[start : start + size] for start in starts])
                for third, letter in enumerate(letters):
                    moved[third::size] = pairs[letter::size]
            else:
                starts = [second * size + first for first in range(size) for second in range(size)]
                moved[:] = b"".join([table[start::729] for start in starts])
            rows[self._LANE // 8 * number :: self._row] = moved
        return bytes(rows)

    def prepare(self) -> None:
        """Make the table of triples now: else the first words that look odd wait for it."""
        self._rows  # noqa: B018 - it is made where it is asked for

    def _weigh(self, triple: str) -> int:
        """Return the bits of three letters after each way, a lane a way, the first lowest."""
        if triple.islower() or not triple.strip():
            first, second, third = triple.encode().translate(PLACES)
            start = (first * 729 + second * 27 + third) * self._row
            return int.from_bytes(self._rows[start : start + self._row], "little")
        places = [_PLACE[sign.lower()] for sign in triple]
        table, found = _inside(), 0
        for letters in reversed(self._letters):
            first, second, third = (
                letters[place] if len(letters) > 1 and not sign.isupper() else place
                for sign, place in zip(triple, places, strict=True)
            )
            if len(letters) == 1:
                first, third = third, first
            found = found << self._LANE | table[first * 729 + second * 27 + third]
        return found

    def bits(self, words: Collection[str]) -> Iterator[tuple[str, int]]:
        """Return each way's name and the bits of words, at most 60,000.

        Small Latin letters are replaced, capitals stay what they are.
        """
        small = [word for word in words if word.islower()]
        total = self._small(small)
        if len(small) < len(words):
            total += self._any([word for word in words if not word.islower()])
        lane, data, number = self._LANE // 8, total.to_bytes(self._row, "little"), int.from_bytes
        each = [number(data[at : at + lane], "little") for at in range(0, self._row, lane)]
        return zip(self.names, each, strict=True)

    def _small(self, words: Collection[str]) -> int:
        rows, row, places = self._rows, self._row, _apart(words).encode().translate(PLACES)
        number, triples = int.from_bytes, zip(places, places[1:], places[2:], strict=False)
        starts = [((a * 27 + b) * 27 + c) * row for a, b, c in triples]
        return sum([number(rows[start : start + row], "little") for start in starts])

    def _any(self, words: Collection[str]) -> int:
        text = _apart(words)
        return sum(map(self._weighed, [text[at : at + 3] for at in range(len(text) - 2)]))


def _apart(words: Collection[str]) -> str:
    """Return words so far apart that no triple of letters is of two of them."""
    return f"  {'  '.join(words)}  "
