"""Is a value a cell, a row's entry or an item of a list? Asked of the layout alone."""

import functools
import re

from seawall.policy.provenance.asks import asks
from seawall.policy.provenance.lines import BREAK
from seawall.policy.provenance.words import GRAMMAR, SIDE_EFFECTS

_REACH = 500
_COLUMNS, _ROWS = 2, 60
_CELL_WORDS = 4
# More than one blank between two words: columns.
_COLUMN = re.compile(r"\S {2,}(?=\S)")
_GAP = re.compile(r" {2,}|\t")
_SUM_ROW = re.compile(
    r"[ \t]*(\S(?:[^\n]{0,60}?\S)?)(?: {2,}|\t+)([-+]?(?:[€$£] ?)?\d[\d.,']{0,14}\d)(?: ?(?:eur|euros?|€|usd|chf|gbp|\$|£))?[ \t]*"
)
_LINES = 400
_RUNS = re.compile(r"[^\W\d_]+|\d+|\W|_")
_WORDS = re.compile(r"[^\W\d_]+")


def below_table(text: str, at: int) -> bool:
    """Say whether a line is none of the table that the text is: a note below or between its rows."""
    head = text[: text.find("\n")] if "\n" in text else ""
    mark = next((one for one in ";|\t" if head.count(one) >= _COLUMNS), "")
    if not mark or at < len(head):
        return False
    low, high = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    return mark not in text[low : high if high >= 0 else len(text)]


def fills_cell(text: str, start: int, end: int) -> bool:
    """Say whether a value fills a cell of a table: the lines above, up to its head, have as many marks.

    No order leads to it in its line: "please pay 900 to, DE89, today" has marks, too.
    """
    before, after = text[max(0, start - 4) : start].rstrip(" "), text[end : end + 4].lstrip(" ")
    for mark in ";|\t,":
        if not (
            before.endswith((mark, "\n", BREAK)) and after.startswith((mark, "\n", BREAK, '"'))
        ):
            continue
        low, high = _line(text, start, end)
        lead = text[low:start]
        count, above = text.count(mark, low, high), 0
        while count >= _COLUMNS and low > 0 and above < _ROWS:
            stop = low - (2 if text[low - 2 : low] == BREAK else 1)
            first, last = _line(text, stop, stop)
            if text.count(mark, first, last) != count or first == last:
                break
            low, high, above = first, last, above + 1
        if above and all(len(one.split()) <= _CELL_WORDS for one in text[low:high].split(mark)):
            return not _leads(lead)
    return False


def _leads(lead: str) -> bool:
    """Say whether what stands before a value in its line is an order in whole words, no cell."""
    if GRAMMAR.isdisjoint(_WORDS.findall(lead)):
        return False
    return bool(asks(lead, foreign=True, strange=True).effects & SIDE_EFFECTS)


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of a line, also of one in a string of JSON."""
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    escaped = text.rfind(BREAK, first, start)
    low = max(text.rfind("\n", first, start) + 1, escaped + 2 if escaped >= 0 else 0)
    if text[:1] in ("[", "{"):
        low = max(low, text.rfind('": "', first, start) + 4 if '": "' in text[first:start] else 0)
    ends = [at for at in (text.find("\n", end, last), text.find(BREAK, end, last)) if at >= 0]
    return low, min(ends, default=last)


def begins_entry(text: str, start: int, end: int) -> bool:
    """Say whether a value begins a line, and another line begins with one of its form: B-7, B-12."""
    if text[start - 1 : start] not in ("", "\n") or text[end : end + 1] not in (" ", "\t"):
        return False
    runs = _RUNS.findall(text[start:end])
    if not any(run.isdigit() for run in runs) or len(runs) > _CELL_WORDS:
        return False
    made = "".join(
        r"\d+" if run.isdigit() else r"[^\W\d_]+" if run.isalpha() else re.escape(run)
        for run in runs
    )
    return sum(1 for _ in re.finditer(rf"(?:^|\n){made}[ \t]", text)) > 1


def quoted_entry(text: str, start: int, end: int) -> bool:
    """Say whether a value in quotes is all of an entry of a list: `['Ann', 'Bob']`."""
    mark = text[start - 1 : start]
    if mark not in ("'", '"') or text[end : end + 1] != mark:
        return False
    before, after = text[max(0, start - 6) : start - 1].rstrip(), text[end + 1 : end + 6].lstrip()
    return before[-1:] in ("[", ",") and after[:1] in ("]", ",")


@functools.lru_cache(maxsize=64)
def sum_rows(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Return the runs of lines that each hold a label, a gap and a number: where the numbers stand.

    A line of whole words is none: "please pay at once   900".
    """
    runs: list[tuple[tuple[int, int], ...]] = []
    run: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n")[:_LINES]:
        match = _SUM_ROW.fullmatch(line) if len(line) < _REACH else None
        if match is not None and _labels(match[1]):
            run.append((at + match.start(2), at + match.end(2)))
        else:
            runs.append(tuple(run))
            run = []
        at += len(line) + 1
    return tuple(one for one in (*runs, tuple(run)) if len(one) > 1)


def _labels(label: str) -> bool:
    said = _WORDS.findall(label)
    return 0 < len(said) <= _CELL_WORDS and (GRAMMAR - {"to", "of"}).isdisjoint(said)


def in_sum_row(text: str, start: int, end: int) -> bool:
    """Say whether a number stands in one of several lines that end with one."""
    if not text[start : start + 1].isdigit() or text[max(0, start - 4) : start].strip(" €$£-+"):
        return False
    return any(low <= start and end <= high for run in sum_rows(text) for low, high in run)


def in_columns(text: str, start: int, end: int) -> bool:
    """Say whether a range stands in a line of columns, with more than one blank between them."""
    first, last = max(0, start - _REACH), min(len(text), end + _REACH)
    low, high = text.rfind("\n", first, start) + 1, text.find("\n", end, last)
    if (not low and first) or (high < 0 and last < len(text)):
        return False
    line = text[low : high if high >= 0 else len(text)]
    if len(line) > _REACH or len(_COLUMN.findall(line)) < _COLUMNS:
        return False
    cell = _GAP.split(text[low:start])[-1] + _GAP.split(text[end : low + len(line)])[0]
    if not text[start:end].isdigit() and len(_WORDS.findall(cell)) > _CELL_WORDS:
        return False
    return GRAMMAR.isdisjoint(_WORDS.findall(line))
