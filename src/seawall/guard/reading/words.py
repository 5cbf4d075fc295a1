"""The words of a text in lower case, found without a step for every word."""

import re
from collections.abc import Callable, Iterable, Set
from functools import lru_cache
from typing import AnyStr

from seawall.guard.reading.vocabulary import known, words

_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz'")
# Letters and apostrophes stay, so do the bytes of other letters; all else parts words.
_APART = bytes(code if code in _LETTERS or code > 0x7F else 0x20 for code in range(256))
_LOWER_APART = bytes(_APART[ord(chr(code).lower())] for code in range(128)) + _APART[128:]
_IN_ASCII = bytes(range(128))
_WORD = re.compile(r"[^\W\d_]+")
# With more kinds of other signs, or letters, an expression finds the words sooner.
_FEW, _MANY = 16, 0.25
# What an apostrophe cuts off an English word is no piece of a broken one: Anna's, don't, they'll.
_ENDINGS = frozenset(("d", "m", "ll", "ve", "re"))


def stretches_with(text: AnyStr, between: AnyStr, sought: Iterable[AnyStr]) -> dict[int, int]:
    """Return where what one sign parts holds some of a few strings: where that begins and ends.

    Linear in the text for each of them.
    """
    found: dict[int, int] = {}
    for one in sought:
        at = text.find(one)
        while at >= 0:
            start, end = text.rfind(between, 0, at) + 1, text.find(between, at)
            found[start] = end = end if end >= 0 else len(text)
            at = text.find(one, end)
    return found


def others(text: str) -> frozenset[str]:
    """Return the different characters of a text that are not ASCII."""
    if text.isascii():
        return frozenset()
    beyond = text.encode("utf-8", "surrogatepass").translate(None, _IN_ASCII)
    return frozenset(beyond.decode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4096)
def _parting(sign: str) -> str:
    """Return what of a character beyond ASCII is, in lower case, no letter."""
    return "".join([c for c in sign.lower() if c > "\x7f" and (not c.isalnum() or c.isdecimal())])


def _apart_in_ascii(text: str) -> str:
    """Return a text in ASCII in lower case, blanks for all but letters and apostrophes."""
    return text.encode().translate(_LOWER_APART).decode()


def words_in(text: str, foreign: Set[str] | None = None) -> list[str]:
    """Return the words in order: runs of letters; of English contractions only the stem.

    `foreign`: the text's characters beyond ASCII, where they are known.
    """
    if text.isascii():
        lower = _apart_in_ascii(text)
        return (_without_apostrophes(lower) if "'" in lower else lower).split()
    foreign = others(text) if foreign is None else foreign
    beyond = "".join(foreign)
    # Most often only letters in ASCII are others in lower case, which bytes show as well.
    same = beyond.lower() == beyond
    lower = text if same else text.lower()
    data = lower.encode("utf-8", "replace")
    if len(data) - len(lower) > _MANY * len(lower):
        return _WORD.findall(text.lower())
    signs = set("".join(map(_parting, foreign)))
    if len(signs) > _FEW:
        return _WORD.findall(text.lower())
    for sign in signs:
        data = data.replace(sign.encode("utf-8", "replace"), b"'" if sign == "\u2019" else b" ")
    lower = data.translate(_LOWER_APART).decode()
    return (_without_apostrophes(lower) if "'" in lower else lower).split()


# In a text of fewer characters the words are sooner looked up one by one.
_LONG = 6_000
# What looks all words of a long text up at once, where NumPy is loaded.
_AT_ONCE: list[Callable[[str], bool]] = []


def use_table() -> None:
    """Look the words of long texts up at once from now on: NumPy is loaded anyway."""
    from seawall.guard.reading import word_table  # it brings numpy

    _AT_ONCE[:] = [word_table.common().holds]


def common_alone(text: str) -> bool:
    """Return whether a text in ASCII has common words alone. Linear in it."""
    if len(text) < _LONG or not _AT_ONCE:
        return words().issuperset(words_in(text, frozenset()))
    if "'" in text:
        text = _without_apostrophes(_apart_in_ascii(text))
    return _AT_ONCE[0](text)


def _without_apostrophes(text: str) -> str:
    """Return words without apostrophes, spaces between: "don't" as "don", "ig'nore" as two."""
    found: list[str] = []
    last, at = 0, text.find("'")
    while at >= 0:
        start, end = text.rfind(" ", last, at) + 1, text.find(" ", at)
        start, end = max(start, last), end if end >= 0 else len(text)
        token = text[start:end]
        found += text[last:start], _lately(token) if end - start <= _BRIEF else _apart(token)
        last, at = end, text.find("'", end)
    return " ".join([*found, text[last:]])


# Longer ones come too seldom to be remembered.
_BRIEF = 32


@lru_cache(maxsize=8192)
def _lately(token: str) -> str:
    return _apart(token)


def _apart(token: str) -> str:
    """Return what apostrophes part in a token; of a contraction only the stem."""
    parts = [part for part in token.split("'") if part]
    return parts[0] if len(parts) == 2 and _contracted(*parts) else " ".join(parts)


def _contracted(stem: str, ending: str) -> bool:
    if ending in _ENDINGS:
        return known(stem)
    return ending == "s" or (ending == "t" and stem[-1] == "n")
