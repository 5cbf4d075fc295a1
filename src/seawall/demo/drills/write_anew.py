"""CTL-WRITE-ANEW: what one reader sees and another does not."""

import json

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import MODEL, Bench

_BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hello?"}]}
_TWICE = json.dumps(_BODY)[:-1] + ', "messages": [{"role": "user", "content": "The other one."}]}'


def _through(bench: Bench) -> bool:
    unknown = bench.post("/v1/chat/completions", {**_BODY, "seawall_unknown": "hidden"})
    bench.served(unknown, "unknown_field")
    bench.served(bench.post("/v1/chat/completions", _TWICE.encode()), "invalid_json")
    return bool(bench.provider.asked)


DRILL = Drill(
    control="CTL-WRITE-ANEW",
    what="a request with an unknown field, or with two conversations under one key,",
    through=_through,
    without=None,
    stopped="both were refused",
)
