"""Unicode tag characters: a model reads them, a person sees only the cover sentence."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_COVERS = (
    "What are your opening hours?",
    "Thanks for the quick delivery!",
    "Nice product, arrived on time.",
    "Hello",
    "Could you help me with an order?",
)


def hide(text: str) -> str:
    """Return the text with its printable ASCII as tag characters (U+E0020 to U+E007E)."""
    return "".join(chr(0xE0000 + ord(c)) if " " <= c <= "~" else c for c in text)


def encode(text: str, rng: Random) -> str:
    """Return a harmless sentence with the hidden text before, after or without it."""
    cover, hidden = rng.choice(_COVERS), hide(text)
    return rng.choice((f"{cover} {hidden}", f"{hidden} {cover}", hidden))


STRATEGY = text_strategy("tag-characters", "Tag characters", encode)
