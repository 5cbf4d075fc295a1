"""Paper that was scanned two or three degrees askew."""

from random import Random

from seawall.redteam.payloads.images import Look, render
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    look = Look(angle=rng.choice((-3.0, -2.0, 2.0, 3.0)), size=30)
    return Variant(image=render(text, look, rng))


STRATEGY = Strategy(
    id="image-rotated",
    title="Image: rotated",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
)
