"""Turned letters from the last to the first, to be read with the page upside down."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_TURNED = str.maketrans("abcdefghijklmnopqrtuvwyz.,!?'", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹʇnʌʍʎz˙'¡¿,")


def encode(text: str, _rng: Random) -> str:
    """Return the text turned by half a circle; case is lost, s and x look the same."""
    return text.lower().translate(_TURNED)[::-1]


STRATEGY = text_strategy(
    "upside-down", "Upside-down letters", encode, carrier="upside-down letters", exact=False,
    wide=True,
)  # fmt: skip
