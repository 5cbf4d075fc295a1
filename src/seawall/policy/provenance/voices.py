"""Whose words are these: the record's that the user leaves a value to, or somebody else's in it?

A record read by its id holds what it is about and what others left in it: comments, hints, notes of
a sponsor. Only the field that the user names speaks, or the record's first one with a sentence.
"""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence

import msgspec

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.places import authored, form_of, listed, several
from seawall.policy.provenance.records import records
from seawall.policy.provenance.request import STOPSTEMS, Request
from seawall.policy.provenance.scope import quoted, selected
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED
from seawall.policy.provenance.swaps import ADDS, of_visitors
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value

_PROSE, _FIELDS, _CANDIDATES, _TITLE = 4, 2000, 40, 80
_TOKEN = re.compile(
    r'"((?:[^"\\]|\\.)*)"|(?<=[{\[,: ])\'((?:[^\'\\]|\\.)*)\'(?= ?[:,}\]])|[{}\[\]]'
)
_COLON = re.compile(r"\s*:")
_LINE = re.compile(r"( *)((?:- )?)([\w .-]{1,40}):(?: |$)")
_BLOCK = re.compile(r"[|>][+-]?$")
# By its name, a field that others write into.
_OTHERS = frozenset(
    "comment comments reply replies review reviews remark remarks feedback reaction reactions guestbook guest visitor visitors "
    "reader readers viewer community sponsor sponsored advert advertisement ad ads promo footer banner forum testimonial "
    "attachment quoted forwarded".split()
)
_HEADLINES = frozenset("title subject name headline summary topic label".split())
_AUTHORS = frozenset("by from author sender user poster posted_by created_by written_by".split())
# What somebody passes on, in a message of his own.
_PASSED_ON = re.compile(
    r"(?:^|\n|\\n)\s{0,3}(?:>|-{2,} ?(?:original|forwarded|ursprüngliche|weitergeleitete|message|mensaje|messaggio)|"
    r"(?:from|von|de|da) ?: ?[^\n\\]{0,60}@)|\b(?:forwarded|passed on|quoted) (?:by|from)\b"
)


_UNIT = re.compile(r" ?([^\W\d_]{1,20}|[€$£%])")


class Field(msgspec.Struct, frozen=True):
    """A string of a record: where it stands, its key, and where the object around it begins."""

    start: int
    end: int
    key: str
    owner: int


@functools.lru_cache(maxsize=64)
def fields_of(text: str) -> tuple[Field, ...]:
    """Return the strings of folded JSON or YAML, in their order; none of a plain text."""
    json = text.lstrip()[:1] in ("{", "[")
    return tuple(itertools.islice(_of_json(text) if json else _of_lines(text), _FIELDS))


def _of_json(text: str) -> Iterator[Field]:
    stack: list[tuple[int, str]] = []
    key = ""
    for match in _TOKEN.finditer(text):
        mark, around = match[0], stack[-1][0] if stack else 0
        if mark in ("{", "["):
            stack.append((match.start() if mark == "{" else around, key))
        elif mark in ("}", "]"):
            key = stack.pop()[1] if stack else ""
        elif _COLON.match(text, match.end()):
            key = match[1] or match[2] or ""
        else:
            yield Field(match.start() + 1, match.end() - 1, key, around)


def _of_lines(text: str) -> Iterator[Field]:
    at, owners = 0, [(0, 0)]
    held: Field | None = None
    deep = 0
    for line in text.splitlines(keepends=True):
        match = _LINE.match(line.rstrip("\n"))
        indent = len(match[1]) if match else 0
        if match is not None and not (
            held and _BLOCK.search(text[held.start : held.end].split("\n")[0]) and indent > deep
        ):
            if held is not None:
                yield held
            if match[2]:
                owners = [one for one in owners if one[0] < indent] + [(indent, at)]
            else:
                owners = [one for one in owners if one[0] < max(indent, 1)] or owners[:1]
            deep = indent
            held = Field(at + match.end(), at + len(line), match[3], owners[-1][1])
        elif held is not None:
            held = msgspec.structs.replace(held, end=at + len(line))
        at += len(line)
    if held is not None:
        yield held


def _field_at(hit: Hit) -> Field | None:
    found = fields_of(hit.source.text) if listed(hit.source) else ()
    return next((one for one in found if one.start <= hit.start < one.end), None)


def spoken(hit: Hit, request: Request) -> bool:
    """Say whether a place stands in what the user leaves a value to: the words of that record."""
    entrusted, source = request.entrusted, hit.source
    if entrusted is None or hit.level >= ADDRESSED or source.led or quoted(hit):
        return False
    mine = authored(hit, request)
    if not (source.pointed or mine):
        return False
    fields = fields_of(source.text) if listed(source) else ()
    here = _field_at(hit)
    subject = entrusted.to - STOPSTEMS
    if not (mine or not subject or _meant(source, here, subject)):
        return False
    if here is None:
        low = max((one.start for one in source.messages if one.start <= hit.start), default=0)
        return not (
            fields or of_visitors(hit) or _PASSED_ON.search(source.text, low, hit.start)
        ) and (mine or not several(source))
    if _PASSED_ON.search(source.text, here.start, hit.start):
        return False
    return _own_field(here, fields, source, subject) and (
        mine or _own_record(hit, here, fields, request)
    )


def _meant(source: Source, here: Field | None, subject: frozenset[str]) -> bool:
    """Say whether the user's words for what he relies on fit a result: its tool, what it was read by, its field."""
    named = [*split_name(source.part.name), *texts.words(source.arguments)]
    named += split_name(here.key) if here else texts.words(source.text.lstrip()[:_TITLE])
    return any(stem(one) in subject for one in named)


def _own_field(
    here: Field, fields: tuple[Field, ...], source: Source, subject: frozenset[str]
) -> bool:
    """Say whether the user names the field, or else it is the first of its object that says something."""
    peers = [one for one in fields if one.owner == here.owner and _says(one, source)]
    if named := [one for one in fields if _says(one, source) and _named(one.key, subject)]:
        return here in named
    own = [one for one in peers if not _HEADLINES & set(split_name(one.key))]
    return not _OTHERS & set(split_name(here.key)) and (
        here not in peers or here == (own or peers)[0]
    )


def left_in(source: Source, named: frozenset[str]) -> list[Field]:
    """Return the fields of a record in which others write, by their names, where it has one of its own.

    `named`: stems of the user's words; a field that he names is meant.
    """
    found = fields_of(source.text) if listed(source) else ()
    said = [one for one in found if _says(one, source)]
    others = [
        one for one in said
        if _OTHERS & set(split_name(one.key)) and not _named(one.key, named)
    ]  # fmt: skip
    own = {one.owner for one in said if one not in others}
    return [one for one in others if one.owner in own]


def _says(field: Field, source: Source) -> bool:
    return len(texts.words(source.text[field.start : field.end])) >= _PROSE


def _named(key: str, subject: frozenset[str]) -> bool:
    return any(stem(one) in subject for one in split_name(key))


def _own_record(hit: Hit, here: Field, fields: tuple[Field, ...], request: Request) -> bool:
    """Say whether nobody else signs the record, and of several it is the one that the user means."""
    signed = any(one.owner == here.owner and one.key in _AUTHORS for one in fields)
    if len(records(hit.source.text)) > 1:
        own = hit.source.record(hit.start, hit.end)
        return any(one in own for one in request.ids) or (not signed and selected(hit, request))
    return not signed or here.owner == fields[0].owner


def left_to(value: Value, request: Request, beside: Sequence[Value] = ()) -> bool:
    """Say whether the user leaves a value to who or what gives it, and nothing wants another one there.

    `beside`: the values of the same call; what gives one of them a second time gives none.
    """
    hits = value.untrusted
    entrusted = request.entrusted
    if not hits or entrusted is None or any(hit.level >= ADDRESSED for hit in hits):
        return False
    slot = {stem(one) for one in split_name(value.argument)}
    if (
        value.kind == "selector"
        and any(map(str.isdigit, str(value.value)))
        and not slot & entrusted.what
    ):
        return False
    second = [_said_in(hit) for one in beside for hit in one.untrusted if _second(one, hit)]
    return any(
        spoken(hit, request)
        and not (_second(value, hit) or _said_in(hit) in second)
        and not ADDS.search(hit.source.text, *hit.source.sentence(hit.start, hit.end))
        for hit in hits
    )


def _said_in(hit: Hit) -> tuple[str, int]:
    return hit.source.part.pointer, hit.source.sentence(hit.start, hit.end)[0]


def _second(value: Value, hit: Hit) -> bool:
    """Say whether a sentence gives the value after another sentence of the same text gave one of its form."""
    text = hit.source.text
    low, _ = hit.source.sentence(hit.start, hit.end)
    field = _field_at(hit)
    first = field.start if field else 0
    if value.kind == "date":
        days = texts.dates(value.text)
        return any(first <= at < low for day, at in hit.source.dates.items() if day not in days)
    if (form := form_of(value)) is None or " " in value.text:
        return False
    own = texts.compact(text[hit.start : hit.end])
    unit = _unit(text, hit.end) if own.isdigit() else ""
    found = itertools.islice(form.finditer(text, first, low), _CANDIDATES)
    return any(
        texts.compact(one.group()) != own and (not unit or _unit(text, one.end()) == unit)
        for one in found
    )


def _unit(text: str, at: int) -> str:
    """Return the start of the word that a number counts, "" for none."""
    match = _UNIT.match(text, at) if text[at - 1 : at].isdigit() else None
    return stem(match[1]) if match is not None else ""
