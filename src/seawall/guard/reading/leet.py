"""The reading that takes digits and signs inside words for letters: pr3v10us."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from math import prod
from string import ascii_letters

from seawall.guard.contract import View
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, words
from seawall.guard.reading.words import stretches_with

# Letters that a digit or sign can stand for, most likely first.
_LEET: dict[str, str] = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "tl", "8": "b",
    "9": "g", "@": "a", "$": "s", "!": "il", "|": "il", "+": "t", "(": "c", "€": "e", "£": "l",
    "¡": "i", "<": "c", "{": "c", "%": "x", "¥": "y",
}  # fmt: skip
DIGITS = {sign: letters[0] for sign, letters in _LEET.items() if sign.isdigit()}
"""The likeliest letter for each digit."""
_SIGN = re.compile(r"[0-9@$!|+(€£¡<{]")
_LONGEST = 32
_TOKEN = re.compile(rf"[A-Za-z0-9@$!|+(€£¡<{{]{{2,{_LONGEST}}}")
# A control character of Latin-1 that stands for the one sign that is not in it.
_EURO = "\x80"
_SIGNS = frozenset(f"0123456789@$!|+(<{{£¡{_EURO}".encode("latin-1"))
# What tokens are made of: letters, signs that may stand for some, and what parts them.
_KINDS = bytes(
    ord("a") if chr(code) in ascii_letters else ord("1") if code in _SIGNS else ord(" ")
    for code in range(256)
)
_BESIDE = (b"a1", b"1a")
_LETTERS = frozenset(ascii_letters)
_BEFORE, _BEHIND = "(<{", "!+(<{|"
_MOST_CHOICES = 64
_DENSE = 6
# So many signs between words without a blank stand for blanks.
_JOINED = 3


def _core(token: str) -> str:
    """Return a token without the signs that stand around a word rather than in it."""
    bare = token.rstrip(_BEHIND)
    if bare.isalpha():
        return bare
    opened = bare.lstrip(_BEFORE)
    plain = opened.isalpha() and (token[0] == "<" or known(opened.lower()))
    return opened if plain else token


def _word(choices: list[str], *, exclaimed: bool) -> str | None:
    """Return the first common word that letters can be chosen for; a "!" may be one or none."""
    ranked, candidates = words(), map("".join, product(*choices))
    if not exclaimed:
        return next(filter(ranked.__contains__, candidates), None)
    return next(
        (c for c in candidates if c in ranked or (c[-1:] in "il" and c[:-1] in ranked)), None
    )


@lru_cache(maxsize=16_384)
def leet_word(token: str, *, dense: bool = False) -> tuple[str, bool] | None:
    """Return (letters, whether that is a common word) of a token that mixes in digits or signs.

    `dense`: so much leet stands around it that digits alone are read too.
    """
    core = _core(token)
    letters = sum(map(str.isalpha, core))
    if letters == len(core) or (letters == 0 and not dense):
        return None
    choices = [_LEET.get(c, c) for c in core.lower()]
    if prod(map(len, choices)) <= _MOST_CHOICES:
        word = _word(choices, exclaimed=core[-1] == "!")
        if word is not None:
            return word, True
    if letters * 3 < len(core) and not (dense and letters):
        return None
    return "".join([options[0] for options in choices]), False


def tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield what has a digit or sign in it that may stand for a letter."""
    last = 0
    for sign in _SIGN.finditer(text):
        at = sign.start()
        if at < last:
            continue
        while at > last and text[at - 1] in _LETTERS:
            at -= 1
        while at <= sign.start():
            match = _TOKEN.match(text, at)
            if match is None:
                break
            if not match.group().isalpha():
                yield match
            at = match.end()
        last = max(at, sign.end())


def _may_read(text: str) -> bool:
    """Return whether the tokens of a text may make enough words; seen without their places."""
    if _EURO in text:
        return True
    plain = text if text.isascii() else text.replace("€", _EURO)
    kinds = plain.encode("latin-1", "replace").translate(_KINDS)
    places = stretches_with(kinds, b" ", _BESIDE)
    if any(end - start > _LONGEST for start, end in places.items()):
        return True
    found = [leet_word(text[start:end]) for start, end in places.items()]
    sizes = [len(one[0]) for one in found if one is not None and one[1]]
    return len(sizes) >= _DENSE or _enough(sizes)


def _enough(sizes: list[int]) -> bool:
    return max(sizes, default=0) >= 4 or sizes.count(3) >= 3


def _apart(text: str) -> str:
    """Return a text whose words only "+" parts with blanks there, of the same length."""
    joined = text.count("+") >= _JOINED and not any(map(str.isspace, text))
    return text.replace("+", " ") if joined else text


def leet(view: View) -> View | None:
    """Digits and signs inside words to letters, by the common word they make: pr3v10us."""
    text = _apart(view.text)
    if not _may_read(text):
        return None
    sure: list[Piece] = []
    guessed: list[Piece] = []
    mixed = list(tokens(text))
    dense = sum(1 for m in mixed if (leet_word(m.group()) or ("", False))[1]) >= _DENSE
    for match in mixed:
        found = leet_word(match.group(), dense=dense)
        if found is not None:
            word, is_word = found
            (sure if is_word else guessed).append((*match.span(), word))
    if not _enough([len(word) for _, _, word in sure]):
        return None
    # A word that is not common is only read as leet where most others are.
    pieces = sorted([*sure, *guessed]) if len(sure) >= len(guessed) else sure
    return passages(view, child_kind(view, "leet"), pieces)
