"""Letters that stand under heaps of accents."""

import re
import unicodedata

ASCII = False
_HEAP = re.compile(r"[A-Za-z][\u0300-\u036f]")
_MANY = 6


def read(text: str) -> str:
    """Return the text without marks where many ASCII letters carry some; é and ü of words stay."""
    apart = unicodedata.normalize("NFD", text)
    marked, letters = len(_HEAP.findall(apart)), sum(map(str.isalpha, text))
    if marked < _MANY or marked < 0.3 * letters:
        return ""
    return "".join(ch for ch in apart if not unicodedata.combining(ch))
