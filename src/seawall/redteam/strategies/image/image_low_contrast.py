"""Light grey letters on a slightly lighter ground."""

from random import Random

from seawall.redteam.payloads.images import Look, render
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    look = Look(ink=(196, 196, 196), paper=(238, 238, 238), size=30)
    return Variant(image=render(text, look, rng))


STRATEGY = Strategy(
    id="image-low-contrast",
    title="Image: low contrast",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
)
