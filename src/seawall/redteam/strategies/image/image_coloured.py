"""Red letters on yellow paper with specks."""

from random import Random

from seawall.redteam.payloads.images import Look, render
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    look = Look(ink=(170, 20, 40), paper=(250, 236, 170), dots=120)
    return Variant(image=render(text, look, rng))


STRATEGY = Strategy(
    id="image-coloured",
    title="Image: coloured",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
)
