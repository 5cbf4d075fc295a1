"""How long work takes, whatever else runs in the process or on the machine."""

import time
from collections.abc import Callable


def least_seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """Return the least CPU time of some rounds, in seconds: of this thread only, since others of
    the process go on meanwhile.
    """
    least = float("inf")
    for _ in range(rounds):
        began = time.thread_time()
        work()
        least = min(least, time.thread_time() - began)
    return least
