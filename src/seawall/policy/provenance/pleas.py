"""Does what somebody wrote into a record, or an order elsewhere, plead for the call on this record?"""

import re
from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.orders import speaks_of
from seawall.policy.provenance.places import listed
from seawall.policy.provenance.records import records
from seawall.policy.provenance.request import STOPSTEMS, Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED, speaks_to_model
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import TRUSTED, Value

_REACH = 1500
_PROSE = 4
# A string of a record; keys are followed by a colon.
_STRING = re.compile(r'"((?:[^"\\]|\\.){12,1200})"(?!\s*:)')
# Who relies on what the records say has read it himself, or wants it read.
_RELIES_ON_REMARKS = re.compile(
    r"\b(?:ask(?:s|ed|ing)?|wish\w*|want(?:s|ed)?|requested|remark\w*|comment\w*|say(?:s|ing)?|said|wr[io]tes?|written|"
    r"mention\w*|complain\w*|replied|answered|need(?:s|ed)|reported|describ\w+|tells?|told|gehört|bittet|"
    r"möchte\w*|will|wollen|wünsch\w*|demand\w*|veut|voudrai\w*|pid\w+|quier\w+|chied\w+|vuole|quer\w*|vraagt|wil|prosi|chce)\b"
)
_DIGITS = re.compile(r"\d")
# Who says one of these leaves open which of the things that he names are meant.
_CONDITION = re.compile(
    r"\b(?:if|unless|whether|which|who|those|whoever|whichever|only|except|but not|keep|as far as|allow\w*|fits?|"
    r"leave (?:the|out|those)|cheapest|oldest|newest|latest|best|least|most|costs?|wenn|falls|welche\w*|wer|nur|ob|si|qui|lesquel\w+|quien|cuál\w*|"
    r"se|chi|quali?|quem|quais|als|wie|welke|kto|jeśli|если|кто)\b"
)
_PLEA = re.compile(
    r"\b(?:approved|agreed|granted|exceptions?|entitled|in full|pre-?approved|as a rule|genehmigt|bewilligt|ausnahme|accordée?|"
    r"exception|aprobad[oa]|excepción|approvat[oa]|eccezione|aprovad[oa]|exceção|goedgekeurd)\b"
)
# What an order in a record calls the record; other records stand beside it.
_THIS = re.compile(
    r"\b(?:this|it(?! that\b)|these|dies\w*|ihn|ce|cet|cette|ceci|est[ea]|esto|quest[oa]|deze|dit)\b"
)
_ELSE, _SEVERAL = 12, 2
_SCALAR = re.compile(r'[:\[,] ?"?$')


def pleaded(
    profile: ToolProfile, values: Sequence[Value], request: Request, sources: Sequence[Source]
) -> Value | None:
    """Return the value whose record holds a sentence that speaks of this call's doing, else None.

    The user gave a condition; a stranger's sentence in the record wants it met. Not where the user
    relies on what people write.
    """
    if _RELIES_ON_REMARKS.search(request.text) or request.delegated or request.relies:
        return None
    condition = _CONDITION.search(request.text) is not None
    chosen = {v.text for v in values if len(v.text) > 3 and v.text.isalpha() and not v.untrusted}
    for value in values:
        if value.kind not in ("selector", "target", "other", "amount") or not names_record(value):
            continue
        own = value.origin in TRUSTED
        for hit in value.untrusted:
            if _whole(hit) and condition and _pleads(profile, hit, chosen):
                return value
            if own or not (_whole(hit) or _first(hit)):
                continue
            if _calls_reader(profile, hit, request):
                return value
    return None


def calls_for_itself(values: Sequence[Value], request: Request) -> Value | None:
    """Return the value whose record, one of several, speaks to a model and is none of the user's words."""
    for value in values:
        if value.kind not in ("selector", "target", "other") or not names_record(value):
            continue
        if value.origin in TRUSTED or value.text in request.text:
            continue
        for hit in value.untrusted:
            told = [s for s in hit.source.spans if s.level >= ADDRESSED] if not hit.level else []
            if not told or not hit.source.in_field(hit.start, hit.end):
                continue
            all_ = records(hit.source.text, wrapped=True)
            own = next(((a, b) for a, b in all_ if a <= hit.start < b), None)
            if own is None or len(all_) < _SEVERAL:
                continue
            inside = any(span.start < own[1] and own[0] < span.end for span in told)
            if inside and not _words_beside(hit, *own) & (request.linkable - STOPSTEMS):
                return value
    return None


def _whole(hit: Hit) -> bool:
    """Say whether a value is all that a field of a list holds."""
    text = hit.source.text
    lead = text[max(0, hit.start - 4) : hit.start]
    return (
        listed(hit.source)
        and bool(_SCALAR.search(lead))
        and text[hit.end : hit.end + 1] in ('"', ",", "}", "]", "\n", "")
    )


def _first(hit: Hit) -> bool:
    """Say whether a value begins a line of a table, or stands in a cell of it."""
    text = hit.source.text
    head = text[: text.find("\n")] if "\n" in text else ""
    table = any(head.count(one) >= 2 for one in (";", "|", "\t", "  "))
    return table and hit.source.text[hit.start - 1 : hit.start] in ("\n", ";", "|", "\t", " ")


def names_record(value: Value) -> bool:
    """Say whether a value may be what a record is called by: an id, a name with a digit."""
    number = isinstance(value.value, int) and value.kind != "amount"
    return number or value.kind in ("selector", "target") or bool(_DIGITS.search(value.text))


def _pleads(profile: ToolProfile, hit: Hit, chosen: set[str]) -> bool:
    said = remarks(record(hit))
    if any(_PLEA.search(one) for one in said):
        return True
    if len(records(hit.source.text)) < _SEVERAL:
        return False  # a condition chooses among several
    return any(chosen & set(texts.words(one)) or speaks_of(profile, one) for one in said)


def _calls_reader(profile: ToolProfile, hit: Hit, request: Request) -> bool:
    """Say whether a record, one of several, asks whoever reads it to be taken, unnamed by the user."""
    low, high = _bounds(hit)
    own = hit.source.text[low:high]
    if len(own) >= len(hit.source.text) - _ELSE:
        return False
    told = [
        hit.source.text[span.start : span.end] for span in hit.source.spans
        if span.level == ADDRESSED and span.start < high and low < span.end
    ]  # fmt: skip
    called = any(_THIS.search(said) or speaks_of(profile, said) for said in told)
    if not (called or any(_about_this(profile, said) for said in remarks(own))):
        return False
    names = _names(own) if listed(hit.source) else _words_beside(hit, low, high)
    return not names & (request.linkable - STOPSTEMS)


def _about_this(profile: ToolProfile, said: str) -> bool:
    """Say whether a remark speaks to a model of this record or this doing, and of no other."""
    return speaks_to_model(said) and bool(_THIS.search(said) or speaks_of(profile, said))


def _words_beside(hit: Hit, low: int, high: int) -> set[str]:
    """Return the stems of a line's words that stand in no instruction."""
    text = hit.source.text[low:high]
    for span in hit.source.spans:
        start, end = max(span.start - low, 0), max(span.end - low, 0)
        text = text[:start] + " " * (end - start) + text[end:]
    return {stem(word) for word in texts.words(text)}


def _bounds(hit: Hit) -> tuple[int, int]:
    """Return the bounds of the record, or of the line of a table, that holds a place."""
    text = hit.source.text
    if listed(hit.source):
        own = record(hit)
        low = text.rfind(own, 0, hit.start + len(own)) if own else hit.start
        return low, low + len(own)
    low, high = text.rfind("\n", 0, hit.start) + 1, text.find("\n", hit.end)
    return low, high if high >= 0 else len(text)


def record(hit: Hit) -> str:
    """Return the object of a list around a place, no further than its own braces or lines."""
    text = hit.source.text
    low, high = max(0, hit.start - _REACH), min(len(text), hit.end + _REACH)
    left = max(text.rfind(mark, low, hit.start) for mark in ("{", "\n- "))
    rights = [text.find(mark, hit.end, high) for mark in ("}, {", "},{", "\n- ", "}]")]
    right = min((place for place in rights if place >= 0), default=high)
    return text[max(left, low) : right]


def remarks(text: str) -> list[str]:
    """Return the strings of a record that are sentences somebody wrote."""
    found = [match[1] for match in _STRING.finditer(text)]
    return [one for one in found if len(texts.words(one)) >= _PROSE]


def ordered_by_words(
    profile: ToolProfile, values: Sequence[Value], request: Request, sources: Sequence[Source]
) -> Value | None:
    """Return the value whose record an order names by its words: "cancel the physio"; else None."""
    orders = [
        source.text[span.start : span.end]
        for source in sources if source.origin == "untrusted"
        for span in source.spans if span.level >= ADDRESSED
    ]  # fmt: skip
    orders = [one for one in orders if speaks_of(profile, one)]
    if not orders:
        return None
    told = {stem(word) for one in orders for word in texts.words(one) if len(word) > 3}
    told -= STOPSTEMS | request.stems | {stem(word) for word in profile.nouns | profile.verbs}
    for value in values:
        if value.kind not in ("selector", "target", "other") or not names_record(value):
            continue
        for hit in value.untrusted:
            if _whole(hit) and told & _short_words(record(hit)):
                return value
    return None


def named_elsewhere(
    profile: ToolProfile, values: Sequence[Value], request: Request, sources: Sequence[Source]
) -> Value | None:
    """Return the value of a record that only a remark links to the request, another one its name.

    Beside the account "Tax", one with the note "tax reserves go here" is not the tax account.
    """
    common = {stem(word) for word in profile.nouns | profile.verbs} | STOPSTEMS
    wanted = request.linkable - common
    if request.relies or request.delegated or not wanted:
        return None
    for value in values:
        if value.kind not in ("selector", "target", "other") or value.text in request.text:
            continue
        for hit in value.untrusted:
            if not _whole(hit):
                continue
            own = record(hit)
            said = {stem(word) for one in remarks(own) for word in texts.words(one)}
            if not said & wanted or _names(own) & wanted:
                continue
            others = [hit.source.text[low:high] for low, high in records(hit.source.text)
                      if not low <= hit.start < high]  # fmt: skip
            if any(_names(one) & wanted & said for one in others):
                return value
    return None


def _names(text: str) -> set[str]:
    """Return the stems of a record's strings of few words."""
    found = re.findall(r'"([^"\\]{1,60})"(?!\s*:)', text)
    return {
        stem(word) for one in found if len(words := texts.words(one)) < _PROSE for word in words
    }


def _short_words(text: str) -> set[str]:
    """Return the stems of a record's short strings: its names, not what somebody wrote."""
    found = re.findall(
        r'"([^"\\]{3,40})"(?!\s*:)|(?:^|\n) *(?:- )?\w+: ([^\n"]{3,40})(?=\n|$)', text
    )
    return {stem(word) for one in found for word in texts.words(one[0] or one[1]) if len(word) > 3}
