"""CTL-LOOPS: an agent that sends the same request again and again."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench

_TRIES = 30


def _through(bench: Bench) -> bool:
    answers = [bench.ask("Try once more.", session="stuck") for _ in range(_TRIES)]
    served = [bench.served(one, "loop_detected") for one in answers]
    return all(served)


DRILL = Drill(
    control="CTL-LOOPS",
    what=f"the same request {_TRIES} times in a session",
    through=_through,
    without={},
    stopped="it was refused after some of them",
)
