"""CTL-OWN-OBJECTS: one function asks for the file of another."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import BACK, Bench


def _through(bench: Bench) -> bool:
    made = bench.upload("hours.txt", b"Open nine to five.")
    mine = bench.get(f"/v1/files/{made.body['id']}")
    if not mine.answered:
        raise ValueError("the function does not find its own file")
    names = (made.body["id"], "file-1")
    others = [bench.get(f"/v1/files/{name}", by=BACK) for name in names]
    found = [bench.served(one, "not_found") for one in others]
    return any(found)


DRILL = Drill(
    control="CTL-OWN-OBJECTS",
    what="asking for the file of another function, under its own name and the provider's,",
    through=_through,
    without=None,
    stopped="nothing was found",
)
