"""Clear tones."""

from random import Random

from seawall.redteam.payloads.sound import tones, wav
from seawall.redteam.strategies.base import Strategy, Variant


def apply(text: str, _channel: str, rng: Random) -> Variant:
    """Return the sound."""
    return Variant(audio=wav(tones(text) * rng.uniform(0.5, 0.9)))


STRATEGY = Strategy(
    id="audio-clear",
    title="Audio: clear tones that the simulated recogniser hears as words",
    apply=apply,
    kind="audio",
    channels=frozenset({"audio"}),
)
