"""Base32 of the UTF-8 text."""

import base64
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text in base32 with its padding."""
    return base64.b32encode(text.encode()).decode()


STRATEGY = text_strategy("base32", "Base32", encode, carrier="base32", wide=True)
