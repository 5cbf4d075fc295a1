"""The reading of lines whose words stand from last to first."""

import re
from collections.abc import Iterator
from itertools import pairwise

from seawall.guard.contract import View
from seawall.guard.reading.mapped import child_kind, run

_SAYS = re.compile(
    r"(?i)\b(?:revers|backward|last to first|right to left|from the end|rückwärts|umgekehrt|"
    r"à l'envers|au rev|al rev[eé]s|al contrario|ao contr|achterstevoren|wstecz|"
    r"ters(?:i|in|ine|ten|yüz)?\b)"
)
_LINE = re.compile(r"[\n:]")
_LEFT = re.compile(rb"\x01+")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A preposition or "and" stands before an article, seldom behind it: that tells the direction.
_BEFORE = _words(
    "of in to on for with from by at into about and is are was or if than over under "
    "von zu auf für an bei aus nach und ist sind oder mit durch über dans pour sur avec par et est "
    "en con por para di per tra sobre van op voor met uit aan naar"
)
_ARTICLES = _words(
    "the an your my their its our der dem den ein eine einen einer keine dein deine le la les un une "
    "vos votre cette el los las una il lo gli uma het een jouw"
)
# Prose has such a pair in every stretch of so many words; so many about a pair that stands the
# other way round are always turned.
_REACH, _KEPT, _LEAST = 10, 8, 3
_ENDS = (".", "!", "?", ".'", '."', ".)")


def word_order(view: View) -> View | None:
    """Return each line's words from last to first, where the text speaks of reversing.

    Stretches that read forwards as they stand are left out.
    """
    if not _SAYS.search(view.text):
        return None
    lines = [stretch[::-1] for line in _LINE.split(view.text) for stretch in _stretches(line)]
    text = "\n".join(map(" ".join, lines))
    return run(view, child_kind(view, "word-order"), text, 0, len(view.text)) if text else None


def _stretches(line: str) -> Iterator[list[str]]:
    """Yield what does not read forwards in a line: words away from pairs that do, or near others."""
    words = line.split()
    pairs = list(enumerate(pairwise([word.lower() for word in words])))
    left = bytearray(b"\1" * len(words))
    last = -_REACH
    for at in [i for i, (a, b) in pairs if a in _BEFORE and b in _ARTICLES]:
        first, end = _sentence(words, at)
        near = slice(last if at - last <= _REACH else first, end)
        left[near] = bytes(near.stop - near.start)
        last = at
    for at in [i for i, (a, b) in pairs if a in _ARTICLES and b in _BEFORE]:
        near = slice(max(0, at - _KEPT), min(len(words), at + 2 + _KEPT))
        left[near] = b"\1" * (near.stop - near.start)
    least = _LEAST if 0 in left else 2
    for found in _LEFT.finditer(left):
        if found.end() - found.start() >= least:
            yield words[slice(*found.span())]


def _sentence(words: list[str], at: int) -> tuple[int, int]:
    """Return where the sentence of the pair at a place begins and ends; the pair's own ends if far."""
    before = range(at, max(-1, at - _REACH), -1)
    behind = range(at + 2, min(len(words), at + 2 + _REACH) + 1)
    first = next((i for i in before if i == 0 or words[i - 1].endswith(_ENDS)), at)
    end = next((i for i in behind if i == len(words) or words[i - 1].endswith(_ENDS)), at + 2)
    return first, end
