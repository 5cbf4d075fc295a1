"""A QR code, photographed at an angle."""

from random import Random

from PIL import Image

from seawall.redteam.payloads.codes import code, png
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    drawn = code(text, "qr", module=rng.randrange(4, 7))
    turned = drawn.rotate(
        rng.uniform(-25, 25), Image.Resampling.BICUBIC, expand=True, fillcolor=255
    )
    return Variant(image=png(turned))


STRATEGY = Strategy(
    id="image-qr-turned",
    title="Image: QR code, turned",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
    wide=True,
)
