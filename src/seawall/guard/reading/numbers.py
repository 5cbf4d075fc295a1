"""Letters written as numbers: places in the alphabet, a square, a phone's keys."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from string import ascii_lowercase

from seawall.guard.contract import View
from seawall.guard.reading.mapped import Piece, child_kind, passages
from seawall.guard.reading.vocabulary import known, plausible, segment

_BETWEEN = r"(?:[ ,;.\-]{1,3}|\s{0,2}[/|\n]\s{0,2})"
_RUN = re.compile(rf"(?<![\w.\-])\d{{1,4}}(?:{_BETWEEN}\d{{1,4}}(?!\w)){{11,}}+")
_LEAST_WORDS, _LEAST_KNOWN, _LONG = 4, 0.5, 8
GATES = {"numbers": r"\d[ ,;.\-/]{1,3}\d{1,4}[ ,;.\-/]{1,3}\d{1,4}[ ,;.\-/]{1,3}\d"}
_SQUARES = (ascii_lowercase.replace("j", ""), ascii_lowercase.replace("k", ""))
_KEYS = {
    key * count: letter
    for key, letters in zip(
        "23456789", ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), strict=True
    )
    for count, letter in enumerate(letters, start=1)
}


def _place(first: int) -> Callable[[str], str]:
    def letter(number: str) -> str:
        at = int(number) - first
        return ascii_lowercase[at] if 0 <= at < len(ascii_lowercase) else " "

    return letter


def _in_square(square: str) -> Callable[[str], str]:
    def letter(number: str) -> str:
        if len(number) != 2 or not {*number} <= {*"12345"}:
            return " "
        return square[5 * int(number[0]) + int(number[1]) - 6]

    return letter


_SCHEMES = (_place(1), _place(0), *map(_in_square, _SQUARES), lambda number: _KEYS.get(number, " "))


def numbered(view: View) -> Iterator[View]:
    """Yield the text with runs of numbers read as letters, where these make common words."""
    pieces = list(_read(view.text))
    if pieces:
        yield passages(view, child_kind(view, "places"), pieces)


def _read(text: str) -> Iterator[Piece]:
    for match in _RUN.finditer(text):
        if text.startswith("%", match.end()):
            continue
        tokens = re.split(r"(\d+)", match.group())
        numbers, gaps = tokens[1::2], tokens[2:-1:2]
        gap = Counter(gaps).most_common(1)[0][0]
        for scheme in _SCHEMES:
            said = _sound(numbers, gaps, gap, scheme)
            if said is not None:
                yield (*match.span(), said)
                break


def _sound(
    numbers: list[str], gaps: list[str], gap: str, scheme: Callable[[str], str]
) -> str | None:
    letters = map(scheme, numbers)
    joined = "".join(
        letter + ("" if between == gap else " ")
        for letter, between in zip(letters, [*gaps, gap], strict=True)
    )
    words = joined.split()
    if len(words) == 1 and len(joined) >= _LONG:
        parts = segment(words[0])
        words = parts if plausible(parts) else words
    sound = sum(len(word) for word in words if len(word) > 1 and known(word))
    enough = len(words) >= _LEAST_WORDS and sound >= _LEAST_KNOWN * sum(map(len, words))
    return " ".join(words) if enough and sound > len(words) else None
