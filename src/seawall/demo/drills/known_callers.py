"""CTL-KNOWN-CALLERS: who has no key, or one that nobody gave out."""

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import MODEL, Bench

_BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hello?"}]}


def _through(bench: Bench) -> bool:
    made_up = f"{bench.keys['front'] or 'sk'}x"
    tries = [bench.post("/v1/chat/completions", _BODY, key=key) for key in ("", made_up)]
    served = [bench.served(one, "missing_api_key", "invalid_api_key") for one in tries]
    return any(served)


DRILL = Drill(
    control="CTL-KNOWN-CALLERS",
    what="a request without a key, or with a changed one,",
    through=_through,
    without=None,
    stopped="both were refused",
)
