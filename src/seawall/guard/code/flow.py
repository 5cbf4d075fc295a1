"""Where text of strangers flows in a piece of code: names, statements, calls; by a table a language.

No parser: comments and strings are blanked, statements cut, and names that hold text of strangers
followed in order. Every expression is linear on the code it is tried on.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec

from seawall.guard.code.problem import Problem

# A Ruby condition: name = '#{...}', or the same in pieces.
_CONDITION = r"\b\w+\s*(?:=|<|>|\blike\b|\bin\b)\s*[('%]{0,3}(?:#\{|[\"']\s*[+.]|\$)"
_SQL = re.compile(
    r"\b(?:select|insert|update|delete|replace)\b[^\"'`]{0,80}\b(?:from|into|set|where)\b|"
    + _CONDITION,
    re.IGNORECASE,
)
_NAMED = re.compile(r"\s*\w+:(?!:)")
_OPEN, _CLOSE = "([{", ")]}"
_MOST_STATEMENTS, _LONGEST = 5_000, 4_000


class Sink(msgspec.Struct, frozen=True, kw_only=True):
    """A call, or another construct, in which text of strangers does harm.

    `call` ends where the argument begins. `sql`: a statement put together from pieces is enough.
    `place`: which argument is the statement. `alone`: the construct is the fault, whatever goes in.
    """

    label: str
    call: re.Pattern[str]
    why: str
    sql: bool = False
    place: int = 0
    alone: bool = False
    # Who runs a program may choose files himself: arguments of its call do no harm there.
    remote: bool = False


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """What a language's code looks like.

    `blank`: comments and strings; `inside`: what a string holds that is code, with the code as its
    group. `source`: text of strangers; `fills`: a call that reads it into the name in a group. `cleans`: calls that make it harmless. `assigned`: a name
    and what it gets. `pieces`: how text is put together. `lines`: a line ends a statement. `own`: text
    of who runs the program, its arguments.
    """

    blank: re.Pattern[str]
    source: re.Pattern[str]
    cleans: re.Pattern[str]
    assigned: re.Pattern[str]
    pieces: re.Pattern[str]
    sinks: tuple[Sink, ...]
    inside: re.Pattern[str] | None = None
    fills: re.Pattern[str] | None = None
    own: re.Pattern[str] | None = None
    lines: bool = False


def problems(language: Language, code: str, offset: int) -> list[Problem]:
    """Return what is wrong with code of a language; `offset` is where it stands in the text."""
    bare = _blanked(language, code)
    strange: set[str] = set()
    remote: set[str] = set()
    found = [
        Problem(label=s.label, start=offset + m.start(), end=offset + m.end(), why=s.why)
        for s in language.sinks
        if s.alone
        for m in s.call.finditer(bare)
    ]
    for start, end in _statements(language, bare):
        statement = bare[start:end]
        for sink in language.sinks:
            match = None if sink.alone else sink.call.search(statement)
            held = remote if sink.remote else strange
            if match and _harms(language, sink, statement, code[start:end], match.end(), held):
                at = offset + start + match.start()
                found.append(Problem(label=sink.label, start=at, end=offset + end, why=sink.why))
        for filled in language.fills.finditer(statement) if language.fills else ():
            strange.add(filled[filled.lastindex or 0])
            remote.add(filled[filled.lastindex or 0])
        given = language.assigned.search(statement)
        if given is None:
            continue
        value = _chosen(statement[given.end() :])
        if _taken(language, value, code[start + given.end() : end], strange):
            strange.add(given[1])
        if _holds(language, value, remote, far=True):
            remote.add(given[1])
    return sorted(found, key=lambda problem: problem.start)


_CONDITIONAL = re.compile(r"\s\?\s")


def _chosen(value: str) -> str:
    """Return what a value may become: the condition of `a ? b : c` only chooses, as spaces."""
    mark = _CONDITIONAL.search(value)
    if mark is None or value.count("(", 0, mark.start()) != value.count(")", 0, mark.start()):
        return value
    return " " * mark.start() + value[mark.start() :]


def _blanked(language: Language, code: str) -> str:
    """Return the code with comments and strings as spaces; quotation marks stay, so does code inside."""

    def blank(match: re.Match[str]) -> str:
        text = match.group()
        kept = [" "] * len(text)
        for at, sign in enumerate(text):
            if sign == "\n":
                kept[at] = "\n"
        if text[0] in "\"'`":
            kept[0], kept[-1] = text[0], text[-1]
            for piece in (
                language.inside.finditer(text) if language.inside and text[0] != "'" else ()
            ):
                first, last = piece.span(1)
                kept[first:last] = text[first:last]
        return "".join(kept)

    return language.blank.sub(blank, code)


def _statements(language: Language, bare: str) -> Iterator[tuple[int, int]]:
    """Yield the statements' ranges: cut at semicolons and braces, at lines where they end one."""
    depth, start, count = 0, 0, 0
    for at, sign in enumerate(bare):
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth = max(0, depth - 1)
        cut = sign in ";{}" if depth == 0 or sign == ";" else False
        if cut or (language.lines and sign == "\n" and depth == 0) or at - start > _LONGEST:
            count += 1
            if at > start:
                yield start, at
            start, depth = at + 1, 0
            if count > _MOST_STATEMENTS:
                return
    if start < len(bare):
        yield start, len(bare)


def _harms(
    language: Language, sink: Sink, statement: str, raw: str, start: int, strange: set[str]
) -> bool:
    end = _closed(statement, start)
    argument = statement[start:end]
    if sink.sql:
        return _built(language, sink.place, argument, raw[start:end], strange)
    return _holds(language, argument, strange, far=sink.remote)


def _built(language: Language, place: int, argument: str, raw: str, strange: set[str]) -> bool:
    """Return whether a statement of SQL holds more than constants; values beside it do no harm."""
    at = 0
    for number, one in enumerate(_arguments(argument)):
        written = raw[at : at + len(one)]
        at += len(one) + 1
        if _NAMED.match(one):
            continue
        if any(sign in one for sign in "\"'`"):
            if _pieced(language, one, written):
                return True
        elif number == place and _holds(language, one, strange):
            return True
    return False


def _pieced(language: Language, bare: str, raw: str) -> bool:
    """Return whether text that reads as SQL is put together with something that varies."""
    varies = language.pieces.search(bare) and _variables(_without(language.cleans, bare))
    return bool(varies and _SQL.search(raw))


def _arguments(text: str) -> list[str]:
    """Return the arguments of a call, cut at the commas between them."""
    found, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if sign == "," and depth == 0:
            found.append(text[start:at])
            start = at + 1
    return [*found, text[start:]]


def _closed(statement: str, start: int) -> int:
    """Return where the argument ends: at the bracket that closes it, or with the statement."""
    if statement[start - 1 : start] not in _OPEN:
        return len(statement)
    depth = 1
    for at in range(start, len(statement)):
        depth += (statement[at] in _OPEN) - (statement[at] in _CLOSE)
        if depth == 0:
            return at
    return len(statement)


def _without(cleans: re.Pattern[str], text: str) -> str:
    """Return the text without the calls that make their argument harmless."""
    match = cleans.search(text)
    while match:
        text = text[: match.start()] + " " + text[_closed(text, match.end()) :].lstrip(")")
        match = cleans.search(text, match.start())
    return text


def _holds(language: Language, text: str, strange: set[str], *, far: bool = False) -> bool:
    """Return whether text of strangers stands in an expression, by source or by name.

    `far`: what who runs the program gives it is none.
    """
    rest = _without(language.cleans, text)
    near = not far and language.own is not None and language.own.search(rest)
    return bool(near or language.source.search(rest)) or not strange.isdisjoint(_variables(rest))


def _taken(language: Language, bare: str, raw: str, strange: set[str]) -> bool:
    """Return whether what a name gets holds text of strangers, or SQL put together from pieces."""
    return _holds(language, bare, strange) or _pieced(language, bare, raw)


_NAME = re.compile(r"(?<![\w.>])\$?[A-Za-z_]\w*(?!\w|\s*\()")


def _variables(text: str) -> set[str]:
    """Return names that are no calls and no CONSTANTS."""
    return {name for name in _NAME.findall(text) if not name.isupper() or len(name) < 2}


def judge(language: Language, code: str, offset: int, _allowed: Sequence[str]) -> list[Problem]:
    """The same with the arguments that detectors of code give."""
    return problems(language, code, offset)
