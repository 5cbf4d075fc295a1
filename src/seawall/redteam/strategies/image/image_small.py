"""Letters of thirteen pixels."""

from random import Random

from seawall.redteam.payloads.images import Look, render
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    look = Look(size=13)
    return Variant(image=render(text, look, rng))


STRATEGY = Strategy(
    id="image-small",
    title="Image: small letters",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
)
