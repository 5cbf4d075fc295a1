"""The words of a text in lower case, found without a step for every word."""

import re

from seawall.guard.reading.vocabulary import known

_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyz'")
# Letters and apostrophes stay, so do the bytes of other letters; all else parts words.
_APART = bytes(code if code in _LETTERS or code > 0x7F else 0x20 for code in range(256))
_APART_ASCII = {code: chr(_APART[code]) for code in range(128)}
_OTHER = re.compile(r"[^\x00-\x7f]+")
_WORD = re.compile(r"[^\W\d_]+")
# With more kinds of other signs, or letters, an expression finds the words sooner.
_FEW, _MANY = 16, 0.25
# What an apostrophe cuts off an English word is no piece of a broken one: Anna's, don't, they'll.
_ENDINGS = frozenset(("d", "m", "ll", "ve", "re"))


def others(text: str) -> frozenset[str]:
    """Return the different characters of a text that are not ASCII."""
    return frozenset() if text.isascii() else frozenset("".join(_OTHER.findall(text)))


def words_in(text: str) -> list[str]:
    """Return the words in order: runs of letters; of English contractions only the stem."""
    lower = text.lower()
    if lower.isascii():
        lower = lower.translate(_APART_ASCII)
    else:
        data = lower.encode("utf-8", "replace")
        if len(data) - len(lower) > _MANY * len(lower):
            return _WORD.findall(lower)
        signs = [c for c in others(lower) if not c.isalnum() or c.isdecimal()]
        if len(signs) > _FEW:
            return _WORD.findall(lower)
        for sign in signs:
            data = data.replace(sign.encode("utf-8", "replace"), b"'" if sign == "\u2019" else b" ")
        lower = data.translate(_APART).decode()
    found = lower.split()
    return _stems(found) if "'" in lower else found


def _stems(words: list[str]) -> list[str]:
    """Return words without apostrophes: "don't" as "don", "ig'nore" as two."""
    found: list[str] = []
    last = 0
    for index in [i for i, word in enumerate(words) if "'" in word]:
        found += words[last:index]
        last = index + 1
        parts = [part for part in words[index].split("'") if part]
        found += parts[:1] if len(parts) == 2 and _contracted(*parts) else parts
    return found + words[last:]


def _contracted(stem: str, ending: str) -> bool:
    if ending in _ENDINGS:
        return known(stem)
    return ending == "s" or (ending == "t" and stem[-1] == "n")
