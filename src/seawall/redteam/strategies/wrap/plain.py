"""The text as it is."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text unchanged."""
    return text


STRATEGY = text_strategy("plain", "Plain text", encode, files=True)
