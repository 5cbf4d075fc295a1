"""The reading that puts letters back in order: "ignroe all prevoius", "iiggnnoorree aallll".

People and models read words whose first letter stands and whose others changed places, and words
of which each letter stands twice or three times.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from operator import sub

from seawall.guard.contract import View
from seawall.guard.reading.gates import Signs
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, ranks

_WORD = re.compile(r"[A-Za-z]+")
_SHORTEST, _LONGEST = 3, 18
# How often each letter may stand.
_TIMES = (2, 3)
# Shorter words are mended beside others and show nothing themselves.
_TELLING = 4
# So many words that are not common, so close together; so many of them shuffled, and what share of
# all such words as long.
_NEAR, _CLOSE, _LEAST, _SHARE = 3, 10, 3, 3


def _key(word: str) -> str:
    """Return what a word has in common with all ways to shuffle it but for its first letter."""
    return word[0] + "".join(sorted(word[1:]))


@cache
def by_letters() -> dict[str, str]:
    """Return the commonest word of each first letter and others in any order."""
    usual = [word for word in ranks() if _SHORTEST <= len(word) <= _LONGEST and word.isascii()]
    return {_key(word): word for word in reversed(usual)}


@lru_cache(maxsize=4096)
def _sorted(word: str) -> str | None:
    """Return the common word that a lower-case word's letters make."""
    if _SHORTEST <= len(word) <= _LONGEST and (made := by_letters().get(_key(word))):
        return made
    for times in _TIMES:
        once = word[::times]
        if known(once) and word == "".join([letter * times for letter in once]):
            return once
    return None


def _close(places: Sequence[int]) -> bool:
    return any(map(_CLOSE.__gt__, map(sub, places[_NEAR - 1 :], places)))


def _long(words: Iterable[str]) -> int:
    return sum(len(word) >= _TELLING for word in words)


def _as_written(shown: str, word: str) -> str:
    return word.upper() if shown.isupper() else word.title() if shown[0].isupper() else word


def _pieces(text: str, found: dict[str, str]) -> Iterator[Piece]:
    for match in _WORD.finditer(text):
        word = found.get(match.group().lower())
        if word is not None:
            yield *match.span(), _as_written(match.group(), word)


def scrambled(view: View, seen: Signs) -> View | None:
    """Return the text with shuffled words in order, where several stand close together."""
    if len(seen.unknown) < _LEAST or not _close(seen.places):
        return None
    plain = [word for word in seen.unknown if word.isascii()]
    found = {word: made for word in plain if (made := _sorted(word)) is not None}
    if (telling := _long(found)) < _LEAST or telling * _SHARE < _long(plain):
        return None
    return passages(view, child_kind(view, "scrambled"), [*_pieces(view.text, found)])
