"""CTL-CACHE-APART: another user sends the same question."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench
from seawall.demo.drills.servers import said


def _through(bench: Bench) -> bool:
    bench.provider.answer = lambda _: said(f"Answer {len(bench.provider.asked)}")
    bench.served(bench.ask("What do I owe?", user="anna"))
    other = bench.ask("What do I owe?", user="ben")
    return bench.served(other) and len(bench.provider.asked) == 1


DRILL = Drill(
    control="CTL-CACHE-APART",
    what="the kept answer of another user",
    through=_through,
    without={"cache": {"scope": "function"}},
    shared={"cache": {"seconds": 60.0}},
    stopped="it was not given out",
)
