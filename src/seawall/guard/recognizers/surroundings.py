"""What stands around a value: the words near it, and the head of its column in a table."""

import re
from bisect import bisect_left
from functools import lru_cache

CONTEXT_BEFORE = 60
CONTEXT_AFTER = 25
_LONGEST_LINE, _LONGEST_HEAD = 1_000, 1_000
_SIGNS = (",", ";", "\t", "|")
# What two line ends in a row part is another table; of three, every second is one, too.
_APART = re.compile(r"\n(?=\n)")


def around(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and after a value, in lower case.

    What follows counts on the value's own line only. The head of a column stands in front.
    """
    after = text[end : end + CONTEXT_AFTER].partition("\n")[0]
    before = text[max(0, start - CONTEXT_BEFORE) : start]
    head = column(text, start)
    return (f"{head}: {before}" if head else before).lower(), after.lower()


def column(text: str, start: int) -> str:
    """Return the head of the column of a table (CSV, TSV, Markdown) that a place stands in."""
    line = text.rfind("\n", max(0, start - _LONGEST_LINE), start) + 1
    if not line:
        return ""
    block = _block(text, line)
    if block >= line:
        return ""
    sign, cells = _head(text, block, min(line, block + _LONGEST_HEAD))
    place = text.count(sign, line, start)
    known = len(cells) >= 2 and place < len(cells) and any(map(str.isalpha, cells[place]))
    return cells[place].strip(" \t\"'*") if known and not _has_number(cells[place]) else ""


def _block(text: str, line: int) -> int:
    """Return where the lines without an empty one between them begin that a line stands in."""
    ends = _ends(text)
    at = bisect_left(ends, line - 1)
    return ends[at - 1] + 2 if at else 0


# A text with thousands of numbers is searched once, not once a number.
@lru_cache(maxsize=2)
def _ends(text: str) -> list[int]:
    return [match.start() for match in _APART.finditer(text)]


@lru_cache(maxsize=16)
def _head(text: str, block: int, end: int) -> tuple[str, list[str]]:
    """Return what parts the cells of a table's first line, and the cells."""
    head = text[block:end].partition("\n")[0]
    sign = max(_SIGNS, key=head.count)
    return sign, head.split(sign)


def _has_number(cell: str) -> bool:
    return any(map(str.isdigit, cell))
