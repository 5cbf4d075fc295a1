"""Readings that put the pieces of a split payload together."""

import re
from collections.abc import Iterator
from itertools import pairwise

from seawall.guard.contract import View
from seawall.guard.reading.mapped import child_kind, passages, run
from seawall.guard.reading.vocabulary import known, plausible, segment

_QUOTED = re.compile(r"\"([^\"\n]{0,400})\"|'([^'\n]{0,400})'|`([^`\n]{0,400})`|“([^”\n]{0,400})”")
_JOINS = re.compile(r"\s*(?:[+&|.]|\.\.|\|\|)\s*|\s*\\?\s*\n?\s*")
_COMMA = re.compile(r"\s*[,;]\s*")
_ASSIGNED = re.compile(
    r"(?m)(?:^|[;,({\s])(?:let |const |var |set |\$)?([A-Za-z_]\w{0,30})\s*(?::=|=|:|\bis\b)\s*"
    r"(?:\"([^\"\n]{0,400})\"|'([^'\n]{0,400})'|“([^”\n]{0,400})”)"
)
_SUM = re.compile(r"[A-Za-z_$]\w{0,30}(?:\s*[+.&]\s*[A-Za-z_$]\w{0,30})+|\{\w+\}(?:\s?\{\w+\})+")
_NUMBERED = re.compile(
    r"(?mi)(?:^\W{0,6}(?:\d{1,3}|[a-h])|\b(?:part|piece|chunk|fragment|segment|string|word|token|teil|"
    r"stück|partie|morceau|parte|trozo|pezzo|deel|część|bölüm)\s*(?:no\.?\s*)?#?\s*(?:\d{1,3}|[A-H]\b|one|"
    r"two|three|four|five|six))\s*(?:(?:/|of)\s*\d{1,3})?[\"'*`]*\s?[:.)=\]\-]+[ \t]?"
)
_HINT = re.compile(
    r"(?i)\b(?:join|concat|combin|together|append|merg|assembl|glue|stitch|put (?:them|it) |in order|"
    r"zusammen|verbind|füge|ensemble|assembl|concatén|jun(?:ta|te)|un(?:e|ir)\b|combina|concatena|"
    r"unisci|samen|połącz|birleştir)"
)


def _value(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group is not None), "")


def _adjacent(text: str) -> Iterator[tuple[int, int, list[str], bool]]:
    """Yield (start, end, pieces, joined by an operator) of quoted texts that stand in a row."""
    row: list[re.Match[str]] = []
    operator = False
    for match in _QUOTED.finditer(text):
        between = text[row[-1].end() : match.start()] if row else ""
        plus = bool(row) and _JOINS.fullmatch(between) is not None
        if row and not plus and _COMMA.fullmatch(between) is None:
            if len(row) > 1:
                yield row[0].start(), row[-1].end(), [_value(m) for m in row], operator
            row, operator = [], False
        operator = operator or (plus and _operates(between.strip(), match.group()[0]))
        row.append(match)
    if len(row) > 1:
        yield row[0].start(), row[-1].end(), [_value(m) for m in row], operator


_TAIL, _HEAD = re.compile(r"[A-Za-z]+$"), re.compile(r"^[A-Za-z]+")


def _operates(sign: str, quote: str) -> bool:
    """Return whether a sign between quoted texts joins them; tables have bars between `code`."""
    return sign == "+" or (bool(sign) and quote in "\"'" and sign not in "|&\\")


_COLON = re.compile(r"\s{0,4}:")


def _seams(pieces: list[str]) -> int:
    """Return at how many seams a word was cut: joined it is common, its pieces are not."""
    cuts = 0
    for left, right in pairwise(pieces):
        tail, head = _TAIL.search(left[-40:]), _HEAD.search(right[:40])
        if tail and head:
            first, second = tail.group().lower(), head.group().lower()
            if known(first) and known(second):
                continue
            word = first + second
            cuts += known(word) or (len(word) >= 8 and plausible(segment(word[:200])))
    return cuts


def _split(pieces: list[str], *, likely: bool) -> bool:
    """Return whether pieces were cut from one text. `likely`: the text speaks of joining."""
    cuts = _seams(pieces)
    if likely:
        short = sum(map(len, pieces)) <= 24 * len(pieces) and len(pieces) > 2
        return cuts > 0 or short
    return cuts > 1 and cuts * 3 >= len(pieces) - 1


def _named(text: str) -> Iterator[str]:
    """Yield what sums of assigned names spell: a = 'ign'; b = 'ore'; a + b."""
    values = {match.group(1): _value_after_name(match) for match in _ASSIGNED.finditer(text)}
    if len(values) < 2:
        return
    for match in _SUM.finditer(text):
        names = re.findall(r"\w+", match.group())
        if len(names) > 1 and all(name in values for name in names):
            yield "".join(values[name] for name in names)
    if _split(list(values.values()), likely=False):
        yield "".join(values.values())


def _value_after_name(match: re.Match[str]) -> str:
    return next((group for group in match.groups()[1:] if group is not None), "")


def glued(view: View) -> Iterator[View]:
    """Yield split texts put together: 'ign' + 'ore', assigned names, numbered parts."""
    text, kind = view.text, child_kind(view, "glued")
    hint = _HINT.search(text) is not None
    found = [
        (start, end, pieces)
        for start, end, pieces, operator in _adjacent(text)
        if operator or _split(pieces, likely=hint)
    ]
    if found:
        direct = [(start, end, "".join(pieces)) for start, end, pieces in found]
        apart = [(s, e, " ".join(p.strip() for p in pieces)) for s, e, pieces in found]
        yield passages(view, kind, direct, atomic=True)
        yield passages(view, kind, apart, atomic=True)
    # Names of fields are no pieces of what was cut.
    quoted = [_value(m) for m in _QUOTED.finditer(text) if not _COLON.match(text, m.end())]
    cuts = _seams(quoted) if not found else 0
    if cuts * 4 >= len(quoted) - 1 and cuts > (0 if hint else 1):
        yield from _both(view, kind, quoted, 0, len(text))
    for joined in _named(text):
        yield run(view, kind, joined, 0, len(text))
    numbered = _numbered(text)
    if len(numbered) > 1 and _split(numbered, likely=hint):
        yield from _both(view, kind, numbered, 0, len(text))


def _numbered(text: str) -> list[str]:
    """Return what stands behind "Part 1:", "2)" and the like, each up to the line's end."""
    marks = list(_NUMBERED.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    values = [text[m.end() : end].split("\n", 1)[0] for m, end in zip(marks, ends, strict=False)]
    return [value.strip("\t'\"`“”\r") for value in values]


def _both(view: View, kind: str, pieces: list[str], start: int, end: int) -> Iterator[View]:
    """Yield the pieces joined directly, and with spaces where words may have been parted."""
    yield run(view, kind, "".join(pieces), start, end)
    yield run(view, kind, " ".join(piece.strip() for piece in pieces), start, end)
