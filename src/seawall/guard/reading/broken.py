"""The reading that mends words broken at odd places: ig-no-re al-l, Ig nore al l prev ious."""

import re
from collections.abc import Sequence, Set

from seawall.guard.contract import View
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, plausible, segment, words
from seawall.guard.reading.words import words_in

_WORDS = re.compile(r"[^\W\d_]+")
# Words close together; possessive, so that a long run cannot make this quadratic.
_RUN = re.compile(r"[^\W\d_]++(?:[ \t\-.·_*'’|/,+\u00ad]{1,3}+[^\W\d_]++){2,}+")
_SHORT, _LEAST_SHORT = 5, 2
_LEAST_MENDED, _SURELY_MENDED = 3, 6
_MANY = 3
# So many words that are not common, so close together, are pieces cut without regard to words.
_DENSE, _NEAR = 4, 8


def mended(pieces: Sequence[str], unknown: Set[str], *, enough: int = 2) -> list[str]:
    """Return common words that two or three pieces in a row make, one of them no common word.

    Stops at `enough` of them.
    """
    found: list[str] = []
    around, ranked = ["", "", *pieces, "", ""], words()
    end = 0
    for index in [i for i, piece in enumerate(pieces) if piece in unknown]:
        if index < end:
            continue
        first, left, piece, right, last = around[index : index + 5]
        made = left + piece, piece + right, left + piece + right, first + left + piece
        whole = piece + right + last
        if ranked.isdisjoint(made) and whole not in ranked:
            continue
        word = next((word for word in made if word in ranked), whole)
        if len(word) >= _LEAST_MENDED:
            found.append(word)
            end = index + (1 if word.endswith(piece) else 2 if word is not whole else 3)
        if len(found) >= enough:
            break
    return found


def _dense(pieces: Sequence[str], unknown: Set[str]) -> bool:
    at = [i for i, piece in enumerate(pieces) if piece in unknown]
    return any(late - early < _NEAR for early, late in zip(at, at[_DENSE - 1 :], strict=False))


def _broken(pieces: Sequence[str], unknown: Set[str]) -> bool:
    """Return whether words of a run are short and not common, and become common ones."""
    strange = sum(map(unknown.__contains__, pieces))
    if strange < _LEAST_SHORT:
        return False
    made = mended(pieces, unknown, enough=_MANY)
    if len(made) >= _MANY:
        return True
    if strange * 5 < len(pieces) or sum(map(len, pieces)) >= 4.2 * len(pieces):
        return False
    return _convincing(made) or _dense(pieces, unknown)


def _convincing(made: list[str]) -> bool:
    return len(made) > 1 or any(len(word) >= _SURELY_MENDED for word in made)


def rejoined(view: View, pieces: Sequence[str], unknown: Set[str]) -> View | None:
    """Words broken at odd places are mended: ig-no-re al-l, Ig nore al l prev ious.

    `pieces`: the text's words in order, lower case; `unknown`: those that are not common.
    """
    if sum(len(word) <= _SHORT for word in unknown) < _LEAST_SHORT:
        return None
    if not _convincing(mended(pieces, unknown)) and not _dense(pieces, unknown):
        return None
    found: list[Piece] = []
    for match in _RUN.finditer(view.text):
        run = match.group()
        # Letters beyond ASCII are never mended; nothing else is quicker to see.
        if not (run.isascii() or "".join(_WORDS.findall(run.lower())).isascii()):
            continue
        if not _broken(words_in(run), unknown):
            continue
        words_of = _WORDS.findall(run.lower())
        read = segment("".join(words_of))
        before = sum(known(word) * len(word) for word in words_of)
        after = sum(known(word) * len(word) for word in read)
        if plausible(read) and after > before:
            found.append((*match.span(), " ".join(read)))
    return passages(view, child_kind(view, "rejoined"), found) if found else None
