"""Tones over a low hum."""

from random import Random

from seawall.redteam.payloads.sound import hum, tones, wav
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the sound."""
    return Variant(audio=wav(0.5 * tones(text) + hum(len(text.encode()), rng)))


STRATEGY = Strategy(
    id="audio-hum",
    title="Audio: the same over a low hum",
    apply=apply,
    kind="audio",
    channels=frozenset({"audio"}),
)
