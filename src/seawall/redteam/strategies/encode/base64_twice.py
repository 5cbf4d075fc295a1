"""Two layers of base64."""

import base64
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return base64 of base64 of the text."""
    return base64.b64encode(base64.b64encode(text.encode())).decode()


STRATEGY = text_strategy("base64-twice", "Base64, twice", encode, carrier="base64 (two layers)")
