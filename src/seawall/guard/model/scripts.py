"""Which script a letter is of, for the scripts of the word lists."""

from functools import lru_cache

_BLOCKS = (
    (0x0370, 0x03FF, "greek"), (0x0400, 0x052F, "cyrillic"), (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"), (0x0B80, 0x0BFF, "tamil"),
    (0x0900, 0x097F, "devanagari"), (0x0980, 0x09FF, "bengali"), (0x0E00, 0x0E7F, "thai"),
    (0xAC00, 0xD7A3, "hangul"), (0x1100, 0x11FF, "hangul"), (0x3040, 0x30FF, "kana"),
    (0x3400, 0x9FFF, "chinese"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    code = ord(letter)
    return next((name for low, high, name in _BLOCKS if low <= code <= high), "")


def script_of(word: str) -> str:
    """Return the first script other than Latin that a word has letters of."""
    return "" if word.isascii() else next(filter(None, map(_script, word)), "")
