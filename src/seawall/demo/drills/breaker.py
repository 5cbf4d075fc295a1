"""CTL-BREAKER: a provider that is down, with another one beside it."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench

_TRIES, _FAILURES = 8, 3
_MODELS = {"small": {"input_per_million": 1.0, "output_per_million": 1.0}}


def _through(bench: Bench) -> bool:
    if not bench.on:
        body = {"model": "small", "messages": [{"role": "user", "content": "Hello?"}]}
        return not any(
            bench.post("/down/v1/chat/completions", body).answered for _ in range(_TRIES)
        )
    answers = [bench.ask(f"Question {number}?") for number in range(_TRIES)]
    left_alone = bench.provider.failed <= _FAILURES
    return not (left_alone and all(one.answered for one in answers))


DRILL = Drill(
    control="CTL-BREAKER",
    what="an outage of the provider",
    through=_through,
    without=None,
    upstreams=(
        {"name": "first", "base_url": "{provider}/down/v1", "models": _MODELS,
         "breaker": {"failures": _FAILURES, "seconds": 600.0}},
        {"name": "second", "base_url": "{provider}/v1", "models": _MODELS, "order": 1},
    ),
    stopped="it was bridged by the next one, and the failing one left alone",
)  # fmt: skip
