"""Ascii85 of the UTF-8 text, in the frame that Adobe gave it."""

import base64
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text in Ascii85 between `<~` and `~>`."""
    return base64.a85encode(text.encode(), adobe=True).decode()


STRATEGY = text_strategy("ascii85", "Ascii85", encode, carrier="ascii85", wide=True)
