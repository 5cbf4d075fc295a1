"""A value is made once, however many threads ask for it at first."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from seawall.core.once import Once


def test_threads_that_ask_at_once_get_one_value() -> None:
    made: list[object] = []
    together = threading.Barrier(8)

    def make() -> object:
        time.sleep(0.02)
        made.append(object())
        return made[-1]

    once = Once(make)

    def ask(_: int) -> object:
        together.wait(5)
        return once()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert all(one is made[0] for one in found)


def test_none_is_a_value_too() -> None:
    asked: list[int] = []
    once = Once(lambda: asked.append(1))
    once()
    once()
    assert asked == [1]


def test_what_could_not_be_made_is_tried_again() -> None:
    tried: list[int] = []

    def make() -> int:
        tried.append(1)
        if len(tried) < 2:
            raise OSError("not yet")
        return 7

    once = Once(make)
    with pytest.raises(OSError, match="not yet"):
        once()
    assert (once(), once(), len(tried)) == (7, 7, 2)
