"""CTL-NO-CONTENT-LOG: what somebody who reads the store finds of a conversation."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench
from seawall.store.captures import list_captures

_WORDS = "the plum jam of aunt Edeltraud"


def _through(bench: Bench) -> bool:
    bench.served(bench.ask(f"Tell me about {_WORDS}.", user="anna"))
    plain = any(
        _WORDS.encode() in path.read_bytes()
        for path in bench.store.folder.rglob("*")
        if path.is_file()
    )
    return plain or bool(list_captures(bench.store))


DRILL = Drill(
    control="CTL-NO-CONTENT-LOG",
    what="a conversation in the gateway's store",
    through=_through,
    without={"audit": {"capture": "full"}},
    shared={"consent": {"training_opt_out": False}},
    stopped="its words were not kept",
)
