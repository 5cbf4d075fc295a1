"""What stands around a value: the words near it, and the head of its column in a table."""

CONTEXT_BEFORE = 60
CONTEXT_AFTER = 25
_LONGEST_LINE, _LONGEST_HEAD = 1_000, 1_000
_SIGNS = (",", ";", "\t", "|")


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
    block = text.rfind("\n\n", 0, line) + 2 if text.rfind("\n\n", 0, line) >= 0 else 0
    if block >= line:
        return ""
    head = text[block : min(line, block + _LONGEST_HEAD)].partition("\n")[0]
    sign = max(_SIGNS, key=head.count)
    cells = head.split(sign)
    place = text.count(sign, line, start)
    known = len(cells) >= 2 and place < len(cells) and any(map(str.isalpha, cells[place]))
    return cells[place].strip(" \t\"'*") if known and not _has_number(cells[place]) else ""


def _has_number(cell: str) -> bool:
    return any(map(str.isdigit, cell))
