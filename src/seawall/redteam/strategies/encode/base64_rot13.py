"""Two layers: rot13, then base64."""

import base64
import codecs
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return base64 of the text in rot13."""
    return base64.b64encode(codecs.encode(text, "rot13").encode()).decode()


STRATEGY = text_strategy("base64-rot13", "Base64 of rot13", encode, carrier="base64 of rot13")
