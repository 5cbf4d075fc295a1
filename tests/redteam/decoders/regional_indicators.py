"""Indicators by their names."""

import unicodedata


def decode(text: str) -> str:
    names = ((ch, unicodedata.name(ch, "")) for ch in text)
    return "".join(n[-1].lower() if n.startswith("REGIONAL INDICATOR") else ch for ch, n in names)
