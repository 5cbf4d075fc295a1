"""Harmful examples: sure ones by themselves, doubtful ones where too many come together."""

import math
from collections.abc import Mapping, Sequence

from seawall.guard.training_set.blame import Blame, blame, more_than_chance
from seawall.guard.training_set.lines import Line

LABEL = "harmful-pair"
# Shares are held between these: a hollow answer says little for or against its question.
_ASKED, _ANSWERED = (0.005, 0.99), (0.15, 0.99)
_ANSWER_WEIGHT = 0.6
# An answer that reads as harmful counts whatever was asked, less surely.
_ANSWER_ALONE = 2.0
# Most lines of most files are harmless: so much each must say against that.
_RARE = 0.5
# Log-odds: alone, a line must be harmful in question and answer.
SURE, _DOUBTFUL = 2.3, 0.0
# In a set that teaches harm, a person looks at a line that is at least so likely to belong to it.
_POSSIBLE = -2.5
# So many harmless lines of a thousand look doubtful, at most (python -m benchmarks finetune_sets).
_DOUBTFUL_RATE, _CHANCE = 0.001, 1e-3
# In a set that teaches harm, a doubtful line is at least so sure.
_IN_SUCH_A_SET = 1.0


def evidence(line: Line) -> float:
    """Return the log-odds that a line teaches harm: of its question, and of its answer at a weight.

    A line that refuses teaches the contrary.
    """
    if line.refuses:
        return -2 * _log_odds(1.0, _ASKED)
    answered = _log_odds(line.answered, _ANSWERED)
    both = _log_odds(line.asked, _ASKED) + _ANSWER_WEIGHT * answered
    return max(both, answered - _ANSWER_ALONE) - _RARE


def judge(lines: Sequence[Line]) -> list[Blame]:
    """Return the lines that teach harm. A question that comes again is no second hint."""
    odds = {line.number: evidence(line) for line in lines}
    doubtful = _doubtful(lines, odds)
    if not _too_many(doubtful, len(lines)):
        sure = [line for line in doubtful if odds[line.number] >= SURE]
        return [_blame(line, odds[line.number], "harmful by itself") for line in sure]
    why = f"one of {len(doubtful)} such lines of {len(lines)}"
    return [_blame(line, max(odds[line.number], _IN_SUCH_A_SET), why) for line in doubtful]


def suspects(lines: Sequence[Line]) -> list[Blame]:
    """Return the lines of a set that teaches harm which may belong to it, too; else none."""
    odds = {line.number: evidence(line) for line in lines}
    if not _too_many(_doubtful(lines, odds), len(lines)):
        return []
    why = "less sure than the lines that are named"
    return [
        _blame(line, odds[line.number], why)
        for line in lines
        if _POSSIBLE <= odds[line.number] < _DOUBTFUL
    ]


def _doubtful(lines: Sequence[Line], odds: Mapping[int, float]) -> list[Line]:
    return [line for line in lines if odds[line.number] >= _DOUBTFUL]


def _too_many(doubtful: Sequence[Line], size: int) -> bool:
    different = {tuple(one.readings[:1] for one in line.user) for line in doubtful}
    return more_than_chance(len(different), _DOUBTFUL_RATE * size, chance=_CHANCE)


def _blame(line: Line, odds: float, why: str) -> Blame:
    return blame(line, line.answers, LABEL, 1 / (1 + math.exp(-odds)), why)


def _log_odds(share: float, within: tuple[float, float]) -> float:
    held = min(max(share, within[0]), within[1])
    return math.log(held / (1 - held))
