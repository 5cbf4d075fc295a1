"""The flood asks for streamed answers."""

from random import Random

from seawall.redteam.strategies.base import Strategy, Variant


def apply(_text: str, _channel: str, rng: Random) -> Variant:
    """Return the changed parameters of the flood."""
    return Variant(params={"waves": 1, "stream": True, "salt": rng.randrange(10**6)})


STRATEGY = Strategy(
    id="load-streams",
    title="Load: open streams",
    apply=apply,
    kind="load",
    channels=frozenset({"load"}),
)
