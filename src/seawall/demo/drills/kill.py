"""CTL-KILL: a function goes on asking after it was switched off."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import FRONT, Bench
from seawall.store.kills import kill


def _through(bench: Bench) -> bool:
    if bench.on:
        kill(bench.store, "function", FRONT, reason="a drill")
        bench.kills.renew()
    return bench.served(bench.ask("Hello?"), "switched_off")


DRILL = Drill(
    control="CTL-KILL",
    what="a request of a function that has to stop",
    through=_through,
    without={},
)
