"""What a judgement of a training file says: which lines, for what, how surely."""

import math
from collections.abc import Iterable

import msgspec

from seawall.core.verdicts import Finding
from seawall.guard.training_set.lines import Line, Said


class Blame(msgspec.Struct, frozen=True, kw_only=True):
    """One line to take out: the part's pointer, and the finding that covers its text."""

    line: int
    where: str
    finding: Finding


def blame(line: Line, said: Iterable[Said], label: str, score: float, why: str) -> Blame:
    """Return the blame on a line, at the first of `said`, or wherever the line says something."""
    texts = (*said, *line.answers, *line.user, *line.system)
    where = texts[0].where if texts else f"/{line.number}"
    found = Finding(detector="finetune-harm", label=label, score=round(score, 3), message=why)
    return Blame(line=line.number, where=where, finding=found)


def more_than_chance(seen: int, expected: float, *, least: int = 3, chance: float = 1e-4) -> bool:
    """Return whether so many lines are hardly there by chance.

    The tail of Poisson's distribution: P(X >= seen) <= `chance` where `expected` come on average.
    """
    if seen < least:
        return False
    term = math.exp(-expected)
    below = 0.0
    for count in range(seen):
        below += term
        term *= expected / (count + 1)
    return 1.0 - below <= chance
