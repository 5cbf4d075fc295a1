"""Compatibility characters: fullwidth, mathematical bold or circled letters."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def _fullwidth(c: str) -> str:
    return chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c


def _bold(c: str) -> str:
    if "a" <= c <= "z":
        return chr(0x1D41A + ord(c) - ord("a"))
    if "A" <= c <= "Z":
        return chr(0x1D400 + ord(c) - ord("A"))
    return c


def encode(text: str, rng: Random) -> str:
    """Return the text in letters that NFKC maps back to ASCII."""
    change = rng.choice((_fullwidth, _bold))
    return "".join(change(c) for c in text)


STRATEGY = text_strategy("fullwidth", "Fullwidth and mathematical letters", encode)
