"""Invisible characters between the letters."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")


def encode(text: str, rng: Random) -> str:
    """Return the text with a zero-width character after about every second letter."""
    return "".join(
        c + rng.choice(_INVISIBLE) if c.isalnum() and rng.random() < 0.5 else c for c in text
    )


STRATEGY = text_strategy("zero-width", "Zero-width characters", encode, files=True)
