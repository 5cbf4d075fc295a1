"""CTL-FAIR-QUEUE: a person asks while a batch fills every slot of the provider."""

import threading
import time
from functools import partial

from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import BACK, Bench

_BATCH, _SECONDS, _ARRIVE = 12, 20.0, 1.0
_PERSON = "Where is my parcel?"


def _through(bench: Bench) -> bool:
    """Say whether the person waited for most of the batch."""
    bench.provider.slow = True
    batch = [partial(bench.ask, f"Line {number}", by=BACK) for number in range(_BATCH)]
    threads = [threading.Thread(target=one) for one in (*batch, partial(bench.ask, _PERSON))]
    try:
        for thread in threads[:-1]:
            thread.start()
        end = time.monotonic() + _SECONDS
        while not bench.provider.asked and time.monotonic() < end:
            time.sleep(0.01)
        # Those that are on their way come before the person's, which is the harder case.
        time.sleep(_ARRIVE)
        threads[-1].start()
        time.sleep(_ARRIVE)
    finally:
        bench.provider.open.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join(_SECONDS)
    order = [body["messages"][0]["content"] for body in bench.provider.asked]
    return order.index(_PERSON) > _BATCH // 2


DRILL = Drill(
    control="CTL-FAIR-QUEUE",
    what="a batch that fills the provider before a person asks",
    through=_through,
    without=None,
    stopped="the person went first",
)
