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


def seconds_of_others(work: Callable[[], object], rounds: int = 3) -> tuple[float, float]:
    """Return the least CPU time that other threads took beside some rounds of work, and what the
    work itself took then, in seconds.
    """
    found = []
    for _ in range(rounds):
        whole, own = time.process_time(), time.thread_time()
        work()
        own = time.thread_time() - own
        found.append((time.process_time() - whole - own, own))
    return min(found)
