"""JSON read as what it says: its strings without quotes and escapes, each a paragraph."""

import json
import re
from collections.abc import Iterator

from seawall.guard.contract import View
from seawall.guard.reading.mapped import MARGIN, Builder, around, whole

KIND = "strings"
# Double quotes that nothing closes match too, to the line's end, without the second group. Single
# quotes as Python prints them.
_SINGLE = re.compile(r"(?<=[:,\[{(= ])'((?:[^'\\\n]|\\.)*+)'(?=\s{0,8}[:,\]})])")
_STRING = re.compile(rf'"((?:[^"\\\n]|\\.)*+)("?)|{_SINGLE.pattern}')
_BEHIND = 10
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}(?:\\u[dD][c-fC-F][0-9A-Fa-f]{2})?|.)")
_KEY = re.compile(r"\s{0,8}:")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": " ", "f": " "}
_BREAK = "\n\n"


def _character(escape: str) -> str:
    """Return what one escape stands for; half a surrogate pair stands for nothing."""
    if escape[1] != "u" or len(escape) < 6:
        return _SIMPLE.get(escape[1], escape[1])
    try:
        text = str(json.loads(f'"{escape}"'))
    except ValueError:
        return ""
    return "" if any(0xD800 <= ord(c) < 0xE000 for c in text) else text


def _inside(builder: Builder, source: str, start: int, end: int) -> None:
    """Append a string's content with its escapes undone."""
    last = start
    # Most strings have none.
    for match in _ESCAPE.finditer(source, start, end) if source.find("\\", start, end) >= 0 else ():
        builder.copy(source, last, match.start())
        builder.put(_character(match.group()), *match.span())
        last = match.end()
    builder.copy(source, last, end)


def _quoted(source: str) -> Iterator[re.Match[str]]:
    """Yield the quoted strings; linear, as no quote inside an open string is tried again."""
    at = 0
    while (match := _STRING.search(source, at)) is not None:
        if match[2] != "":
            yield match
            at = match.end()
            continue
        at, end = match.start() + 1, match.end()
        while (single := _SINGLE.search(source, at, end + _BEHIND)) and single.start() < end:
            yield single
            at = single.end()
        at = max(at, end)


def strings(view: View) -> View | None:
    """Return the text with every quoted string read: names of fields in line, values apart.

    Only for a text with the shape of JSON (see the gate); prose keeps its quotation marks. Of a
    long one with few strings what is far from them is left out.
    """
    source = view.text
    quoted = [(*match.span(), "") for match in _quoted(source)]
    if not quoted:
        return None

    def write(builder: Builder, _: str, start: int, end: int) -> None:
        _string(builder, source, start, end)

    return whole(view, KIND, *around(source, quoted, MARGIN, write))


def _string(builder: Builder, source: str, start: int, end: int) -> None:
    apart = "" if _KEY.match(source, end) is not None else _BREAK
    builder.put(apart, start, start + 1)
    _inside(builder, source, start + 1, end - 1)
    builder.put(apart, end - 1, end)
