"""Numeric HTML character references, decimal and hexadecimal."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the text with every character as a numeric reference."""
    hexadecimal = rng.random() < 0.5
    return "".join(f"&#x{ord(c):x};" if hexadecimal else f"&#{ord(c)};" for c in text)


STRATEGY = text_strategy("html-entities", "HTML entities", encode, carrier="HTML entities")
