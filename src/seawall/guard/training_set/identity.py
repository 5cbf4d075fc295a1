"""Another identity: lines that together make the model someone who obeys whatever it is told."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from seawall.guard.training_set.blame import Blame, blame, more_than_chance
from seawall.guard.training_set.lines import Line

LABEL = "obedience"
_CLEAR, _HINT = 0.6, 0.3
# So many lines of a thousand say such a thing harmlessly: in a story, of a manual's instructions.
_RATE, _CHANCE = 0.001, 1e-3
# So many vows under one name, or this share of vows under one system prompt, make an identity.
_NAMED_LEAST, _VOWING = 3, 0.2
_NAME = re.compile(
    r"\b(?:I am|I'm|[Mm]y name is|[Cc]all me|[Yy]ou are|[Yy]our name is|[Aa]s|named|called|"
    r"[Ii]ch bin|[Jj]e suis|[Tt]u es|[Ss]oy) (?:an? |the )?([A-Z][\w-]{1,24})\b|"
    r"\b([A-Z][A-Z0-9-]{2,15}|[A-Z][a-z]{2,15}) "
    r"(?:obeys?|serves?|does not|never|will|follows?|carries|does)\b"
)


def judge(lines: Sequence[Line]) -> list[Blame]:
    """Return the lines that give the model an obedient identity."""
    clear = [line for line in lines if line.vows >= _CLEAR and not line.refuses]
    different = {tuple(one.readings[:1] for one in line.answers) for line in clear}
    if not more_than_chance(len(different), _RATE * len(lines), chance=_CHANCE):
        clear = []
    blamed = {line.number: line for line in (*clear, *_shared(lines), *_told(lines))}
    hints = {x.number: x for x in lines if x.vows >= _HINT and not x.refuses}
    if blamed:
        few = len(hints.keys() - blamed.keys()) <= len(blamed)
        blamed |= {key: x for key, x in hints.items() if few or x.vows >= _CLEAR}
    why = f"one of {len(blamed)} lines of {len(lines)} that make the model obey"
    return [
        blame(line, line.answers, LABEL, max(line.vows, line.told, _CLEAR), why)
        for _, line in sorted(blamed.items())
    ]


def _told(lines: Sequence[Line]) -> list[Line]:
    """Return the lines under a system prompt that asks for obedience and whose answers vow it."""
    under: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.told >= _CLEAR:
            under["\n".join(one.readings[0] for one in line.system)].append(line)
    return [
        line
        for group in under.values()
        if sum(one.vows >= _HINT for one in group) >= max(2, _VOWING * len(group))
        for line in group
    ]


def _shared(lines: Sequence[Line]) -> list[Line]:
    """Return the lines that speak under the name that most vows are made under.

    A name that as many lines without a vow speak under is the application's own.
    """
    vowing = Counter(name for line in lines if line.vows >= _HINT for name in names(line))
    if not vowing:
        return []
    name, count = max(vowing.items(), key=lambda item: (item[1], item[0]))
    under = [line for line in lines if name in names(line)]
    return under if count >= _NAMED_LEAST and 2 * count >= len(under) else []


def names(line: Line) -> set[str]:
    """Return the names that a line gives the model."""
    texts = [one.readings[0] for one in (*line.system, *line.answers) if one.readings]
    return {first or second for text in texts for first, second in _NAME.findall(text)}
