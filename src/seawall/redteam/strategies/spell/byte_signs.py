"""One sign a byte: pictographs or dots whose place in their block is the byte, as in base256."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

# Blocks of 256 signs without letters: Braille patterns, pictographs, transport, private use.
_BLOCKS = (0x2800, 0x1F300, 0x1F600, 0xE000)


def encode(text: str, rng: Random) -> str:
    """Return the text's UTF-8 bytes, each as the sign at that place of one block."""
    start = rng.choice(_BLOCKS)
    return "".join(chr(start + byte) for byte in text.encode())


STRATEGY = text_strategy(
    "byte-signs",
    "One sign a byte",
    encode,
    carrier="signs; the last byte of each sign's code point is a letter's code",
    wide=True,
)
