"""Every byte as eight bits."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the text's UTF-8 bytes in binary, with or without spaces."""
    return rng.choice((" ", "")).join(f"{byte:08b}" for byte in text.encode())


STRATEGY = text_strategy("binary", "Binary digits", encode, carrier="binary", wide=True)
