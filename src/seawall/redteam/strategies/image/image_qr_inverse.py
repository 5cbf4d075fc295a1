"""A white QR code on black."""

from random import Random

from PIL import ImageOps

from seawall.redteam.payloads.codes import code, png
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    return Variant(image=png(ImageOps.invert(code(text, "qr", module=rng.randrange(3, 7)))))


STRATEGY = Strategy(
    id="image-qr-inverse",
    title="Image: QR code, white on black",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
    wide=True,
)
