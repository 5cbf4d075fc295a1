"""Percent-encoding, twice: one decoder on the way is not enough."""

from random import Random
from urllib.parse import quote

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text percent-encoded, with every percent sign encoded once more."""
    once = "".join(f"%{byte:02X}" for byte in text.encode())
    return quote(once, safe="")


STRATEGY = text_strategy(
    "url-twice", "URL encoding, twice", encode, carrier="URL encoding", wide=True
)
