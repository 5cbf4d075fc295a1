"""Stored backwards, shown forwards: a right-to-left override around each line."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return each line reversed between U+202E and U+202C."""
    return "\n".join(f"\u202e{line[::-1]}\u202c" if line else "" for line in text.split("\n"))


STRATEGY = text_strategy("bidi-override", "Right-to-left override", encode, wide=True)
