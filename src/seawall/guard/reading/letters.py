"""Readings that put letters back together: spaced, hyphenated, run together, split, leet."""

import re
from collections.abc import Set
from functools import lru_cache
from itertools import product

from seawall.guard.contract import View
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, plausible, segment, words

_GAP = r"[ \u00a0.\-_*|·•/,+\n]"
_ONE = r"[^\W_](?![^\W_])"
_SIGN = r"['’\"!?:;()&@%$]"
_SPACED = re.compile(
    rf"(?<![^\W_]){_ONE}(?P<gap>{_GAP})(?!{_GAP}){_ONE}"
    rf"(?:(?:{_GAP}{{1,6}}|{_GAP}{{1,4}}{_SIGN}{_GAP}{{1,4}}){_ONE}){{2,}}(?:(?P=gap)[.,!?:;])?"
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
    return _letters_joined(text, gap)


def _letters_joined(text: str, gap: str) -> str:
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


_COMPOUND = re.compile(r"(?<![A-Za-z])[A-Za-z]{1,40}(?:[_\-.+/|][A-Za-z]{1,40}){2,}")
_LONG = re.compile(r"[A-Za-z]{11,}")
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


def _sentence(words: list[str]) -> bool:
    """Return whether words held together are a sentence rather than a name."""
    lower = [word.lower() for word in words]
    sound = sum(map(known, lower)) * 5 >= len(words) * 4
    return sound and not _FUNCTION_WORDS.isdisjoint(lower)


@lru_cache(maxsize=16_384)
def _apart(text: str) -> str | None:
    """Return a compound as words: by its separators, else where common words part."""
    parts = [part for part in re.split(r"[_\-.+/|]", text) if part]
    if len(parts) >= _LEAST_WORDS:
        return " ".join(parts) if _sentence(parts) else None
    humps = _HUMP.split(text)
    if len(humps) >= _LEAST_WORDS:
        return " ".join(humps) if _sentence(humps) else None
    glued = "".join(parts).lower()
    if len(glued) < 11 or (len(parts) == 1 and known(glued)):
        return None
    words = segment(glued)
    return " ".join(words) if plausible(words) and len(words) > 2 and _sentence(words) else None


def parted(view: View) -> View | None:
    """Words run together, or held together by signs: ignoreAllRules, ignore_all_the_rules."""
    text = view.text
    pieces: list[Piece] = []
    last = 0
    matches = [*_COMPOUND.finditer(text), *_LONG.finditer(text)]
    for match in sorted(matches, key=lambda m: (m.start(), -m.end())):
        if match.start() < last:
            continue
        apart = _apart(match.group())
        if apart is not None:
            pieces.append((*match.span(), apart))
            last = match.end()
    kind = child_kind(view, "parted")
    return passages(view, kind, pieces, margin=_CONTEXT) if pieces else None


_WORDS = re.compile(r"[^\W\d_]+")
# Words close together; possessive, so that a long run cannot make this quadratic.
_RUN = re.compile(r"[^\W\d_]++(?:[ \t\-.·_*'’|/,+\u00ad]{1,3}+[^\W\d_]++){2,}+")
_SHORT, _LEAST_SHORT = 5, 2


def _broken(run: list[str]) -> bool:
    """Return whether many words of a run are short and not common."""
    unknown = len(run) - sum(map(words().__contains__, run))
    return unknown >= 2 and unknown * 5 >= len(run) and sum(map(len, run)) < 4.2 * len(run)


def rejoined(view: View, unknown: Set[str]) -> View | None:
    """Words broken at odd places are mended: ig-no-re al-l, Ig nore al l prev ious.

    `unknown`: the text's different words that are not common, in lower case.
    """
    if sum(len(word) <= _SHORT for word in unknown) < _LEAST_SHORT:
        return None
    pieces: list[Piece] = []
    for match in _RUN.finditer(view.text):
        run = _WORDS.findall(match.group().lower())
        letters = "".join(run) if _broken(run) else ""
        if not letters or not letters.isascii():
            continue
        mended = segment(letters)
        before = sum(known(word) * len(word) for word in run)
        after = sum(known(word) * len(word) for word in mended)
        if plausible(mended) and after > before:
            pieces.append((*match.span(), " ".join(mended)))
    return passages(view, child_kind(view, "rejoined"), pieces) if pieces else None


# Letters that a digit or sign can stand for, most likely first.
_LEET: dict[str, str] = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "tl", "8": "b",
    "9": "g", "@": "a", "$": "s", "!": "il", "|": "il", "+": "t", "(": "c", "€": "e", "£": "l",
    "¡": "i", "<": "c", "{": "c", "%": "x", "¥": "y",
}  # fmt: skip
_MIXED = re.compile(r"[A-Za-z][0-9@$|!+(€£¡<{]+[A-Za-z]|[0-9@$|!+(€£¡]{1,3}[A-Za-z]|[A-Za-z][0-9]")
_LEET_TOKEN = re.compile(r"[A-Za-z0-9@$!|+(€£¡<{]{2,32}")
_MOST_CHOICES = 64
_DENSE = 6


@lru_cache(maxsize=16_384)
def _leet_word(token: str, *, dense: bool = False) -> tuple[str, bool] | None:
    """Return (letters, whether that is a common word) of a token that mixes in digits or signs.

    `dense`: so much leet stands around it that digits alone are read too.
    """
    core = token.rstrip("!+(<{|") if token[-1:] in "!+(<{|" and token[:-1].isalpha() else token
    letters = sum(c.isalpha() for c in core)
    if letters == len(core) or (letters == 0 and not dense):
        return None
    choices = [_LEET.get(c, c) for c in core.lower()]
    total = 1
    for options in choices:
        total *= len(options)
    if total <= _MOST_CHOICES:
        for candidate in product(*choices):
            word = "".join(candidate)
            if known(word) or (word[-1:] in "il" and core[-1] == "!" and known(word[:-1])):
                return word, True
    if letters * 3 < len(core) and not (dense and letters):
        return None
    return "".join(options[0] for options in choices), False


def leet(view: View) -> View | None:
    """Digits and signs inside words to letters, by the common word they make: pr3v10us."""
    if not _MIXED.search(view.text):
        return None
    sure: list[Piece] = []
    guessed: list[Piece] = []
    tokens = [m for m in _LEET_TOKEN.finditer(view.text) if not m.group().isalpha()]
    dense = sum(1 for m in tokens if (_leet_word(m.group()) or ("", False))[1]) >= _DENSE
    for match in tokens:
        found = _leet_word(match.group(), dense=dense)
        if found is not None:
            word, is_word = found
            (sure if is_word else guessed).append((*match.span(), word))
    if len(sure) < 3 and not any(len(word) >= 4 for _, _, word in sure):
        return None
    # A word that is not common is only read as leet where most others are.
    pieces = sorted([*sure, *guessed]) if len(sure) >= len(guessed) else sure
    return passages(view, child_kind(view, "leet"), pieces)
