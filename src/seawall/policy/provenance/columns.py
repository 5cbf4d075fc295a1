"""The cells of a plain table with a head: each a scalar with its column as key, its line as owner."""

import re
from collections.abc import Iterator
from itertools import pairwise

_MARKS = (";", "|", "\t", ",")
_GAP = re.compile(r" {2,}")
_HEAD = re.compile(r"[\w #%()/.-]{1,40}")
_RULE = re.compile(r"[\s|:=+-]+")
_LEAST, _ROWS, _MOST = 2, 2, 400

Cell = tuple[int, int, str, int]
"""Start, end, column, and where the line begins."""


def cells_of(text: str) -> Iterator[Cell]:
    """Yield the cells of a folded plain table, in their order; none where a text is none.

    Its first line is a head of short names, and two lines at least below it are cut alike.
    """
    lines = _lines(text)
    if len(lines) < _ROWS + 1:
        return
    head = lines[0][1]
    for mark in _MARKS:
        if head.count(mark) >= _LEAST:
            yield from _marked(lines, mark)
            return
    if len(_GAP.findall(head.rstrip())) >= _LEAST:
        yield from _gapped(lines)


def _lines(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for line in text.split("\n")[:_MOST]:
        if line.strip() and not _RULE.fullmatch(line):
            found.append((at, line))
        at += len(line) + 1
    return found


def _marked(lines: list[tuple[int, str]], mark: str) -> Iterator[Cell]:
    names = [one.strip() for one in lines[0][1].split(mark)]
    alike = [(at, line) for at, line in lines[1:] if line.count(mark) == len(names) - 1]
    if not _names(names) or len(alike) < max(_ROWS, len(lines) - 3):
        return
    for at, line in alike:
        place = at
        for name, cell in zip(names, line.split(mark), strict=True):
            if name and cell.strip():
                low = place + len(cell) - len(cell.lstrip())
                yield low, low + len(cell.strip()), name, at
            place += len(cell) + 1


def _gapped(lines: list[tuple[int, str]]) -> Iterator[Cell]:
    """Yield the cells of columns: each begins where its name stands above it."""
    head = lines[0][1]
    starts = [match.start() for match in re.finditer(r"\S+(?: \S+)*", head)]
    names = [head[low:high].strip() for low, high in pairwise([*starts, len(head)])]
    rows = [
        (at, line) for at, line in lines[1:]
        if len(line) > starts[1] and all(line[one - 1 : one] in (" ", "") for one in starts[1:])
    ]  # fmt: skip
    if not _names(names) or len(rows) < max(_ROWS, len(lines) - 3):
        return
    for at, line in rows:
        for name, (low, high) in zip(names, pairwise([*starts, len(line)]), strict=True):
            cell = line[low:high]
            if cell.strip():
                own = at + low + len(cell) - len(cell.lstrip())
                yield own, own + len(cell.strip()), name, at


def _names(names: list[str]) -> bool:
    """Say whether a head names columns: short words, no figures."""
    said = [one for one in names if one]
    return len(said) > _LEAST and all(
        _HEAD.fullmatch(one) and not any(map(str.isdigit, one)) for one in said
    )
