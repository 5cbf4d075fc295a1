"""Texts that the user told the agent to act on: what they ask for counts as his request."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.asks import asks
from seawall.policy.provenance.places import listed
from seawall.policy.provenance.records import records
from seawall.policy.provenance.request import FILE, Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.spans import ADDRESSED, TAKES_OVER, Span, speaks_to_model
from seawall.policy.provenance.swaps import passed_on, visitors
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.voices import left_in

_PLACE = re.compile(r"[./@\\]|\d")  # a file, a link, an address, a number: names one thing
_QUOTED = re.compile(r"[\"'“‘«][^\"'”’»\n]{2,80}[\"'”’»]")
_SCOPE = re.compile(
    r"\b(?:for|about|regarding|concerning|für|pour|para|per) (?:the |my |our )?(\w{3,})"
)
_NO_SCOPE = frozenset("today week tomorrow month now you them him her all everyone".split())
_HEAD = 120
AUTHOR = re.compile(
    r"\b(?:from|sender|author|by|reply-to|von|de)\b[\"']?\s{0,2}[:=]\s{0,2}[\"'<]?([\w.@+-]{2,80})"
)
_COMMENTS = re.compile(
    r'"(?:comments?|reviews?|suggestions?|repl(?:y|ies)|answers?|reactions?|notes?|messages|thread|discussion|feed|posts)": ?\['
)
_ENTRY = re.compile(r"\{[^{}]*\}")
_WRITES = re.compile(
    r'"(reporter|author|owner|requester|created_by|opened_by|by|from|user|sender)": ?"([^"]{1,80})"'
)
_AUTHORS = frozenset("reporter author owner requester created_by opened_by".split())


def delegates(
    sources: Sequence[Source], request: Request, calls: Mapping[int, str]
) -> list[Source]:
    """Return the texts that speak for the user, as sources of their own with his origin.

    Of what the agent read: the document that the user named, or the records that fit his words
    best. What takes over or speaks to a model is cut out.
    """
    if not request.delegated:
        return []
    read = [s for s in sources if s.part.role in (Role.TOOL, Role.DOCUMENT) and s.pointed]
    named = [s for s in read if s.named and _names_place(s, request, calls)]
    opened = [
        s for s in read
        if (s.titled or s.sent or (s.chained and not named)) and not listed(s)
    ]  # fmt: skip
    if opened and all(listed(s) for s in named):
        named = opened  # what was searched for by name, and then read
    first = named or read or _first(sources, request)
    whole = [s for s in sources if s.part.role is Role.TOOL and s.arguments == "{}"]
    ranges = _records(first or whole)
    own = [one for one in _records(read or first or whole) if _wrote(*one, request)]
    if not (first or own):
        return []
    ranges = own or [one for one in ranges if _is_file(*one, request)] or ranges
    scored = [(_score(source, low, high, request), source, low, high)
              for source, low, high in ranges]  # fmt: skip
    best = max((score for score, *_ in scored), default=0)
    found: list[Source] = []
    single = {
        id(s): len(records(s.text)) == 1 for s in {id(s): s for _, s, _, _ in scored}.values()
    }
    cuts: dict[int, list[Span]] = {}
    for score, source, low, high in scored:
        if score == best or (named and single[id(source)]):
            if id(source) not in cuts:
                cuts[id(source)] = _left_out(source, request)
            message = any(one.start == low for one in source.messages) and _wrote(
                source, low, high, request
            )
            scoped = [(low, high)] if message else _scoped(source, low, high, request)
            found += _cut(source, scoped, cuts[id(source)])
    return found


def _records(sources: Sequence[Source]) -> list[tuple[Source, int, int]]:
    return [(source, low, high) for source in sources for low, high in records(source.text)]


def _wrote(source: Source, low: int, high: int, request: Request) -> bool:
    """Say whether the user named the author of a record."""
    written = [one.author for one in source.messages if one.start == low]
    match = None if written else AUTHOR.search(source.text, low, min(high, low + _HEAD))
    author = written[0] if written else match[1] if match is not None else ""
    return bool(set(texts.words(author)) & request.naming)


def _is_file(source: Source, low: int, high: int, request: Request) -> bool:
    """Say whether a record of a listing has the very file name that the user said."""
    record = source.text[low:high]
    return any(f'"{one}"' in record or f": {one}\n" in record for one in FILE.findall(request.text))


def _first(sources: Sequence[Source], request: Request) -> list[Source]:
    """Return the first result of a tool whose name says what the user wants done (tasks, mails)."""
    for source in sources:
        name = set(texts.words(source.part.name.casefold().replace("_", " ").replace("-", " ")))
        if source.part.role is Role.TOOL and name & request.asks.words:
            return [source]
    return []


def _names_place(source: Source, request: Request, calls: Mapping[int, str]) -> bool:
    if source.part.role is Role.DOCUMENT:
        return True
    given = re.findall(r'"([^"\\]{3,200})"(?!\s*:)', calls.get(source.part.turn, ""))
    return any(_PLACE.search(one) and one in request.text for one in given)


def _score(source: Source, low: int, high: int, request: Request) -> int:
    here = {stem(word) for word in texts.words(source.text[low:high])}
    return len({stem(word) for word in request.naming} & here)


def _scoped(source: Source, low: int, high: int, request: Request) -> list[tuple[int, int]]:
    """Return the lines about the one thing that the user wants followed, else the whole range."""
    plain = _QUOTED.sub(" ", request.text)
    wanted = {stem(word) for word in _SCOPE.findall(plain) if word not in _NO_SCOPE}
    if not wanted or source.text[low : low + 2] == "- ":
        return [(low, high)]
    found, at = [], low
    for line in source.text[low:high].splitlines(keepends=True):
        if wanted & {stem(word) for word in texts.words(line)}:
            found.append((at, at + len(line)))
        at += len(line)
    headed = found and not source.text[low : found[0][0]].strip() and len(found) == 1
    return [(low, high)] if headed or not found else found


def _left_out(source: Source, request: Request) -> list[Span]:
    """Return what takes over or speaks to a model, stands encoded, or is of others, by its place."""
    bad = [span for span in source.spans if _bad(source, span)]
    bad += [Span(a, b, TAKES_OVER) for a, b, inner in source.decoded if asks(inner).effects]
    bad += [Span(a, b, TAKES_OVER) for a, b in _of_others(source.text, request)]
    bad += [Span(one.start, one.end, TAKES_OVER) for one in left_in(source, request.stems)]
    bad += [Span(a, b, TAKES_OVER) for a, b in passed_on(source.text)]
    if (at := visitors(source.text)) is not None:
        bad.append(Span(at, len(source.text), TAKES_OVER))
    return sorted(bad, key=lambda one: one.start)


def _cut(source: Source, ranges: list[tuple[int, int]], bad: list[Span]) -> list[Source]:
    """Return the ranges without what is left out."""
    if len(source.text) != len(source.part.text):
        return []
    found = []
    for low, high in ranges:
        at = low
        for span in bad:
            if span.end <= at or span.start >= high:
                continue
            if span.start > at:
                found.append(_piece(source, at, span.start))
            at = max(at, span.end)
        if at < high:
            found.append(_piece(source, at, high))
    return found


def _of_others(text: str, request: Request) -> Iterator[tuple[int, int]]:
    """Yield the comments on a record by people who are neither its author nor named by the user."""
    authors = {match[2] for match in _WRITES.finditer(text) if match[1] in _AUTHORS}
    for block in _COMMENTS.finditer(text):
        end = text.find("]", block.end())
        at = block.end()
        for entry in _ENTRY.finditer(text, at, end if end >= 0 else len(text)):
            wrote = _WRITES.search(entry.group())
            own = wrote is not None and (
                wrote[2] in authors or request.links(frozenset(texts.words(wrote[2])))
            )
            if not own:
                yield entry.start(), entry.end()


def _bad(source: Source, span: Span) -> bool:
    if span.level >= TAKES_OVER:
        return True
    return span.level == ADDRESSED and speaks_to_model(source.text[span.start : span.end])


def _piece(source: Source, low: int, high: int) -> Source:
    offset = source.part.span[0] if source.part.span else 0
    part = msgspec.structs.replace(
        source.part, text=source.part.text[low:high], span=(low + offset, high + offset)
    )
    return Source(part, "user", frozenset())
