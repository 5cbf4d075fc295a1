"""Readings that put letters back together: spaced, hyphenated, run together."""

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from string import ascii_letters

from seawall.guard.contract import View
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, parts_in, plausible, segment

_GAP = r"[ \u00a0.\-_*|·•/,+\n]"
ONE = r"[^\W_](?![^\W_])"
_SIGN = r"['’\"!?:;()&@%$]"
_SPACED = re.compile(
    rf"(?<![^\W_]){ONE}(?P<gap>{_GAP})(?!{_GAP}){ONE}"
    rf"(?:(?:{_GAP}{{1,8}}|{_GAP}{{1,4}}{_SIGN}{_GAP}{{1,4}}){ONE}){{2,}}(?:(?P=gap)[.,!?:;])?"
)
# A word whose every second sign is the same one, whatever stands between: <./.a.>.
_INTERLEAVED = re.compile(
    r"(?<!\S)\S(?P<gap>[.\-_*|·•,+])\S(?:(?P=gap)\S){0,400}+(?P=gap)?(?!\S)(?:[ \n]{2,4}(?=\S))?"
)
_LEAST_INTERLEAVED = 4
_WIDE = re.compile(r"[ \n]{2,}")
_LETTER = re.compile(r"[^\W_]")
_LEAST_SPACED = 4


def _join(text: str, gap: str) -> str:
    """Return single letters joined; a wider or different gap parts words."""
    words = _WIDE.split(text)
    if len(text) > 1 and all(set(word[1::2]) <= {gap} for word in words):
        return " ".join(word[::2] for word in words)
    return letters_joined(text, gap)


def letters_joined(text: str, gap: str) -> str:
    """Return letters that one gap parts as words; any other gap stands between two words."""
    words: list[str] = [""]
    last = -1
    for match in _LETTER.finditer(text):
        between = text[last + 1 : match.start()] if last >= 0 else ""
        if last >= 0 and between != gap:
            words.append("")
        words[-1] += match.group()
        last = match.start()
    return " ".join(words)


def _interleaved(view: View) -> View | None:
    pieces: list[Piece] = []
    for match in _INTERLEAVED.finditer(view.text):
        word = match.group().rstrip()
        tail = " " if len(word) < len(match.group()) else ""
        pieces.append((*match.span(), word[::2] + tail))
    if len(pieces) < _LEAST_INTERLEAVED or sum(len(p[2]) for p in pieces) < 12:
        return None
    return passages(view, child_kind(view, "joined"), pieces)


def spaced(view: View) -> View | None:
    """Single letters with one separator between them become words: i g n o r e, i.g.n.o.r.e."""
    interleaved = _interleaved(view)
    if interleaved is not None:
        return interleaved
    pieces: list[Piece] = []
    for match in _SPACED.finditer(view.text):
        text = match.group()
        if len(_LETTER.findall(text)) < _LEAST_SPACED:
            continue
        joined = _join(text, match["gap"])
        if " " not in joined and joined.isalpha() and len(joined) >= 8:
            words = segment(joined.lower())
            joined = " ".join(words) if plausible(words) else joined
        pieces.append((*match.span(), joined))
    return passages(view, child_kind(view, "joined"), pieces) if pieces else None


_LONGEST_PART = 40
_PART = rf"[A-Za-z]{{1,{_LONGEST_PART}}}+"
_COMPOUND = re.compile(rf"(?<![A-Za-z]){_PART}(?:[_\-.+/|]{_PART}){{2,}}+")
# A sign of a compound that another follows behind the next part.
_SECOND = re.compile(rf"[_\-.+/|](?<=[A-Za-z].)(?={_PART}[_\-.+/|][A-Za-z])")
_CALLED = re.compile(r"\w{1,40}(?:\.\w{1,40}){1,2}")
_LEAST_LONG = 11
_LONG = re.compile(rf"(?<![A-Za-z])[A-Za-z]{{{_LEAST_LONG},}}+")
_SEPARATOR = re.compile(r"[_\-.+/|]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LEAST_WORDS = 4
_CONTEXT = 80
# Names of things are held together too; a sentence has one of these in it.
_FUNCTION = (
    "all and any are as at be by do for from how in is it me my no not now of on or our out please "
    "say so tell that the these this those to was what who with you your les los das der die den "
    "alle und mir"
)
_FUNCTION_WORDS = frozenset(_FUNCTION.split())
_FUNCTION_INSIDE = re.compile(_FUNCTION.replace(" ", "|"))
# Ten words have so many letters at least; among fewer than five none may be unknown.
_MEAN_LENGTH, _LEAST_UNKNOWN = 32, 16
_LINKS = frozenset(("in", "to", "of", "on", "by", "at", "the", "and", "or", "a", "de", "la"))
_LONGEST_EXPRESSION = 16


def sentence(words: list[str]) -> bool:
    """Return whether words held together are a sentence rather than a name."""
    lower = [word.lower() for word in words]
    sound = sum(map(known, lower)) * 5 >= len(words) * 4
    return sound and not _FUNCTION_WORDS.isdisjoint(lower)


def _expression(text: str, parts: list[str]) -> bool:
    """Return whether a compound is one of the language's own: mother-in-law, up-to-date."""
    inner = parts[1:-1]
    short = 0 < len(inner) < 3 and len(text) <= _LONGEST_EXPRESSION and "-" in text
    return short and _LINKS.issuperset(map(str.lower, inner))


def _called(match: re.Match[str]) -> bool:
    """Return whether a compound is a call of code: System.out.println(x).

    Longer ones may hold an order; the words of a short one are heard as they stand.
    """
    called = match.string.startswith("(", match.end())
    return called and _CALLED.fullmatch(match.group()) is not None


@lru_cache(maxsize=16_384)
def _apart(text: str) -> str | None:
    """Return a compound as words: by its separators, else where common words part."""
    if text.isalpha() and text.islower():
        return None if known(text) else _glued(text)
    parts = [part for part in _SEPARATOR.split(text) if part]
    if _expression(text, parts):
        return None
    if len(parts) >= _LEAST_WORDS:
        return " ".join(parts) if sentence(parts) else None
    humps = _HUMP.split(text)
    if len(humps) >= _LEAST_WORDS:
        return " ".join(humps) if sentence(humps) else None
    glued = "".join(parts).lower()
    return None if len(parts) == 1 and known(glued) else _glued(glued)


def _glued(glued: str) -> str | None:
    """Return lower-case letters as the words that they run together."""
    if len(glued) < _LEAST_LONG or _FUNCTION_INSIDE.search(glued) is None:
        return None
    most = len(glued) * 10 // _MEAN_LENGTH
    if len(glued) < _LEAST_UNKNOWN and not parts_in(glued, most, _FUNCTION_WORDS):
        return None
    words = segment(glued)
    if not plausible(words) or len(words) < 3 or not sentence(words):
        return None
    return " ".join(words)


def _compounds(text: str) -> Iterator[re.Match[str]]:
    """Yield what _COMPOUND finds, from sign to sign: it is tried at every word."""
    last = 0
    for sign in _SECOND.finditer(text):
        at = sign.start()
        if at < last:
            continue
        before = text[max(last, at - _LONGEST_PART - 1) : at]
        match = _COMPOUND.match(text, at - len(before) + len(before.rstrip(ascii_letters)))
        if match is not None:
            yield match
            last = match.end()


def parted(view: View, unknown: Set[str], gates: Set[str]) -> View | None:
    """Words run together, or held together by signs: ignoreAllRules, ignore_all_the_rules.

    `unknown`: the text's words that are not common, in lower case.
    """
    long = [word for word in unknown if len(word) >= _LEAST_LONG]
    if not ("compounds" in gates or (long and "humps" in gates) or any(map(_apart, long))):
        return None
    text = view.text
    pieces: list[Piece] = []
    last = 0
    matches = list(_compounds(text)) if "compounds" in gates else []
    # Without capitals inside, and other letters beside them, long words are words of the text.
    if long and ("humps" in gates or not text.isascii() or any(map(_apart, long))):
        matches += _LONG.finditer(text)
    for match in sorted(matches, key=lambda m: (m.start(), -m.end())):
        if match.start() < last or _called(match):
            continue
        apart = _apart(match.group())
        if apart is not None:
            pieces.append((*match.span(), apart))
            last = match.end()
    kind = child_kind(view, "parted")
    return passages(view, kind, pieces, margin=_CONTEXT) if pieces else None
