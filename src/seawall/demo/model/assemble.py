"""Reads what a few lines of program put together from pieces of text."""

import json
import re

_PIECE = re.compile(r"\b([a-z]\w{0,11}) *(?::?=|:) *(\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')")
_SUM = re.compile(r"\b([a-z]\w{0,11}(?: *(?:\+|\.\.?) *[a-z]\w{0,11})+)\b")


def _literal(quoted: str) -> str:
    if quoted[0] == "'":
        return quoted[1:-1]
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted[1:-1]


def assembled(text: str) -> str:
    """Return the text with each sum of text variables replaced by its value, or an empty string."""
    values = {name: _literal(quoted) for name, quoted in _PIECE.findall(text)}
    if len(values) < 2:
        return ""
    for match in _SUM.finditer(text):
        names = re.split(r" *(?:\+|\.\.?) *", match[1])
        if all(name in values for name in names):
            return "".join(values[name] for name in names)
    return ""
