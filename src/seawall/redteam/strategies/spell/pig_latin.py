"""Pig Latin: the consonants before a word's first vowel go to its end, with "ay"."""

import re
from random import Random

from seawall.redteam.strategies.base import text_strategy

_WORD = re.compile(r"(?<![\w-])([a-z]+)(?![\w-])")
_START = re.compile(r"qu|[^aeiouy]+qu|[^aeiou][^aeiouy]*")


def _turn(match: re.Match[str]) -> str:
    word = match.group()
    start = _START.match(word)
    return f"{word[start.end() :]}-{start.group()}ay" if start else f"{word}-ay"


def encode(text: str, _rng: Random) -> str:
    """Return the text with each plain word turned; a hyphen shows where it was cut."""
    return _WORD.sub(_turn, text.lower())


STRATEGY = text_strategy(
    "pig-latin", "Pig Latin", encode, carrier="Pig Latin", exact=False, wide=True
)
