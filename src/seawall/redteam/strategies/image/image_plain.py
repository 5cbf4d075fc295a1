"""Black letters on white paper."""

from random import Random

from seawall.redteam.payloads.images import Look, render
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    look = Look(size=rng.randrange(24, 34))
    return Variant(image=render(text, look, rng))


STRATEGY = Strategy(
    id="image-plain",
    title="Image: black on white",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
)
