"""Braille, letter by letter."""

ASCII = False
_ORDER = (1, 3, 9, 25, 17, 11, 27, 19, 10, 26, 5, 7, 13, 29, 21, 15, 31, 23, 14, 30, 37, 39, 58, 45,
          61, 53)  # fmt: skip
_LETTERS = {0x2800 + cell: "abcdefghijklmnopqrstuvwxyz"[n] for n, cell in enumerate(_ORDER)}


def read(text: str) -> str:
    """Return the text with Braille cells as letters."""
    return text.translate(_LETTERS) if any(0x2800 <= ord(ch) < 0x2900 for ch in text) else ""
