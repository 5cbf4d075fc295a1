"""The reading that mends words broken at odd places: ig-no-re al-l, Ig nore al l prev ious."""

import re
from collections.abc import Iterator, Sequence
from itertools import compress, count, islice

from seawall.guard.contract import View
from seawall.guard.reading.gates import Signs
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, plausible, segment, words
from seawall.guard.reading.words import others, words_in

_WORDS = re.compile(r"[^\W\d_]+")
# Words close together; possessive, so that a long run cannot make this quadratic.
_RUN = re.compile(r"[^\W\d_]++(?:[ \t\-.·_*'’|/,+\u00ad]{1,3}+[^\W\d_]++){2,}+")
_SHORT, _LEAST_SHORT = 5, 2
_LEAST_MENDED, _SURELY_MENDED = 3, 6
_MANY = 3
# So many words that are not common, so close together, are pieces cut without regard to words.
_DENSE, _NEAR = 4, 8


def _made(pieces: Sequence[str], places: Sequence[int]) -> Iterator[str]:
    """Yield common words that two or three pieces in a row make, one of them no common word.

    `places`: where those stand. What is too short to count takes no piece from the next.
    """
    around, ranked = ["", "", *pieces, "", ""], words()
    end = 0
    for index in places:
        if index < end:
            continue
        first, left, piece, right, last = around[index : index + 5]
        joined, behind = left + piece, piece + right
        made = joined, behind, joined + right, first + joined
        whole = behind + last
        if ranked.isdisjoint(made) and whole not in ranked:
            continue
        word = next((word for word in made if word in ranked), whole)
        if len(word) >= _LEAST_MENDED:
            end = index + (1 if word.endswith(piece) else 2 if word is not whole else 3)
        yield word


def _counted(made: Iterator[str], most: int) -> list[str]:
    return list(islice((word for word in made if len(word) >= _LEAST_MENDED), most))


def _dense(places: Sequence[int]) -> bool:
    return any(
        late - early < _NEAR for early, late in zip(places, places[_DENSE - 1 :], strict=False)
    )


def _broken(pieces: Sequence[str], places: Sequence[int]) -> bool:
    """Return whether words of a run are short and not common, and become common ones."""
    if len(places) < _LEAST_SHORT:
        return False
    made = _counted(_made(pieces, places), _MANY)
    if len(made) >= _MANY:
        return True
    if len(places) * 5 < len(pieces) or sum(map(len, pieces)) >= 4.2 * len(pieces):
        return False
    return _convincing(made) or _dense(places)


def _convincing(made: list[str]) -> bool:
    return len(made) > 1 or any(len(word) >= _SURELY_MENDED for word in made)


def _foreign(sign: str) -> bool:
    """Return whether a character is, in lower case, a letter beyond ASCII."""
    return any(c > "\x7f" and c.isalnum() and not c.isdecimal() for c in sign.lower())


def rejoined(view: View, seen: Signs) -> View | None:
    """Words broken at odd places are mended: ig-no-re al-l, Ig nore al l prev ious."""
    unknown = seen.unknown
    if sum([len(word) <= _SHORT for word in unknown]) < _LEAST_SHORT:
        return None
    # Letters beyond ASCII are never mended; nothing else is quicker to see.
    foreign = list(filter(_foreign, others(view.text)))
    if foreign and not any(map(str.isascii, unknown)):
        return None
    if not _dense(seen.places) and not _convincing(_counted(_made(seen.words, seen.places), 2)):
        return None
    found: list[Piece] = []
    for match in _RUN.finditer(view.text):
        run = match.group()
        if any(map(run.__contains__, foreign)):
            continue
        pieces = words_in(run)
        if not _broken(pieces, [*compress(count(), map(unknown.__contains__, pieces))]):
            continue
        words_of = _WORDS.findall(run.lower())
        read = segment("".join(words_of))
        before = sum(known(word) * len(word) for word in words_of)
        after = sum(known(word) * len(word) for word in read)
        if plausible(read) and after > before:
            found.append((*match.span(), " ".join(read)))
    return passages(view, child_kind(view, "rejoined"), found) if found else None
