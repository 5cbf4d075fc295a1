"""Marks taken off."""

import unicodedata


def decode(text: str) -> str:
    return "".join(ch for ch in text if not unicodedata.combining(ch))
