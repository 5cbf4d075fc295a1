"""Letters in boxes and circles; case is lost."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

# Squared, negative circled and negative squared capitals (Unicode block U+1F100).
_STARTS = (0x1F130, 0x1F150, 0x1F170)


def encode(text: str, rng: Random) -> str:
    """Return the text with every Latin letter in one of three enclosures."""
    start = rng.choice(_STARTS)
    return text.lower().translate({97 + place: chr(start + place) for place in range(26)})


STRATEGY = text_strategy("enclosed-letters", "Letters in boxes", encode, exact=False, wide=True)
