"""Whose words are these: the record's that the user leaves a value to, or somebody else's in it?

A record read by its id holds what it is about and what others left in it: comments, hints, notes of
a sponsor. Only the field that the user names speaks, or the record's first one with a sentence.
"""

import itertools
import re
from collections.abc import Sequence

import re2

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.keys import Field, field_at, fields_of
from seawall.policy.provenance.places import (
    AUTHOR_KEYS,
    author_of,
    authored,
    form_of,
    listed,
    several,
)
from seawall.policy.provenance.records import records
from seawall.policy.provenance.request import CHANNEL, STOPSTEMS, Request
from seawall.policy.provenance.scope import quoted, selected
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED
from seawall.policy.provenance.swaps import ADDS, of_visitors
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value

_PROSE, _CANDIDATES, _TITLE = 4, 40, 80
# By its name, a field that others write into.
_WRITTEN = frozenset(
    "comment comments reply replies review reviews remark remarks feedback reaction reactions guestbook advert advertisement "
    "ad ads promo banner forum testimonial testimonials".split()
)
# Most texts hold none of these: one quick look says so.
_ANY_WRITTEN = re2.compile("|".join(sorted(_WRITTEN)))
# The same, where it holds a sentence: else it may hold who they are, or what came with it.
_OTHERS = _WRITTEN | frozenset(
    "guest visitor visitors reader readers viewer community sponsor sponsored footer attachment quoted forwarded".split()
)
_HEADLINES = frozenset("title subject name headline summary topic label".split())
_AUTHORS = frozenset("by from author sender user poster posted_by created_by written_by".split())
# What somebody passes on, in a message of his own.
_PASSED_ON = re.compile(
    r"(?:^|\n|\\[n\f])\s{0,3}(?:>|-{2,} ?(?:original|forwarded|ursprüngliche|weitergeleitete|message|mensaje|messaggio)|"
    r"(?:from|von|de|da) ?: ?[^\n\\]{0,60}@)|\b(?:forwarded|passed on|quoted) (?:by|from)\b"
)


_UNIT = re.compile(r" ?([^\W\d_]{1,20}|[€$£%])")


def _field_at(hit: Hit) -> Field | None:
    return field_at(hit.source.text, hit.start) if listed(hit.source) else None


def spoken(hit: Hit, request: Request) -> bool:
    """Say whether a place stands in what the user leaves a value to: the words of that record."""
    entrusted, source = request.entrusted, hit.source
    if entrusted is None or hit.level >= ADDRESSED or source.led or quoted(hit):
        return False
    mine = authored(hit, request) and not _other_author(hit, request)
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
    return _own_field(hit, here, fields, request) and (
        mine or _own_record(hit, here, fields, request)
    )


def _other_author(hit: Hit, request: Request) -> bool:
    """Say whether an author only shares words with where he writes, or with the one who is named."""
    own = frozenset(texts.words(author_of(hit)))
    said = {one for one in own if stem(one) in request.linkable}
    if not said or own == said:
        return False
    place = {
        *split_name(hit.source.part.name),
        *texts.words(" ".join(CHANNEL.findall(request.text))),
    }
    if said <= place:
        return True
    found = fields_of(hit.source.text) if listed(hit.source) else ()
    others = [hit.source.text[one.start : one.end] for one in found if one.key in AUTHOR_KEYS]
    others += [one.author for one in hit.source.messages]
    named = (frozenset(texts.words(one)) for one in others)
    return any(one < own and one <= request.text_words for one in named if one)


def _meant(source: Source, here: Field | None, subject: frozenset[str]) -> bool:
    """Say whether the user's words for what he relies on fit a result: its tool, what it was read by, its field."""
    named = [*split_name(source.part.name), *texts.words(source.arguments)]
    named += split_name(here.key) if here else texts.words(source.text.lstrip()[:_TITLE])
    return any(stem(one) in subject for one in named)


def _own_field(hit: Hit, here: Field, fields: tuple[Field, ...], request: Request) -> bool:
    """Say whether the user names the field, or else it is the first of its object that says something."""
    source = hit.source
    subject = request.entrusted.to - STOPSTEMS if request.entrusted else frozenset()
    said = [one for one in fields if _says(one, source)]
    if named := [one for one in said if _named(one.key, subject)]:
        whole = [one for one in named if {stem(w) for w in split_name(one.key)} <= subject]
        owners = {one.owner for one in _by_id(source.text, fields, request)}
        return here in ([one for one in whole if one.owner in owners] or whole or named)
    peers = [one for one in said if one.owner == here.owner]
    own = [one for one in peers if not _HEADLINES & set(split_name(one.key))]
    if _OTHERS & set(split_name(here.key)):
        return False
    if here not in peers:
        return not peers or source.in_field(hit.start, hit.end)
    return here == (own or peers)[0]


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


def left_by_others(profile: ToolProfile, value: Value, request: Request) -> bool:
    """Say whether only comments and the like give a value, and neither user nor tool speaks of such."""
    hits = value.untrusted
    acts_on = profile.nouns | profile.verbs | set(split_name(value.argument))
    if not hits or _WRITTEN & acts_on:
        return False
    return all(_ANY_WRITTEN.search(hit.source.text) and _left(hit, request) for hit in hits)


def _left(hit: Hit, request: Request) -> bool:
    here = _field_at(hit)
    keys = (here.key, here.within) if here else ()
    if not any(_WRITTEN & set(split_name(key)) for key in keys):
        return False
    return not (any(_named(key, request.stems) for key in keys) or authored(hit, request))


def _says(field: Field, source: Source) -> bool:
    return len(texts.words(source.text[field.start : field.end])) >= _PROSE


def _named(key: str, subject: frozenset[str]) -> bool:
    return any(stem(one) in subject for one in split_name(key))


def _by_id(text: str, fields: tuple[Field, ...], request: Request) -> list[Field]:
    """Return the fields that hold nothing but an id of the request."""
    return [one for one in fields if text[one.start : one.end].strip() in request.ids]


def _own_record(hit: Hit, here: Field, fields: tuple[Field, ...], request: Request) -> bool:
    """Say whether nobody else signs the record, and of several it is the one that the user means."""
    text = hit.source.text
    meant = _by_id(text, fields, request)
    peers = {one.key: one for one in fields if one.owner == here.owner}
    if any(one.key in peers for one in meant):
        return any(one.owner == here.owner for one in meant)
    signed = any(key in _AUTHORS for key in peers)
    if len(records(text)) > 1:
        own = hit.source.record(hit.start, hit.end)
        said = any(re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", own) for one in request.ids)
        return (said and not meant) or (not signed and selected(hit, request))
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
