"""Readings without the signs that stand between letters or words: i:g:n:o:r:e, ig☆nore, all☆the."""

import re
import unicodedata
from collections.abc import Iterator, Set
from functools import lru_cache

from seawall.guard.contract import View
from seawall.guard.reading.letters import ONE, letters_joined
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, plausible, segment

_GAP = r"[^\w\s]{1,8}"
_SIGN = r"[!-/:-@\[-^`{-~]"
# A word whose letters are parted by one and the same gap, the next word, and so on.
_LETTERS = re.compile(
    rf"(?<![^\W_]){ONE}(?P<gap> ?{_GAP} ?){ONE}"
    rf"(?:(?:(?P=gap)|(?:[^\w\s]{{0,8}}[ \n]{{1,3}}+){{1,3}}+[^\w\s]{{0,8}}){ONE}){{2,}}+"
)
# So do all signs of a word: <./.a.>, i:g:@:x.
_INTERLEAVED = re.compile(
    rf"(?<!\S)[^\w\s]{{0,8}}?\S(?P<gap>{_GAP})\S(?:(?P=gap)\S){{1,400}}+(?P=gap)?(?!\S)"
)
_LEAST_LETTERS, _LEAST_JOINED, _LEAST_TOKENS = 12, 8, 4
GATES = {"gapped": rf"\b\w ?{_SIGN}+ ?\w ?{_SIGN}+ ?\w\b"}


def lettered(view: View) -> View | None:
    """Return the text with letters joined that any gap parts: i:g:n, (i)(g)(n), i; g; n."""
    pieces = [(*m.span(), _joined(m)) for m in _LETTERS.finditer(view.text)]
    if sum(map(len, (piece[2] for piece in pieces))) < _LEAST_LETTERS:
        pieces = list(_interleaved(view.text))
    return passages(view, child_kind(view, "joined"), pieces) if pieces else None


def _joined(match: re.Match[str]) -> str:
    text = letters_joined(match.group(), match["gap"])
    if " " not in text and text.isalpha() and len(text) >= _LEAST_JOINED:
        parts = segment(text.lower())
        return " ".join(parts) if plausible(parts) else text
    return text


def _interleaved(text: str) -> Iterator[Piece]:
    found: list[Piece] = []
    for match in _INTERLEAVED.finditer(text):
        first = match.start("gap") - 1
        step = 1 + len(match["gap"])
        found.append((*match.span(), match.string[first : match.end() : step]))
    if len(found) >= _LEAST_TOKENS and sum(len(p[2]) for p in found) >= _LEAST_LETTERS:
        yield from found


@lru_cache(maxsize=4096)
def _drawn(sign: str) -> bool:
    """Return whether a character is a symbol: an emoji, an arrow, a line."""
    return unicodedata.category(sign) in ("So", "Sm", "Sk", "Sc", "Co", "Cn")


_LEAST_PARTED = 3


def unsigned(view: View, foreign: Set[str]) -> View | None:
    """Return the text without symbols that stand inside words, or in the place of spaces.

    `foreign`: the text's characters beyond ASCII.
    """
    symbols = "".join(map(re.escape, filter(_drawn, foreign)))
    if not symbols:
        return None
    between = re.compile(rf"(?<=[^\W_])[{symbols}]++(?=[^\W_])")
    wrapped = rf"(?<!\S)[{symbols}]++[^\W_]++[{symbols}]++(?!\S)"
    inside = len(between.findall(view.text))
    if inside < _LEAST_PARTED and len(re.findall(wrapped, view.text)) < _LEAST_PARTED:
        return None
    pieces: list[Piece] = []
    for token in re.finditer(rf"(?<!\S)[^\s{symbols}]*+[{symbols}]\S*", view.text):
        pieces += _without(token, re.compile(f"[{symbols}]+"))
    return passages(view, child_kind(view, "joined"), pieces)


def _without(token: re.Match[str], signs: re.Pattern[str]) -> Iterator[Piece]:
    """Yield the signs of a token as spaces where words stand between them, else as nothing."""
    text = token.group()
    parts = [part for part in signs.split(text) if part]
    words = [part for part in parts if len(part) > 1 and known(part.lower())]
    apart = " " if sum(map(len, words)) * 2 > sum(map(len, parts)) else ""
    for sign in signs.finditer(text):
        start, end = sign.span()
        inner = start > 0 and end < len(text)
        yield token.start() + start, token.start() + end, apart if inner else " "
