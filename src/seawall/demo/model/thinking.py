"""Orders to think for long and say little: the simulated model thinks, and its provider bills it."""

import re
from collections.abc import Iterator, Sequence

from seawall.demo.model.wish import Setting, Wish, flat

_THINK = re.compile(
    r"\b(?:check|think|simulate|work out|try|verify|spell|reason|debate|consider|go through|compare|prüfe|denk\w*|"
    r"überleg\w*|réfléchis|pense|vérifie|piensa|comprueba|considera)\b",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"\b(?:silent(?:ly)?|silence|in your (?:head|thoughts|mind)|mentally|one by one|one at a time|"
    r"one after the other|(?:separate |single )?steps|before you (?:answer|reply|tell)|im kopf|einzeln|bevor du|"
    r"en silence|une par une|paso a paso|una por una|antes de)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[\d.,' ]*\d")
_LEAST, _MOST, _EACH = 500, 30_000, 3


def deliberation(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish for thoughts in hundreds of steps."""
    line = flat(text)
    if not (_THINK.search(line) and _SILENT.search(line)):
        return
    counts = [int(re.sub(r"\D", "", found)) for found in _NUMBER.findall(line)]
    if counts and max(counts) >= _LEAST:
        yield Wish(kind="think", payload=str(max(counts)))


def tokens_of(wishes: Sequence[Wish]) -> int:
    """Return the tokens that a model without measure thinks in, three for each step."""
    steps = sum(int(wish.payload) for wish in wishes if wish.kind == "think")
    return min(_MOST, _EACH * steps)
