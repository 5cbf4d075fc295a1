"""Percent-encoding of every byte."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text with every UTF-8 byte as %XX."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


STRATEGY = text_strategy("url", "URL encoding", encode, carrier="URL encoding")
