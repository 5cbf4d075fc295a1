"""The flood in three waves, one after the other."""

from random import Random

from seawall.redteam.strategies.base import Strategy, Variant


def apply(_text: str, _channel: str, rng: Random) -> Variant:
    """Return the changed parameters of the flood."""
    return Variant(params={"waves": 3, "stream": False, "salt": rng.randrange(10**6)})


STRATEGY = Strategy(
    id="load-waves",
    title="Load: in waves",
    apply=apply,
    kind="load",
    channels=frozenset({"load"}),
)
