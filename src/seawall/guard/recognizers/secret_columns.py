"""Credentials in tables: the cells below a column's head that names a password or a key."""

import re
from collections.abc import Iterator

from seawall.guard.recognizers.secret_values import password_like, random_looking

_NAMES = (
    r"pass(?:word|wd|wort|phrase)|pwd|kennwort|mot de passe|contrase[ñn]a|senha|wachtwoord|has[łl]o|"
    r"secret(?:[_ ]?key)?|(?:api|access)[_ ]?key|(?:access|auth|api)[_ ]?token|token"
)
EXPRESSION = rf"(?:{_NAMES})[\"'*]{{0,2}}[ ]{{0,20}}(?:[|,;\t][^\n]{{0,200}})?\n"
_HEAD = re.compile(rf"[\"'* ]*(?:[\w ]{{0,20}}[_ ])?(?:{_NAMES})[\"'* ]*", re.IGNORECASE)
_SIGNS, _MOST_LINES, _LONGEST = "|,;\t", 200, 1_000
_BLANKS = " \t\"'`*\r"


def values(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the values below the head whose name stands in a range."""
    line = text.rfind("\n", max(0, start - _LONGEST), start) + 1
    head = text[line : text.find("\n", start)]
    sign = max(_SIGNS, key=head.count)
    cells = head.split(sign)
    places = [at for at, cell in enumerate(cells) if _HEAD.fullmatch(cell)]
    if len(cells) < 2 or not places:
        return
    above = text.rfind("\n", max(0, line - 1 - _LONGEST), max(0, line - 1)) + 1
    if text.count(sign, above, line) == len(cells) - 1:
        return  # a row of a table
    at = line + len(head) + 1
    for _ in range(_MOST_LINES):
        end = text.find("\n", at, at + _LONGEST)
        row = text[at : end if end >= 0 else at + _LONGEST]
        if row.count(sign) != len(cells) - 1:
            return
        for place in places:
            yield from _cell(row, sign, place, at)
        if end < 0:
            return
        at = end + 1


def _cell(row: str, sign: str, place: int, at: int) -> Iterator[tuple[int, int]]:
    cells = row.split(sign)
    value = cells[place].strip(_BLANKS)
    if value and (password_like(value, quoted=True) or random_looking(value)):
        start = at + sum(map(len, cells[:place])) + place + cells[place].index(value)
        yield start, start + len(value)
