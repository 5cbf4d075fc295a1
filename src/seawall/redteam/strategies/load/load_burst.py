"""The whole flood in one wave."""

from random import Random

from seawall.redteam.strategies.base import Strategy, Variant


def apply(_text: str, _channel: str, rng: Random) -> Variant:
    """Return the changed parameters of the flood."""
    return Variant(params={"waves": 1, "stream": False, "salt": rng.randrange(10**6)})


STRATEGY = Strategy(
    id="load-burst",
    title="Load: all at once",
    apply=apply,
    kind="load",
    channels=frozenset({"load"}),
)
