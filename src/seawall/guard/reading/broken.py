"""The reading that mends words broken at odd places: ig-no-re al-l, Ig nore al l prev ious."""

import re
from collections.abc import Iterator, Sequence, Set
from functools import cache, lru_cache
from itertools import compress, count, islice
from operator import sub

from seawall.guard.contract import View
from seawall.guard.reading.gates import Signs
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, plausible, segment, words
from seawall.guard.reading.words import stretches_with, words_in

_WORDS = re.compile(r"[^\W\d_]+")
# Words close together; possessive, so that a long run cannot make this quadratic.
_RUN = re.compile(r"[^\W\d_]++(?:[ \t\-.·_*'’|/,+\u00ad]{1,3}+[^\W\d_]++){2,}+")
_SHORT, _LEAST_SHORT, _LEAST_GAPS = 5, 2, 2
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
        if index < end or not _inside(around[index + 2], grams()):
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


_GRAM = 4


@cache
def grams() -> frozenset[str]:
    """Return all that so many letters in a row are in common words."""
    return frozenset(
        word[at : at + _GRAM] for word in words() for at in range(len(word) - _GRAM + 1)
    )


def _inside(piece: str, known: Set[str]) -> bool:
    """Return whether a piece may be a part of a common word; seen by its first and last letters."""
    return len(piece) < _GRAM or (piece[:_GRAM] in known and piece[-_GRAM:] in known)


def _joining(pieces: Sequence[str], places: Sequence[int]) -> list[int]:
    """Return the places whose pieces make common words with those beside them."""
    around, ranked, known = ["", "", *pieces, "", ""], words(), grams()
    found = []
    for index in places:
        piece = around[index + 2]
        if not _inside(piece, known):
            continue
        left, right = around[index + 1], around[index + 3]
        joined, behind = left + piece, piece + right
        made = (joined, behind, joined + right, around[index] + joined, behind + around[index + 4])
        if not ranked.isdisjoint(made):
            found.append(index)
    return found


def _counted(made: Iterator[str], most: int) -> list[str]:
    return list(islice((word for word in made if len(word) >= _LEAST_MENDED), most))


def _dense(places: Sequence[int]) -> bool:
    return any(map(_NEAR.__gt__, map(sub, places[_DENSE - 1 :], places)))


# What parts the words of a run; more of it in a row ends the run, as all else does.
_PARTING, _FAR = " \t-.·_*'’|/,+\u00ad", 4
_WIDE = re.compile(rf"[ '·’\u00ad]{{{_FAR},}}")
# With more kinds of signs beyond ASCII, or letters that become others, nothing is ruled out.
_FEW = 16


def _in_line(code: int) -> int:
    """Return what stands for a byte of a text whose runs are lines."""
    sign = chr(code)
    if sign == "'" or code > 0x7F:
        return code
    if sign.isalpha():
        return ord(sign.lower())
    return 0x20 if sign in _PARTING else 0x0A


_IN_LINE = bytes(map(_in_line, range(256)))


def _lines(text: str, others: Set[str]) -> str | None:
    """Return the runs of a text in lower case and what is too short to be one, a line each.

    `others`: the text's characters beyond ASCII. None where some of them are hard to tell.
    """
    signs = [sign for sign in others if not _foreign(sign)]
    if len(signs) > _FEW or any(sign.isalnum() and not sign.isdecimal() for sign in signs):
        return None
    data = (text.lower() if others else text).encode("utf-8", "replace")
    for sign in signs:
        if sign not in _PARTING:
            data = data.replace(sign.lower().encode("utf-8", "replace"), b"\n")
    plain = data.translate(_IN_LINE).decode().replace(" " * _FAR, "\n")
    gaps = plain
    for sign in "'·’\u00ad":
        gaps = gaps.replace(sign, " ") if sign in gaps else gaps
    return _WIDE.sub("\n", plain) if " " * _FAR in gaps else plain


# With more of them, or of words that are not common, it is quicker to look at every line.
_MOST_WANTED, _MOST_PLACES = 8, 20
# A run is cut between two of these, and its words are then others than the text's. Beyond ASCII
# the ending of a word with one is a word or is none by what else stands near.
_TWO_MARKS, _MARKS = ("''", "’’", "'’", "’'"), ("'", "’")


def _wanted(text: str, seen: Signs, joining: Sequence[int]) -> set[str] | None:
    """Return what each broken run of a text holds some of, None where that may be anything or much.

    `joining`: see `_joining`.
    """
    if any(map(text.__contains__, _TWO_MARKS)):
        return None
    found = {seen.words[place] for place in joining}
    # Else so many words of the run stand close together, of which it holds the longest too.
    for first, last in zip(seen.places, seen.places[_DENSE - 1 :], strict=False):
        if last - first < _NEAR and len(found) <= _MOST_WANTED:
            near = seen.words[first : last + 1]
            found.add(max(filter(seen.unknown.__contains__, near), key=len))
    if len(found) > _MOST_WANTED:
        return None
    return found if text.isascii() else found.union(_MARKS)


def _holding(lines: str, wanted: Set[str] | None) -> list[str]:
    """Return the lines that hold some of a few words, and maybe others."""
    if wanted is None:
        return lines.split("\n")
    places = stretches_with(lines, "\n", wanted)
    return [lines[start:end] for start, end in places.items()]


def _some_broken(text: str, seen: Signs, foreign: str, wanted: Set[str] | None = None) -> bool:
    """Return whether a run of the text may be broken; `foreign`: letters that no such run has.

    `wanted`: see `_wanted`.
    """
    lines, letters, unknown = _lines(text, seen.others), frozenset(foreign), seen.unknown
    if lines is None:
        return True
    for line in _holding(lines, wanted):
        if not line.isascii():
            if not letters.isdisjoint(line):
                continue
            pieces = words_in(line.strip(_PARTING))
        elif "'" in line:
            if unknown.isdisjoint(line.replace("'", " ").split()):
                continue
            pieces = words_in(line)
        elif line.count(" ") < _LEAST_GAPS:
            continue
        else:
            pieces = line.split()
        if unknown.isdisjoint(pieces):
            continue
        if _broken(pieces, [*compress(count(), map(unknown.__contains__, pieces))]):
            return True
    return False


def _broken(pieces: Sequence[str], places: Sequence[int]) -> bool:
    """Return whether words of a run are short and not common, and become common ones."""
    if len(places) < _LEAST_SHORT:
        return False
    short = len(places) * 5 >= len(pieces) and sum(map(len, pieces)) < 4.2 * len(pieces)
    if short and _dense(places):
        return True
    if not short and len(places) < _MANY:
        return False
    made = _counted(_made(pieces, places), _MANY)
    return len(made) >= _MANY or (short and _convincing(made))


def _convincing(made: list[str]) -> bool:
    return len(made) > 1 or any(len(word) >= _SURELY_MENDED for word in made)


@lru_cache(maxsize=4096)
def _foreign(sign: str) -> bool:
    """Return whether a character is, in lower case, a letter beyond ASCII."""
    return any(c > "\x7f" and c.isalnum() and not c.isdecimal() for c in sign.lower())


def rejoined(view: View, seen: Signs) -> View | None:
    """Words broken at odd places are mended: ig-no-re al-l, Ig nore al l prev ious."""
    unknown = seen.unknown
    if sum([len(word) <= _SHORT for word in unknown]) < _LEAST_SHORT:
        return None
    # Letters beyond ASCII are never mended; nothing else is quicker to see.
    foreign = list(filter(_foreign, seen.others))
    if foreign and not any(map(str.isascii, unknown)):
        return None
    dense, wanted = _dense(seen.places), None
    if not dense or len(seen.places) <= _MOST_PLACES:
        joining = _joining(seen.words, seen.places)
        if not dense and not _convincing(_counted(_made(seen.words, joining), 2)):
            return None
        wanted = _wanted(view.text, seen, joining)
    if not _some_broken(view.text, seen, "".join(foreign).lower(), wanted):
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
