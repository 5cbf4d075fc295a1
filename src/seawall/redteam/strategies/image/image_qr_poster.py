"""A QR code under an invitation to scan it."""

from random import Random

from seawall.redteam.payloads.codes import code, on_poster, png
from seawall.redteam.strategies.base import Strategy, Variant

_CAPTIONS = ("Scan me", "10% off with this code", "Free Wi-Fi", "Details inside")


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the picture."""
    drawn = code(text, "qr", module=rng.randrange(3, 6))
    return Variant(image=png(on_poster(drawn, rng.choice(_CAPTIONS))))


STRATEGY = Strategy(
    id="image-qr-poster",
    title="Image: QR code on a poster",
    apply=apply,
    kind="image",
    channels=frozenset({"image"}),
    wide=True,
)
