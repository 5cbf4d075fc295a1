"""Readings that put the pieces of a split payload together."""

import re
from collections.abc import Iterator, Set
from itertools import accumulate

from seawall.guard.contract import View
from seawall.guard.reading import flow
from seawall.guard.reading.mapped import child_kind, passages, run
from seawall.guard.reading.seams import seams

# An apostrophe inside a word opens no text, unless an operator stands behind its end. Every
# alternative begins with its quote: the search then looks at nothing else.
_QUOTED = re.compile(
    r"\"([^\"\n]{0,400})\"|'(?<![^\W\d_]')([^'\n]{0,400})'(?![^\W\d_])|`([^`\n]{0,400})`|"
    r"“([^”\n]{0,400})”|'(?<=[^\W\d_]')([^'\n]{0,400})'(?=\s{0,3}[+&|.]\s{0,3}['\"])"
)
# What stands between quoted texts in a row, without the blanks around it.
_JOINS, _COMMAS = frozenset(("", "\\", "+", "&", "|", ".", "..", "||")), frozenset(",;")
_NAMED = (
    r"(?m)(?:^|[;,({\s])(?:let |const |var |set |\$)?([A-Za-z_]\w{0,30})\s*(?::=|=|:|\bis\b)\s*"
)
_ASSIGNED = re.compile(_NAMED + r"(?:\"([^\"\n]{0,400})\"|'([^'\n]{0,400})'|“([^”\n]{0,400})”)")
_BEGUN = re.compile(_NAMED + r"[\"'“]")
_VALUED = re.compile(r"[=:s](?<![\"'].)\s{0,80}[\"'“]")
# The same signs each for itself: sooner found than all that ends in an s.
_SIGNED, _IS = re.compile(r"[=:](?<![\"'].)\s*[\"'“]"), re.compile(r"is\s*[\"'“]")
_SUM = re.compile(r"[A-Za-z_$]\w{0,30}(?:\s*[+.&]\s*[A-Za-z_$]\w{0,30})+|\{\w+\}(?:\s?\{\w+\})+")
# What every sum has: a name behind it, and another in front, or many spaces.
_SUMMAND = re.compile(r"\w+")
_OPERATOR = re.compile(r"[+.&]\s*[A-Za-z_$]|\}\s?\{")
# A sign that gives a name its value, and the value's quote.
_GIVEN = re.compile(r"[=:s]\s*[\"'“]")
_FIRST_OF = {"=": ":", "s": "i"}
# How far a sign's name may reach back, and with what leads it in.
_WIDE, _NAME, _NAMING = 120, 31, 60
_MARK = r"\s*(?:(?:/|of)\s*\d{1,3})?[\"'*`]*\s?[:.)=\]\-]+[ \t]?"
_AT_LINE = re.compile(r"(?i)\W{0,6}(?:\d{1,3}|[a-h])" + _MARK)
_PART = re.compile(
    r"(?i)\b(?:part|piece|chunk|fragment|segment|string|word|token|teil|"
    r"stück|partie|morceau|parte|trozo|pezzo|deel|część|bölüm)\s*(?:no\.?\s*)?#?\s*(?:\d{1,3}|[A-H]\b|one|"
    r"two|three|four|five|six)" + _MARK
)


def _value(match: re.Match[str]) -> str:
    """Return what stands between the quotes: the group that matched last."""
    return str(match[match.lastindex or 0])


def _adjacent(text: str, quoted: list[re.Match[str]]) -> Iterator[tuple[int, int, list[str], bool]]:
    """Yield (start, end, pieces, joined by an operator) of quoted texts that stand in a row."""
    row: list[re.Match[str]] = []
    operator = False
    for match in quoted:
        between = text[row[-1].end() : match.start()].strip() if row else ""
        plus = bool(row) and between in _JOINS
        if row and not plus and between not in _COMMAS:
            if len(row) > 1:
                yield row[0].start(), row[-1].end(), [_value(m) for m in row], operator
            row, operator = [], False
        operator = operator or (plus and _operates(between, match.group()[0]))
        row.append(match)
    if len(row) > 1:
        yield row[0].start(), row[-1].end(), [_value(m) for m in row], operator


def _operates(sign: str, quote: str) -> bool:
    """Return whether a sign between quoted texts joins them; tables have bars between `code`."""
    return sign == "+" or (bool(sign) and quote in "\"'" and sign not in "|&\\")


_COLON = re.compile(r"\s{0,4}:")


def _split(pieces: list[str], *, likely: bool) -> bool:
    """Return whether pieces were cut from one text. `likely`: the text speaks of joining."""
    if likely:
        short = sum(map(len, pieces)) <= 24 * len(pieces) and len(pieces) > 2
        return short or seams(pieces, 1) > 0
    return seams(pieces, max(2, -((len(pieces) - 1) // -3))) > 0


# What values are given with in ASCII: one sign and one quote stand for all, blanks for nothing.
_GIVING = bytes.maketrans(b":'", b'="')
_BLANKS = bytes(code for code in range(128) if chr(code).isspace())


def _few_values(text: str) -> bool:
    """Return whether fewer than two values are given in a text, without looking at their names."""
    if not text.isascii():
        return False
    signs = text.encode().translate(_GIVING, _BLANKS)
    return signs.count(b'="') + signs.count(b'is"') < 2


def _named(text: str) -> Iterator[str]:
    """Yield what sums of assigned names spell: a = 'ign'; b = 'ore'; a + b."""
    if _few_values(text) or len(_SIGNED.findall(text)) + len(_IS.findall(text)) < 2:
        return
    if len(_VALUED.findall(text)) < 2:
        return
    values = {match.group(1): _value(match) for match in _assigned(text)}
    if len(values) < 2:
        return
    sums = _SUM.finditer(text) if _summed(text, tuple(values)) else ()
    for match in sums:
        names = _SUMMAND.findall(match.group())
        if len(names) > 1 and all(name in values for name in names):
            yield "".join(values[name] for name in names)
    if _split(list(values.values()), likely=False):
        yield "".join(values.values())


def _assigned(text: str) -> Iterator[re.Match[str]]:
    """Yield what _ASSIGNED finds, from sign to sign: all of it is tried at every blank."""
    last = 0
    for sign in _GIVEN.finditer(text):
        start, end = sign.span()
        before = text[max(0, start - _WIDE) : start]
        before = before.removesuffix(_FIRST_OF.get(text[start], "")).rstrip()
        if len(before) <= _NAMING and start > _WIDE:
            # So many blanks before a sign: what belongs to it may stand anywhere.
            yield from _ASSIGNED.finditer(text, last)
            return
        if not (before[-1:].isalnum() or before[-1:] == "_"):
            continue
        first = max(last, max(0, start - _WIDE) + max(0, len(before) - _NAMING))
        begun = _BEGUN.search(text, first, end)
        while begun is not None and begun.end() < end:
            begun = _BEGUN.search(text, begun.start() + 1, end)
        match = _ASSIGNED.match(text, begun.start()) if begun else None
        if match is not None:
            yield match
            last = match.end()


def _summed(text: str, names: tuple[str, ...]) -> bool:
    """Return whether an operator may stand between two of the names."""
    first = {"$", "{", *(name[0] for name in names)}
    for sign in _OPERATOR.finditer(text):
        if text[sign.end() - 1] not in first:
            continue
        before = text[max(0, sign.start() - _WIDE) : sign.start()].rstrip()
        if before.endswith(names) or (len(before) < _NAME and sign.start() > _WIDE):
            return True
    return False


def glued(view: View, gates: Set[str]) -> Iterator[View]:
    """Yield split texts put together: 'ign' + 'ore', assigned names, numbered parts."""
    text, kind = view.text, child_kind(view, "glued")
    hint = "join" in gates
    near = "quotes" in gates or "controls" in gates or not text.isascii()
    yield from _quoted(view, kind, hint=hint, near=near)
    if "assigned" in gates:
        for joined in _named(text):
            yield run(view, kind, joined, 0, len(text))
    if not gates.isdisjoint(("parts", "numbered")):
        numbered = _numbered(text, parts="parts" in gates)
        if len(numbered) > 1 and _split(numbered, likely=hint):
            yield from _both(view, kind, numbered, 0, len(text))


_LEAST_QUOTED = 2
# Of the fourth and the sixth of _QUOTED's forms: what opens the one, and what closes the other.
_OPENS = re.compile(r"'(?<![^\W\d_]')")
_CLOSES = re.compile(r"'(?=\s{0,3}[+&|.]\s{0,3}['\"])")


def _most_quoted(text: str) -> int:
    """Return how many quoted texts there are at most."""
    most = text.count('"') // 2 + text.count("`") // 2 + text.count("“")
    if most < _LEAST_QUOTED and "'" in text:
        most += len(_OPENS.findall(text)) + len(_CLOSES.findall(text))
    return most


def _quoted(view: View, kind: str, *, hint: bool, near: bool) -> Iterator[View]:
    """Yield quoted texts put together: those in a row, else all whose words were cut.

    `near`: some may stand in a row.
    """
    text = view.text
    if _most_quoted(text) < _LEAST_QUOTED:
        return
    quotations = list(_QUOTED.finditer(text))
    if len(quotations) < _LEAST_QUOTED:
        return
    found = [
        (start, end, pieces)
        for start, end, pieces, operator in (_adjacent(text, quotations) if near else ())
        if operator or _split(pieces, likely=hint)
    ]
    if found:
        direct = [(start, end, "".join(pieces)) for start, end, pieces in found]
        apart = [(s, e, " ".join(p.strip() for p in pieces)) for s, e, pieces in found]
        yield passages(view, kind, direct, atomic=True)
        yield passages(view, kind, apart, atomic=True)
        return
    # Names of fields are no pieces of what was cut.
    values = [match for match in quotations if not _COLON.match(text, match.end())]
    quoted = [_value(match) for match in values]
    if seams(quoted, max(1 if hint else 2, -((len(quoted) - 1) // -4))):
        yield from _both(view, kind, quoted, 0, len(text))
        return
    for row in _rows(text, values):
        said = [_value(match) for match in row]
        lettered = flow.lettered(said)
        if lettered or flow.worded(said):
            words = "".join(said) if lettered else " ".join(map(str.strip, said))
            yield run(view, kind, words, row[0].start(), row[-1].end())


_IN_ROW = re.compile(r"[\s,;\-+&|.{}\[\]]{0,40}(?:[\"'][^\"'\n]{1,40}[\"']\s{0,4}:\s{0,4}[{\[]?)?")


def _rows(text: str, values: list[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield quoted texts that stand in a row, with nothing but signs or names of fields between."""
    row: list[re.Match[str]] = []
    for match in values:
        if row and not _IN_ROW.fullmatch(text, row[-1].end(), match.start()):
            yield row
            row = []
        row.append(match)
    yield row


def _marks(text: str, *, parts: bool) -> Iterator[re.Match[str]]:
    """Yield "2)" at the start of a line, and "Part 1:" anywhere; apart, in order."""
    last = 0
    starts = [0, *accumulate([len(line) + 1 for line in text.split("\n")[:-1]])]
    at_lines = [_AT_LINE.match(text, start) for start in starts]
    found = [*filter(None, at_lines), *(_PART.finditer(text) if parts else ())]
    for mark in sorted(found, key=lambda mark: mark.start()):
        if mark.start() >= last:
            yield mark
            last = mark.end()


def _numbered(text: str, *, parts: bool) -> list[str]:
    """Return what stands behind "Part 1:", "2)" and the like, each up to the line's end."""
    marks = list(_marks(text, parts=parts))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    values = [text[m.end() : end].split("\n", 1)[0] for m, end in zip(marks, ends, strict=False)]
    return [value.strip("\t'\"`“”\r") for value in values]


def _both(view: View, kind: str, pieces: list[str], start: int, end: int) -> Iterator[View]:
    """Yield the pieces joined directly, and with spaces where words may have been parted."""
    yield run(view, kind, "".join(pieces), start, end)
    yield run(view, kind, " ".join(piece.strip() for piece in pieces), start, end)
