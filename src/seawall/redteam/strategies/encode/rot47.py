"""All printable ASCII signs moved by 47 places."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text in rot47."""
    return "".join(chr(33 + (ord(c) + 14) % 94) if "!" <= c <= "~" else c for c in text)


STRATEGY = text_strategy("rot47", "Rot47", encode, carrier="rot47", wide=True)
