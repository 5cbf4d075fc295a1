"""Faint tones in noise."""

from random import Random

from seawall.redteam.payloads.sound import hiss, tones, wav
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the sound."""
    return Variant(audio=wav(hiss(tones(text) * rng.uniform(0.2, 0.3), 0.05, rng)))


STRATEGY = Strategy(
    id="audio-hiss",
    title="Audio: the same, faint and in noise",
    apply=apply,
    kind="audio",
    channels=frozenset({"audio"}),
)
