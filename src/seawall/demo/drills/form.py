"""CTL-FORM: an answer that is not the JSON that was asked for."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench
from seawall.demo.drills.servers import said

_SCHEMA = {"type": "object", "properties": {"paid": {"type": "boolean"}}, "required": ["paid"]}
_FORM = {"type": "json_schema", "json_schema": {"name": "bill", "schema": _SCHEMA}}


def _through(bench: Bench) -> bool:
    bench.provider.answer = lambda _: said('{"paid": "perhaps"}')
    answer = bench.ask("Is it paid?", response_format=_FORM)
    return bench.served(answer, "CTL-FORM") and "CTL-FORM" not in answer.controls


DRILL = Drill(
    control="CTL-FORM",
    what="an answer of another form",
    through=_through,
    without={},
    stopped="it was stopped or flagged",
)
