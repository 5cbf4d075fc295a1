"""Two layers: base32, then base64."""

import base64
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return base64 of the text in base32."""
    return base64.b64encode(base64.b32encode(text.encode())).decode()


STRATEGY = text_strategy(
    "base32-base64", "Base64 of base32", encode, carrier="base64 of base32", wide=True
)
