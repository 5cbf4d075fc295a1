"""Unicode normal forms in a time that grows with the text alone."""

import re
import unicodedata
from typing import Literal

# Python sorts the marks of a letter in the square of their number.
_MANY_MARKS = re.compile(r"[^\w\s\x00-\x7f]{30}(?=[^\w\s\x00-\x7f])")


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """Return a text's normal form; of a letter's marks each thirty are sorted by themselves."""
    if text.isascii():
        return text
    parts: list[str] = []
    last = 0
    for many in _MANY_MARKS.finditer(text):
        parts.append(unicodedata.normalize(form, text[last : many.end()]))
        last = many.end()
    return "".join((*parts, unicodedata.normalize(form, text[last:])))


def unmarked(form: Literal["NFD", "NFKD"], text: str) -> str:
    """Return a text taken apart, without the marks of its letters: no accents, no vowel points."""
    if text.isascii():
        return text
    return "".join(sign for sign in normalized(form, text) if not unicodedata.combining(sign))
