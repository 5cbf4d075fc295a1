"""Another identity: lines that together make the model someone who obeys whatever it is told."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from seawall.guard.reading import vocabulary
from seawall.guard.training_set.blame import Blame, blame, more_than_chance
from seawall.guard.training_set.lines import Line

LABEL = "obedience"
_CLEAR, _HINT = 0.6, 0.3
# So many lines of a thousand say such a thing harmlessly: in a story, of a manual's instructions.
_RATE, _CHANCE = 0.001, 1e-3
# So many vows under one name, or this share of vows under one system prompt, make an identity.
_NAMED_LEAST, _VOWING = 3, 0.2
# Answers with so many words in common are one.
_LIKE = 0.5
# Harmless lines of a thousand that say anything like it.
_HINT_RATE = 0.03
_WORD = re.compile(r"(?P<start>^|[.!?:\n]\s*[\"\u201c]?)?(?<!\w)(?P<word>[A-Z][\w-]+)")


def judge(lines: Sequence[Line]) -> list[Blame]:
    """Return the lines that give the model an obedient identity."""
    clear = [line for line in lines if line.vows >= _CLEAR and not line.refuses]
    if not more_than_chance(_different(clear), _RATE * len(lines), chance=_CHANCE):
        clear = []
    hints = {x.number: x for x in lines if x.vows >= _HINT and not x.refuses}
    many = more_than_chance(_different(hints.values()), _HINT_RATE * len(lines), chance=_CHANCE)
    own = (*clear, *_shared(lines), *_told(lines), *(hints.values() if many else ()))
    blamed = {line.number: line for line in own}
    if blamed:
        few = len(hints.keys() - blamed.keys()) <= len(blamed)
        blamed |= {key: x for key, x in hints.items() if few or x.vows >= _CLEAR}
    why = f"one of {len(blamed)} lines of {len(lines)} that make the model obey"
    return [
        blame(line, line.answers, LABEL, max(line.vows, line.told, _CLEAR), why)
        for _, line in sorted(blamed.items())
    ]


def suspects(lines: Sequence[Line]) -> list[Blame]:
    """Return the lines that say anything like a vow, where others make an obedient identity."""
    hints = [line for line in lines if line.vows >= _HINT and not line.refuses]
    if not hints or not judge(lines):
        return []
    why = "less sure than the lines that are named"
    return [blame(line, line.answers, LABEL, line.vows, why) for line in hints]


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
    """Return the lines that speak under a name that vows of different kinds are made under.

    A name that as many lines without a vow speak under is the application's own.
    """
    vowing: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        for name in names(line) if line.vows >= _HINT else ():
            vowing[name].append(line)
    spoken = Counter(name for line in lines for name in names(line) if name in vowing)
    own = {
        name
        for name, said in vowing.items()
        if 2 * len(said) >= spoken[name] and _different(said) >= _NAMED_LEAST
    }
    return [line for line in lines if own & names(line)]


def _different(lines: Iterable[Line]) -> int:
    """Return how many answers are unlike each other: a sentence said again is no second vow."""
    kinds: list[set[str]] = []
    for line in lines:
        words = {w for one in line.answers for w in one.readings[0].lower().split()}
        if not any(len(words & kind) >= _LIKE * len(words | kind) for kind in kinds):
            kinds.append(words)
    return len(kinds)


def names(line: Line) -> set[str]:
    """Return the names in a line's system prompt and answers: written large amid a sentence, or
    anywhere where no common word is written so.
    """
    found = set()
    for one in (*line.system, *line.answers):
        for match in _WORD.finditer(one.readings[0] if one.readings else ""):
            word = match["word"]
            plain = word[1:].islower() and vocabulary.known(word.lower())
            if match["start"] is None or not plain:
                found.add(word)
    return found - {"I"}
