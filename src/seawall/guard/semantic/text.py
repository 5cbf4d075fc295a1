"""Tokens and sentences of a text, with offsets."""

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from seawall.guard.reading.words import others

# In brackets: a split then gives what parts the tokens too, so that lengths say where they stand.
_TOKEN = re.compile(r"([^\W_]+(?:['’][^\W_]+)*)")
_ASCII_TOKEN = re.compile(r"([a-z0-9]+(?:'[a-z0-9]+)*)")
# Letters in lower case, digits and apostrophes stay, and what is beyond ASCII; all else parts words.
_LETTERS = bytes(
    code if code > 127 else ord(chr(code).lower()) if chr(code).isalnum() or code == 39 else 32
    for code in range(256)
)
# With more kinds of signs beyond ASCII an expression finds the words sooner.
_FEW = 16
# Ends of sentences; a number before the point is a list item or an amount; code fences part.
_END = re.compile(
    r"(?<![\d.!?…])[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]+[」』”]?|\n[ \t]*\n|```\w{0,12}"
)
_PIECE = 260
_BREAK = re.compile(r"\n|[;:,，、；：]\s|\s[-–—|]\s|<[^<>]{0,40}>")
_SPECIAL = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "’": "'"})


def _strip_marks(word: str) -> str:
    """Take accents off Latin and Greek letters; other scripts keep theirs (they change words)."""
    if not any("\u00c0" <= c <= "\u024f" or "\u1e00" <= c <= "\u1fff" for c in word):
        return word
    split = unicodedata.normalize("NFD", word)
    return "".join(c for c in split if not unicodedata.combining(c)).translate(_SPECIAL)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Return a word in lower case without accents, so that careless spelling still matches."""
    return _strip_marks(word.casefold().replace("\u0307", "").translate(_SPECIAL))


class Tokens(NamedTuple):
    """The folded words of a text, and where they stand: the start and the end of each by turns."""

    words: list[str]
    bounds: list[int]


def tokens(text: str) -> Tokens:
    """Return every word of a text."""
    plain = text.isascii()
    parts = _ASCII_TOKEN.split(text.lower()) if plain else _TOKEN.split(text)
    words = parts[1::2] if plain else list(map(fold, parts[1::2]))
    return Tokens(words, list(accumulate(map(len, parts))))


def words_in(text: str) -> list[str]:
    """Return the words of `tokens`: where nobody asks for their places, a third of the time."""
    plain = text.isascii()
    lower = text if plain else _without_signs(text)
    if lower is None:
        return tokens(text).words
    letters = lower.encode("utf-8", "replace").translate(_LETTERS).decode()
    if "'" in letters:
        # Only one apostrophe between letters holds a word together.
        letters = f" {letters} ".replace("''", " ").replace("' ", " ").replace(" '", " ")
    words = letters.split()
    return words if plain else [word if word.isascii() else fold(word) for word in words]


def _without_signs(text: str) -> str | None:
    """Return a text in lower case whose characters beyond ASCII are letters, digits or blanks.

    None where they are many, or letters become others.
    """
    lower = text.lower()
    signs = [sign for sign in others(lower) if not sign.isalnum()]
    if len(signs) > _FEW or len(lower) != len(text):
        return None
    for sign in signs:
        lower = lower.replace(sign, "'" if sign == "’" else " ")
    return lower


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the ranges of sentences; together they cover the text."""
    ranges: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() > start:
            ranges.append((start, match.end()))
            start = match.end()
    if start < len(text):
        ranges.append((start, len(text)))
    return ranges


def pieces(text: str, ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Split sentences longer than _PIECE characters at lines, commas and tags."""
    result: list[tuple[int, int]] = []
    for start, end in ranges:
        while end - start > _PIECE:
            cut = start + _PIECE
            for match in _BREAK.finditer(text, start + _PIECE // 3, start + _PIECE):
                cut = match.end()
            result.append((start, cut))
            start = cut
        if end > start:
            result.append((start, end))
    return result
