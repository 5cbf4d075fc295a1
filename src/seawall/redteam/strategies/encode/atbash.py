"""The alphabet mirrored: a is z, b is y."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_ABC = "abcdefghijklmnopqrstuvwxyz"
_MIRROR = str.maketrans(_ABC + _ABC.upper(), _ABC[::-1] + _ABC[::-1].upper())


def encode(text: str, _rng: Random) -> str:
    """Return the text in Atbash."""
    return text.translate(_MIRROR)


STRATEGY = text_strategy("atbash", "Atbash", encode, carrier="Atbash", wide=True)
