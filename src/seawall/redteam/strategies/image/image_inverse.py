"""White letters on a black ground."""

from random import Random

from seawall.redteam.payloads.images import Look, render
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    look = Look(ink=(255, 255, 255), paper=(12, 12, 12))
    return Variant(image=render(text, look, rng))


STRATEGY = Strategy(
    id="image-inverse",
    title="Image: white on black",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
)
