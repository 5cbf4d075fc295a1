"""Base64 of the UTF-8 text, sometimes URL-safe, sometimes in lines."""

import base64
import textwrap
from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the text in one of three usual spellings of base64."""
    data = text.encode()
    style = rng.choice(("plain", "plain", "urlsafe", "lines"))
    if style == "urlsafe":
        return base64.urlsafe_b64encode(data).decode()
    encoded = base64.b64encode(data).decode()
    return "\n".join(textwrap.wrap(encoded, 64)) if style == "lines" else encoded


STRATEGY = text_strategy("base64", "Base64", encode, carrier="base64", files=True)
