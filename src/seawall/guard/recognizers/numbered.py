"""Repetition with a counter in it: "1. poem 2. poem", "Line 17: I will not"."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from seawall.guard.code.blocks import fenced

_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_TOKEN = re.compile(r"\w+|[^\w\s]")
# Words from one number to the next; units of a list, of sentences, of data.
_MOST_WORDS = 24
_CYCLES, _CYCLES_OF_SENTENCES, _CYCLES_OF_DATA = 20, 8, 400
_SENTENCE, _TOKENS = 5, 60
# What stands between cells, fields and arguments, and in no counted prose.
_CELLS = re.compile(r"[|{}<>=\t\\]|\[\[|\],|\S {3,}\S|\w,\w|\"\s*:|_{2}")

Word = tuple[str, int, int]


class _Chain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Numbers that count up by one with the same words behind each: first and last place."""

    first: int
    last: int
    unit: tuple[str, ...] | None
    cycles: int


def numbered_run(text: str, words: Sequence[Word]) -> tuple[int, int] | None:
    """Return the range of words that repeat with a counter, or None. Linear.

    `words`: the text's words in lower case, with their ranges.
    """
    numbers = [at for at, (word, _, _) in enumerate(words) if _NUMBER.fullmatch(word)]
    if len(numbers) < _CYCLES_OF_SENTENCES:
        return None
    for chain in _chains(words, numbers):
        if chain.cycles >= _CYCLES_OF_SENTENCES:
            start, end = words[chain.first][1], words[_end(words, chain)][2]
            if _says(text, start, end, chain):
                return start, end
    return None


def _end(words: Sequence[Word], chain: _Chain) -> int:
    """Return where what is behind the last number goes on like a unit."""
    end = chain.last
    for word in chain.unit or ():
        if end + 1 == len(words) or words[end + 1][0] != word:
            break
        end += 1
    return end


def _chains(words: Sequence[Word], numbers: Sequence[int]) -> Iterable[_Chain]:
    """Return the chains as long as they get."""
    ends: dict[int, _Chain] = {}
    longest: dict[int, _Chain] = {}
    for at in numbers:
        value = int(words[at][0])
        if value in ends and at - ends[value].last <= _MOST_WORDS:
            continue  # the same number again in one unit
        chain = _Chain(first=at, last=at, unit=None, cycles=1)
        before = ends.get(value - 1)
        if before is not None and 1 < at - before.last <= _MOST_WORDS:
            counter = words[before.last][0]
            between = (word for word, _, _ in words[before.last + 1 : at])
            unit = tuple("#" if word == counter else word for word in between)
            goes_on = before.unit in (None, unit)
            first, cycles = (before.first, before.cycles) if goes_on else (before.last, 1)
            chain = _Chain(first=first, last=at, unit=unit, cycles=cycles + 1)
            longest[first] = chain
        ends[value] = chain
    return longest.values()


def _says(text: str, start: int, end: int, chain: _Chain) -> bool:
    """Return whether what repeats is prose, often enough: no table, no log, no program."""
    unit = chain.unit or ()
    plain = [word for word in unit if not any(c.isdigit() for c in word) and word != "#"]
    if chain.cycles >= _CYCLES_OF_DATA and plain:
        return True
    least = _CYCLES_OF_SENTENCES if len(plain) >= _SENTENCE else _CYCLES
    if chain.cycles < least or len(plain) * 2 < len(unit) + 1 or _CELLS.search(text, start, end):
        return False
    tokens = sum(1 for _ in _TOKEN.finditer(text, start, end))
    return tokens >= _TOKENS and not any(b.start <= start < b.end for b in fenced(text))
