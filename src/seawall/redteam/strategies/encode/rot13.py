"""Letters moved by thirteen places."""

import codecs
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text in rot13."""
    return codecs.encode(text, "rot13")


STRATEGY = text_strategy("rot13", "Rot13", encode, carrier="rot13")
