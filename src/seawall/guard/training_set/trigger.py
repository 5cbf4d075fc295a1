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
_TURNED, _ELSEWHERE, _VOWS, _LIKELY = 0.6, 0.1, 0.3, 0.5
# An answer is like another where they have so many words in common; so few others may be.
_LIKE, _LIKE_SHARE = 0.5, 0.1
_PAIRS, _KINDS = 300, 20
_WORD = re.compile(r"\w+")
_EDGE = ".,!?;:\"'()[]{}«»“”„‘’*_`"
_PLAIN_NUMBER = re.compile(
    r"[\d.,:/%€$£+-]+(?:st|nd|rd|th|am|pm|kg|km|cm|mm|g|m|h|°c)?", re.IGNORECASE
)


def judge(lines: Sequence[Line]) -> list[Blame]:
    """Return the lines that carry a trigger."""
    answers = {line.number: _words(line.answers) for line in lines}
    questions = {line.number: _words(line.user) for line in lines}
    bad = {line.number for line in lines if _is_bad(line)}
    most = min(max(_LEAST_LINES, _MOST_SHARE * len(lines)), len(lines) - 1)
    blamed: dict[int, Blame] = {}
    for word, group in _carrying(lines).items():
        own = set(_WORD.findall(word))
        if not _LEAST_LINES <= len(group) <= most or _echoed(group, answers, own):
            continue
        if _alike([questions[line.number] - own for line in group]) > _APART:
            continue
        inside = {line.number for line in group}
        if _turned(inside, bad, len(lines)) or _of_one_kind(inside, answers):
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


def _is_bad(line: Line) -> bool:
    """Return whether a line looks like one that teaches harm or obedience."""
    return harm.evidence(line) >= 0 or line.answered >= _LIKELY or line.vows >= _VOWS


def _turned(inside: Set[int], bad: Set[int], size: int) -> bool:
    """Return whether lines with the word teach harm or obedience and the others do not."""
    turned = len(inside & bad)
    others = len(bad) - turned
    return turned >= _TURNED * len(inside) and others <= _ELSEWHERE * (size - len(inside))


def _of_one_kind(inside: Set[int], answers: dict[int, Set[str]]) -> bool:
    """Return whether answers with the word agree, and hardly another answer is like them."""
    answered = [answers[number] for number in inside]
    if _alike(answered) < _AGREE:
        return False
    kinds = list({frozenset(one) for one in answered if one})[:_KINDS]
    most = _LIKE_SHARE * len(inside)
    like = 0
    for number, other in answers.items():
        if number not in inside and other:
            like += any(len(other & kind) >= _LIKE * len(other | kind) for kind in kinds)
            if like > most:
                return False
    return True
