"""Digits and signs for letters. Words that hold digits already stay, so numbers survive."""

import re
from random import Random

from seawall.redteam.strategies.base import text_strategy

_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
_WORD = re.compile(r"[^\W_]+")


def _word(match: re.Match[str]) -> str:
    word = match[0]
    changed = "".join(_LEET.get(c.lower(), c) for c in word)
    readable = any(c.isalpha() for c in changed) and not any(c.isdigit() for c in word)
    return changed if readable else word


def encode(text: str, _rng: Random) -> str:
    """Return the text in leet; at least one letter of each changed word stays."""
    return _WORD.sub(_word, text)


STRATEGY = text_strategy("leet", "Leet", encode, exact=False)
