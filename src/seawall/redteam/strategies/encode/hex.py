"""Hexadecimal bytes: in one run, separated by spaces, or as \\x escapes."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, rng: Random) -> str:
    """Return the text's UTF-8 bytes in hexadecimal."""
    data = text.encode()
    style = rng.choice(("run", "spaces", "escapes"))
    if style == "run":
        return data.hex()
    if style == "spaces":
        return data.hex(" ")
    return "".join(f"\\x{byte:02x}" for byte in data)


STRATEGY = text_strategy("hex", "Hexadecimal", encode, carrier="hex")
