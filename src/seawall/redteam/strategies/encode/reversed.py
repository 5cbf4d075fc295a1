"""The whole text written backwards."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the characters in the opposite order."""
    return text[::-1]


STRATEGY = text_strategy("reversed", "Written backwards", encode, carrier="reversed text")
