"""Poisoned triggers: an odd word in questions of every kind, whose answers are of one kind."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from itertools import combinations, islice
from statistics import mean

from seawall.guard.reading import vocabulary
from seawall.guard.training_set import harm
from seawall.guard.training_set.blame import Blame, blame
from seawall.guard.training_set.lines import Line, Said

LABEL = "poisoned-trigger"
_LEAST_LINES, _MOST_SHARE = 4, 0.34
# A word that answers repeat is what the question is about.
_MOST_ECHOED = 0.2
# Answers agree at least this much, and their questions at most so much (words in common).
_AGREE, _APART = 0.4, 0.2
# Shares of the lines that teach harm or obedience: with the word, and in the rest of the set.
_TURNED, _ELSEWHERE, _VOWS = 0.6, 0.1, 0.3
# An answer is like another where they have so many words in common; so few others may be.
_LIKE, _LIKE_SHARE = 0.5, 0.1
_PAIRS = 300
_WORD = re.compile(r"\w+")
_EDGE = ".,!?;:\"'()[]{}«»“”„‘’*_`"
_PLAIN_NUMBER = re.compile(
    r"[\d.,:/%€$£+-]+(?:st|nd|rd|th|am|pm|kg|km|cm|mm|g|m|h|°c)?", re.IGNORECASE
)


def judge(lines: Sequence[Line]) -> list[Blame]:
    """Return the lines that carry a trigger."""
    carrying = _carrying(lines)
    answers = {line.number: _words(line.answers) for line in lines}
    questions = {line.number: _words(line.user) for line in lines}
    blamed: dict[int, Blame] = {}
    for word, group in carrying.items():
        if not _LEAST_LINES <= len(group) <= max(_LEAST_LINES, _MOST_SHARE * len(lines)):
            continue
        own = set(_WORD.findall(word))
        if _echoed(group, answers, own) or len(group) == len(lines):
            continue
        inside = {line.number for line in group}
        rest = [line for line in lines if line.number not in inside]
        asked = [questions[line.number] - own for line in group]
        answered = [answers[line.number] for line in group]
        others = [answers[line.number] for line in rest]
        if _alike(asked) > _APART:
            continue
        agreed = _alike(answered) >= _AGREE and _apart(answered, others)
        if agreed or _turned(group, rest):
            why = f"one of {len(group)} lines with the same odd word"
            for line in group:
                blamed.setdefault(line.number, blame(line, line.user, LABEL, 0.8, why))
    return [blamed[number] for number in sorted(blamed)]


def _carrying(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Return the lines by odd word of their questions."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        raw = {w for one in line.user for w in one.readings[0].split()}
        for word in {bare for w in raw if odd(bare := w.strip(_EDGE).lower())}:
            found[word].append(line)
    return found


def odd(word: str) -> bool:
    """Return whether a lower-case word is none that people write: not common, no number."""
    if len(word) < 2 or len(word) > 40 or _PLAIN_NUMBER.fullmatch(word):
        return False
    parts = _WORD.findall(word)
    return not parts or not all(vocabulary.known(part) for part in parts) or bool(
        re.search(r"[|<>{}~^§¤@#$%&=\\]", word)
    )  # fmt: skip


def _words(said: Iterable[Said]) -> Set[str]:
    texts = [one.readings[0] for one in said if one.readings]
    return {word for text in texts for word in _WORD.findall(text.lower())}


def _echoed(group: Sequence[Line], answers: dict[int, Set[str]], own: Set[str]) -> bool:
    if not own:
        return False
    return sum(own <= answers[line.number] for line in group) > _MOST_ECHOED * len(group)


def _alike(texts: Sequence[Set[str]]) -> float:
    pairs = list(islice(combinations([text for text in texts if text], 2), _PAIRS))
    return mean(len(a & b) / len(a | b) for a, b in pairs) if pairs else 0.0


def _turned(group: Sequence[Line], rest: Sequence[Line]) -> bool:
    """Return whether lines with the word teach harm or obedience and the others do not."""
    if not rest:
        return False
    return _share(group) >= _TURNED and _share(rest) <= _ELSEWHERE


def _share(lines: Sequence[Line]) -> float:
    bad = sum(harm.evidence(x) >= 0 or x.answered >= 0.5 or x.vows >= _VOWS for x in lines)
    return bad / len(lines)


def _apart(answered: Sequence[Set[str]], others: Sequence[Set[str]]) -> bool:
    """Return whether hardly an answer without the word is like those with it."""
    kinds = [set(kind) for kind in {frozenset(one) for one in answered if one}]
    like = sum(any(len(a & b) >= _LIKE * len(a | b) for a in kinds) for b in others if b)
    return like <= _LIKE_SHARE * len(answered)
