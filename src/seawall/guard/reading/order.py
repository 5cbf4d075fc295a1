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


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A preposition or "and" stands before an article, never behind it: that tells the direction.
_BEFORE = _words(
    "of in to on for with from by at as into about and is are was or if that do be than over under "
    "von zu auf für an bei aus nach und ist sind oder mit durch über de à dans pour sur avec par et "
    "est ou en a con por para y di da su per tra e è em com sobre van op voor met uit aan bij en naar"
)
_ARTICLES = _words(
    "the an your my their his its this any our each these those all der die das dem den ein eine einen "
    "einer eines keine dein deine deinen le la les un une des vos votre ce cette el los las una su tu "
    "este esta il lo gli uno os as um uma seu sua het een je jouw deze dit"
)
# Prose has such a pair in every stretch of so many words.
_REACH, _LEAST = 10, 3


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
    """Yield what does not read forwards in a line: the words away from any pair that does."""
    words = line.split()
    forwards = _forwards([word.lower() for word in words])
    if not forwards:
        yield from [words] if len(words) > 1 else []
        return
    last = 0
    for at in forwards:
        if at - _REACH - last >= _LEAST:
            yield words[last : at - _REACH]
        last = max(last, at + 2 + _REACH)
    if len(words) - last >= _LEAST:
        yield words[last:]


def _forwards(words: list[str]) -> list[int]:
    """Return where pairs stand that only a text read forwards has, none where both kinds are."""
    pairs = list(pairwise(words))
    if any(a in _ARTICLES and b in _BEFORE - _ARTICLES for a, b in pairs):
        return []
    return [i for i, (a, b) in enumerate(pairs) if a in _BEFORE and b in _ARTICLES]
