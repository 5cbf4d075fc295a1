"""WordPiece as BERT (uncased) splits words: lower case, no accents, longest pieces first.

Our own because the usual library installs a client for a model hub with it (docs/adr/0002).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

UNKNOWN = 100
_LONGEST_WORD = 100
# So many words up to this length are remembered.
_KEPT, _SHORT = 50_000, 24
_ASCII = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")
# The same seen as bytes: small letters, signs as they are, spaces for all else.
_SIGNS = frozenset(code for code in range(33, 127) if not chr(code).isalnum())
_APART = bytes(
    ord(chr(code).lower()) if code < 128 and (chr(code).isalnum() or code in _SIGNS) else 32
    for code in range(256)
)
_ALONE = {code: bytes([code]) for code in _SIGNS}
_PARTED = {code: bytes([32, code, 32]) for code in _SIGNS}
_NO_SIGNS = bytes(code for code in range(256) if _APART[code] not in _SIGNS)
Token = tuple[int, int, int]
_CHINESE = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2CEAF),
    (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


@lru_cache(maxsize=16384)
def _character(c: str) -> tuple[str, bool]:
    """Return (letters that stand for it, whether it stands alone); a space parts words."""
    category, code = unicodedata.category(c), ord(c)
    if c in "\t\n\r" or category[0] == "Z":
        return " ", False
    if code in (0, 0xFFFD) or category[0] == "C":
        return "", False
    if any(low <= code <= high for low, high in _CHINESE):
        return c, True
    if category[0] == "P" or (code < 128 and not c.isalnum()):
        return c, True
    split = unicodedata.normalize("NFD", c)
    return "".join(x for x in split if unicodedata.category(x) != "Mn").lower(), False


def _words(text: str) -> list[tuple[str, list[int]]]:
    """Return the words in normal form, each with the place of every character and its end."""
    found: list[tuple[str, list[int]]] = []
    letters: list[str] = []
    places: list[int] = []

    def close(at: int) -> None:
        if letters:
            found.append(("".join(letters), [*places, at]))
            letters.clear()
            places.clear()

    for at, c in enumerate(text):
        shown, alone = _character(c)
        if shown == " ":
            close(at)
        elif alone:
            close(at)
            found.append((shown, [at, at + 1]))
        else:
            letters.extend(shown)
            places.extend([at] * len(shown))
    close(len(text))
    return found


def _words_of_ascii(text: str) -> list[str]:
    """Return what _ASCII finds in a text in lower case, in half of its time."""
    data = text.encode().translate(_APART)
    for sign in set(data.translate(None, _NO_SIGNS)):
        data = data.replace(_ALONE[sign], _PARTED[sign])
    return data.decode().split()


class _Shown(dict[int, str]):
    """What stands for each character as `_words` takes it, a space around what stands alone."""

    def __missing__(self, code: int) -> str:
        shown, alone = _character(chr(code))
        self[code] = f" {shown} " if alone else shown
        return self[code]


class _Numbers(dict[str, tuple[int, ...]]):
    """The ids of each word's pieces; a word that is a piece needs no search."""

    def __init__(self, ids: dict[str, int], pieces: Callable[[str], tuple[Token, ...]]) -> None:
        super().__init__(zip(ids, zip(ids.values(), strict=True), strict=True))
        self._pieces = pieces

    def __missing__(self, word: str) -> tuple[int, ...]:
        numbers = tuple([number for number, _, _ in self._pieces(word)])
        if len(self) < _KEPT and len(word) <= _SHORT:
            self[word] = numbers
        return numbers


class WordPiece:
    """Splits texts into ids of a vocabulary, with offsets."""

    def __init__(self, vocabulary: Path) -> None:
        """Read one piece a line; the line's number is its id. Raises OSError."""
        lines = vocabulary.read_text(encoding="utf-8").split("\n")
        self._ids = {piece: number for number, piece in enumerate(lines) if piece}
        self._known: dict[str, tuple[Token, ...]] = {}
        self._numbers = _Numbers(self._ids, self._pieces)
        self._shown = _Shown()

    def encode(self, text: str, most: int) -> list[Token]:
        """Return at most `most` tokens (id, start, end); offsets in characters of the text."""
        if text.isascii() and "\x7f" not in text:
            return self._ascii(text, most)
        found: list[Token] = []
        for word, places in _words(text):
            for number, start, end in self._pieces(word):
                found.append((number, places[start], places[end - 1] + 1))
            if len(found) >= most:
                break
        return found[:most]

    def ids(self, text: str, most: int) -> list[int]:
        """Return the ids that `encode` finds, in a fraction of its time."""
        if text.isascii() and "\x7f" not in text:
            words = _words_of_ascii(text)
        else:
            words = text.translate(self._shown).split()
        return list(islice(chain.from_iterable(map(self._numbers.__getitem__, words)), most))

    def _ascii(self, text: str, most: int) -> list[Token]:
        found: list[Token] = []
        known = self._known
        lower = text.lower()
        for match in _ASCII.finditer(lower):
            at, end = match.span()
            word = lower[at:end]
            pieces = known.get(word) or self._pieces(word)
            if len(pieces) == 1:
                found.append((pieces[0][0], at, end))
            else:
                found += [(number, at + first, at + last) for number, first, last in pieces]
            if len(found) >= most:
                break
        return found[:most]

    def _pieces(self, word: str) -> tuple[Token, ...]:
        known = self._known.get(word)
        if known is None:
            known = self._split(word)
            if len(self._known) < _KEPT and len(word) <= _SHORT:
                self._known[word] = known
        return known

    def _split(self, word: str) -> tuple[Token, ...]:
        if len(word) > _LONGEST_WORD:
            return ((UNKNOWN, 0, len(word)),)
        found: list[Token] = []
        start = 0
        while start < len(word):
            end = len(word)
            while end > start:
                number = self._ids.get(word[start:end] if start == 0 else "##" + word[start:end])
                if number is not None:
                    break
                end -= 1
            if end == start or number is None:
                return ((UNKNOWN, 0, len(word)),)
            found.append((number, start, end))
            start = end
        return tuple(found)
