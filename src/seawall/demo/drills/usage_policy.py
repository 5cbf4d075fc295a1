"""CTL-USAGE-POLICY: a user who has accepted nothing."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench


def _through(bench: Bench) -> bool:
    before = bench.served(bench.ask("Hello?", user="anna"), "usage_policy_not_accepted")
    if bench.on:
        version = bench.policy.usage_policy.version
        bench.post("/v1/seawall/acceptance", {"user": "anna", "version": version})
        if not bench.ask("Hello?", user="anna").answered:
            raise ValueError("a user who accepted is still refused")
    return before


DRILL = Drill(
    control="CTL-USAGE-POLICY",
    what="a request of a user who has accepted no policy",
    through=_through,
    without={"usage_policy": {"required": False}},
)
