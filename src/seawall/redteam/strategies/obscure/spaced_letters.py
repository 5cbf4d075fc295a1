"""A space or another separator between all letters; words three apart."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the letters of each word separated; single words stay words by wider gaps."""
    separator = rng.choice((" ", " ", "."))
    lines = []
    for line in text.split("\n"):
        lines.append("   ".join(separator.join(word) for word in line.split()))
    return "\n".join(lines)


STRATEGY = text_strategy("spaced-letters", "Spaced letters", encode, exact=False)
