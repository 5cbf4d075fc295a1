"""Letters moved by another number of places than thirteen."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_ABC = "abcdefghijklmnopqrstuvwxyz"


def encode(text: str, rng: Random) -> str:
    """Return the text with its letters moved by one to twelve places."""
    shift = rng.randrange(1, 13)
    moved = _ABC[shift:] + _ABC[:shift]
    return text.translate(str.maketrans(_ABC + _ABC.upper(), moved + moved.upper()))


STRATEGY = text_strategy("caesar", "Caesar cipher", encode, carrier="a Caesar cipher", wide=True)
