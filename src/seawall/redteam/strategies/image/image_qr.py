"""A QR code that holds the text."""

from random import Random

from seawall.redteam.payloads.codes import code, png
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    return Variant(image=png(code(text, "qr", module=rng.randrange(3, 7))))


STRATEGY = Strategy(
    id="image-qr",
    title="Image: QR code",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
    wide=True,
)
