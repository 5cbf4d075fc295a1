"""Soft hyphens inside the words, which no reader sees."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the text with a soft hyphen after about every second letter."""
    return "".join(c + "\u00ad" if c.isalpha() and rng.random() < 0.5 else c for c in text)


STRATEGY = text_strategy("soft-hyphens", "Soft hyphens", encode, wide=True)
