"""A Data Matrix code that holds the text."""

from random import Random

from seawall.redteam.payloads.codes import code, png
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    return Variant(image=png(code(text, "data-matrix", module=rng.randrange(4, 8))))


STRATEGY = Strategy(
    id="image-data-matrix",
    title="Image: Data Matrix code",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
    wide=True,
)
