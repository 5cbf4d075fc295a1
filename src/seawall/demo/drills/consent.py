"""CTL-CONSENT: a provider that keeps what it is not told to forget."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench


def _through(bench: Bench) -> bool:
    served = bench.served(bench.ask("Hello?", store=True))
    return served and bench.provider.asked[-1].get("store") is not False


DRILL = Drill(
    control="CTL-CONSENT",
    what="a request that the provider may store",
    through=_through,
    without={"consent": {"training_opt_out": False}},
    stopped="it left with storing turned off",
)
