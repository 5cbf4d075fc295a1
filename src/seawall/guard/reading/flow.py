"""Readings of sentences laid out word by word: in columns of tables, in links, in lists."""

import re
from collections.abc import Iterator, Sequence, Set
from itertools import groupby, pairwise

from seawall.guard.contract import View
from seawall.guard.reading.letters import sentence
from seawall.guard.reading.mapped import Piece, child_kind, passages, run
from seawall.guard.reading.seams import seams

GATES = {"columns": r"[|,;\t][^\n]*\n", "links": r"\)\s?\["}
_LINK = re.compile(r"\[([^\[\]\n]{1,80})\]\([^()\s]{0,300}\)")
_LEAST_LINKS, _LEAST_WORDS, _MOST_TOGETHER = 3, 6, 3
_LEAST_LINES, _LEAST_LETTERS, _MOST_COLUMNS, _LONGEST_PIECE = 4, 12, 8, 24
_WORD = re.compile(r"[^\W\d_]+")
_EDGES = " \t\"'`*_"
_SEPARATORS = "|\t,;"
# Of a text only its separators, as one letter, and the ends of its lines.
_ALIKE = bytes(ord("a") if chr(code) in _SEPARATORS else code for code in range(256))
_OTHERS = bytes(code for code in range(256) if chr(code) not in f"{_SEPARATORS}\n")
_ROWS = re.compile(rb"(?:a+\n){%d}a" % (_LEAST_LINES - 1))


def worded(pieces: Sequence[str]) -> bool:
    """Return whether pieces are the words of a sentence, one by one or some two together."""
    each = [_WORD.findall(piece.lower()) for piece in pieces]
    words = [word for found in each for word in found]
    few = len(words) * 2 <= len(pieces) * 3 and max(map(len, each), default=0) <= _MOST_TOGETHER
    different = len({*words}) * 3 >= len(words) * 2
    return few and different and len(words) >= _LEAST_WORDS and sentence(words)


def lettered(pieces: Sequence[str]) -> bool:
    """Return whether pieces are the letters of a text."""
    return len(pieces) >= _LEAST_LETTERS and sum(map(len, pieces)) <= len(pieces) * 5 // 4


def flowing(view: View, gates: Set[str]) -> Iterator[View]:
    """Yield what columns say from top to bottom, and links in a row without their addresses."""
    if "links" in gates:
        pieces = list(_linked(view.text))
        if pieces:
            yield passages(view, child_kind(view, "links"), pieces)
    if "columns" in gates:
        yield from _columns(view)


def _linked(text: str) -> Iterator[Piece]:
    links = list(_LINK.finditer(text))
    near = [text[a.end() : b.start()].isspace() or a.end() == b.start() for a, b in pairwise(links)]
    for row, places in groupby(
        range(len(links)), key=lambda at: any(near[max(0, at - 1) : at + 1])
    ):
        found = list(places)
        if row and len(found) >= _LEAST_LINKS:
            yield from ((*links[at].span(), links[at][1]) for at in found)


def _columns(view: View) -> Iterator[View]:
    """Yield the columns of lines that are parted alike, each on its own."""
    if not _ROWS.search(view.text.encode("utf-8", "replace").translate(_ALIKE, _OTHERS)):
        return
    start = 0
    for (sign, _), group in groupby(view.text.split("\n"), key=_parted):
        lines = list(group)
        end = start + sum(map(len, lines)) + len(lines)
        if sign and len(lines) >= _LEAST_LINES:
            for column in zip(*(line.split(sign) for line in lines), strict=True):
                for text in _said(column):
                    yield run(view, child_kind(view, "columns"), text, start, end - 1)
        start = end


def _said(column: Sequence[str]) -> Iterator[str]:
    """Yield what a column says: its words, or what was cut into its cells."""
    cells = [cell.strip(_EDGES) for cell in column]
    if worded(cells):
        yield " ".join(filter(None, cells))
    elif max(map(len, cells)) <= _LONGEST_PIECE and seams(list(column), len(cells) // 4):
        yield "".join(column)
    elif max(map(len, cells)) <= _LONGEST_PIECE and seams(cells, len(cells) // 4):
        yield "".join(cells)


def _parted(line: str) -> tuple[str, int]:
    """Return by what a line is parted into cells, and how often."""
    for sign in _SEPARATORS:
        count = line.count(sign)
        if count:
            return (sign, count) if count <= _MOST_COLUMNS else ("", 0)
    return "", 0
