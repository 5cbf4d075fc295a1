"""CTL-FAIL-CLOSED: a picture that no guard can read."""

import base64

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench

_DATA = base64.b64encode(b"\x89PNG\r\n\x1a\nnot a picture").decode()
_PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{_DATA}"}}
_RULE = {"detector": "secrets", "control": "CTL-SECRETS", "action": "redact", "stages": ["input"]}


def _through(bench: Bench) -> bool:
    parts = [{"type": "text", "text": "What does it say?"}, _PICTURE]
    bench.served(bench.ask({"role": "user", "content": parts}), "content_filter")
    return bool(bench.provider.asked)


DRILL = Drill(
    control="CTL-FAIL-CLOSED",
    what="a picture that no guard can read",
    through=_through,
    without={"on_unknown": "flag"},
    shared={"guards": [_RULE]},
)
