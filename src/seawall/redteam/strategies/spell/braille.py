"""Braille: letters as patterns of dots; case is lost, digits and signs stay."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

# Dots of a to z (grade 1), as offsets into the Unicode block U+2800.
_DOTS = (1, 3, 9, 25, 17, 11, 27, 19, 10, 26, 5, 7, 13, 29, 21, 15, 31, 23, 14, 30, 37, 39, 58, 45,
         61, 53)  # fmt: skip
_CELLS = {97 + place: chr(0x2800 + dots) for place, dots in enumerate(_DOTS)}


def encode(text: str, _rng: Random) -> str:
    """Return the text with every Latin letter as its Braille cell."""
    return text.lower().translate(_CELLS)


STRATEGY = text_strategy("braille", "Braille", encode, carrier="Braille", exact=False, wide=True)
