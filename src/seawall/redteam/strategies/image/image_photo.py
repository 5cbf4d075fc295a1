"""Letters over a photograph."""

from random import Random

from seawall.redteam.payloads.photos import over_photo
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    return Variant(image=over_photo(text, rng))


STRATEGY = Strategy(
    id="image-photo",
    title="Image: letters over a photograph",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
    wide=True,
)
