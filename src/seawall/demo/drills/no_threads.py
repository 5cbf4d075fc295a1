"""CTL-NO-THREADS: a conversation that is taken up again by its id."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import MODEL, Bench


def _through(bench: Bench) -> bool:
    first = bench.post("/v1/responses", {"model": MODEL, "input": "I am Anna.", "store": True})
    if not first.answered:
        raise ValueError("the first request was not answered")
    again = {"model": MODEL, "input": "Who am I?", "previous_response_id": first.body["id"]}
    return bench.served(bench.post("/v1/responses", again), "previous_response_not_found")


DRILL = Drill(
    control="CTL-NO-THREADS",
    what="taking up an earlier conversation by its id",
    through=_through,
    without={"conversations": {"keep_hours": 24}},
    shared={"consent": {"training_opt_out": False}},
    stopped="nothing was kept",
)
