"""Pig Latin with a hyphen at the cut."""

import re

ASCII = True
_WORD = re.compile(r"(?<![\w-])([a-z]*)-([a-z]{0,4})ay(?!\w)", re.IGNORECASE)
_LEAST = 4


def read(text: str) -> str:
    """Return the text with such words put right."""
    if len(_WORD.findall(text)) < _LEAST:
        return ""
    return _WORD.sub(r"\2\1", text)
