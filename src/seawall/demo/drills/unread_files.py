"""CTL-UNREAD-FILES: a document whose format no guard reads."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench

_DOCUMENT = b"%PDF-1.7 what nobody here reads"


def _through(bench: Bench) -> bool:
    bench.served(bench.upload("notes.pdf", _DOCUMENT), "unsupported_file")
    return bench.provider.stored > 0


DRILL = Drill(
    control="CTL-UNREAD-FILES",
    what="a document that no guard reads",
    through=_through,
    without={"files": {"unread_types": ["application/pdf"]}},
)
