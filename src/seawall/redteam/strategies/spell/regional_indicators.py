"""Letters as regional indicators, the signs that flags are made of; case is lost."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_FLAGS = {97 + place: chr(0x1F1E6 + place) for place in range(26)}


def encode(text: str, rng: Random) -> str:
    """Return the text in indicators, kept apart so that no two turn into a flag."""
    between = rng.choice(("\u200b", "\u200c"))
    words = ["".join(ch.translate(_FLAGS) + between for ch in w) for w in text.lower().split(" ")]
    return " ".join(words)


STRATEGY = text_strategy("regional-indicators", "Letters of flags", encode, exact=False, wide=True)
