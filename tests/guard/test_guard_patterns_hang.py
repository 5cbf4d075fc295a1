"""No pattern of the guard hangs on hostile text: backtracking stays within bounds."""

import importlib
import pkgutil
import re
import signal
from collections.abc import Iterator
from itertools import product
from random import Random
from types import FrameType

import pytest

import seawall.guard as room

# An exponential pattern needs hours for this, any other some milliseconds.
LENGTH, GENEROUS_SECONDS = 1_200, 8
BITS = [
    *"aA10.-_ \n*~`<>/\\%&#;=+'\",:xU()[]{}|$@!é",
    "\\x4", "&#", "0x", "![", "](", "http://", "<a ", "<!--", "part 1:", "chr(1", "ab", "12 ",
    "a.", "key=",
]  # fmt: skip


def _inside(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _inside(item)


def patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for info in pkgutil.walk_packages(room.__path__, "seawall.guard."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            for number, pattern in enumerate(_inside(value)):
                if isinstance(pattern.pattern, str):
                    found[f"{info.name}.{name}[{number}]"] = pattern
    return found


class HangingError(Exception):
    """The alarm went off."""


def _alarm(_number: int, _frame: FrameType | None) -> None:
    raise HangingError


def _hostile() -> list[str]:
    pairs = [a + b for a, b in product(BITS, BITS)]
    return [*BITS, *Random(7).sample(pairs, 220)]


@pytest.mark.parametrize("name", sorted(patterns()))
def test_no_pattern_hangs(name: str) -> None:
    pattern, before = patterns()[name], signal.signal(signal.SIGALRM, _alarm)
    text = ""
    try:
        for bit in _hostile():
            text = bit * (LENGTH // len(bit)) + "\x01"
            signal.setitimer(signal.ITIMER_REAL, GENEROUS_SECONDS)
            for _ in pattern.finditer(text):
                pass
    except HangingError:
        pytest.fail(f"{name} hangs on {text[:20]!r} repeated")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
