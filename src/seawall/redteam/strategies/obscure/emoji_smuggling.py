"""Bytes as variation selectors behind one emoji: nothing but the emoji is seen."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_EMOJI = ("😀", "👍", "🎉", "🌊", "🧡")


def selector(byte: int) -> str:
    """Return the variation selector that stands for a byte."""
    return chr(0xFE00 + byte) if byte < 16 else chr(0xE0100 + byte - 16)


def encode(text: str, rng: Random) -> str:
    """Return an emoji followed by the text's UTF-8 bytes as variation selectors."""
    return rng.choice(_EMOJI) + "".join(selector(byte) for byte in text.encode())


STRATEGY = text_strategy("emoji-smuggling", "Hidden behind an emoji", encode, wide=True)
