"""Letters of flags, in boxes and in circles."""

import re

ASCII = False
_STARTS = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
_LETTERS = {start + n: chr(97 + n) for start in _STARTS for n in range(26)}
_BETWEEN = re.compile("[\u200b-\u200d]")


def read(text: str) -> str:
    """Return the text with such letters as plain ones."""
    if not any(0x1F130 <= ord(ch) <= 0x1F1FF for ch in text):
        return ""
    return _BETWEEN.sub("", text).translate(_LETTERS)
