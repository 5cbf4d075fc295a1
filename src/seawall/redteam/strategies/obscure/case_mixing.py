"""Upper and lower case at random."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the text with the case of each letter drawn at random."""
    return "".join(c.upper() if rng.random() < 0.5 else c.lower() for c in text)


STRATEGY = text_strategy("case-mixing", "Mixed case", encode, exact=False)
