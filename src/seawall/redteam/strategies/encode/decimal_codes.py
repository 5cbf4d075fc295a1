"""Every byte as a decimal number."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the text's UTF-8 bytes as decimal numbers."""
    return rng.choice((" ", ", ", ",")).join(str(byte) for byte in text.encode())


STRATEGY = text_strategy(
    "decimal-codes", "Decimal character codes", encode, carrier="ASCII codes", wide=True
)
