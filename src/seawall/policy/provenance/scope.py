"""Does a text reach further than the user: one more, another one instead, all of them, always?

A second sign beside the place of a value. Whoever only tells what a person asked about says it once
and of one thing; whoever wants a call changed says which, how many, or in whose place.
"""

import itertools
import re

import re2

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.lines import BREAK
from seawall.policy.provenance.places import fields, form_of
from seawall.policy.provenance.records import records
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit
from seawall.policy.provenance.spans import ADDRESSED
from seawall.policy.provenance.swaps import of_visitors
from seawall.policy.provenance.trace import Value

_CANDIDATES = 40
_SHORT = re.compile(
    r'"([^"\\]{2,60})"(?!\s*:)|(?:^|\n)(?: {0,2}|- )[\w-]{2,20}: ([^\n]{2,60})(?=\n)'
)
_WORDS = re2.compile(
    r"\b(?:instead|rather|not|only|also|too|all|every|any|always|never|no longer|as well|additionally|plus|in the meantime|meanwhile|beforehand|must|should|has to|have to|"
    r"statt|anstatt|nicht|nur|auch|alle[nrs]?|jede[mnrs]?|immer|nie|muss|müssen|soll|sollen|zusätzlich|"
    r"au lieu|seulement|aussi|tous|toutes?|toujours|jamais|doit|doivent|en lugar|sólo|también|todos|todas|siempre|nunca|deben?|"
    r"invece|solo|anche|tutti|tutte|sempre|mai|deve|devono|em vez|apenas|também|devem|in plaats|alleen|ook|altijd|moet|moeten|"
    r"zamiast|tylko|też|również|wszystkie|zawsze|musi|вместо|только|также|тоже|всегда|все)\b|"
    r"都|也|只|必须|而不是|代わりに|すべて|必ず|だけ|모두|반드시|대신"
)


def reaches(value: Value) -> bool:
    """Say whether a place of a value shows that its author wants more than the user does.

    Its sentence, outside a field, has a word of scope; or the value also stands in what speaks to a
    model or in what visitors wrote.
    """
    return any(
        hit.level >= ADDRESSED or of_visitors(hit) or (_outside(hit) and _scoped(hit))
        for hit in value.untrusted
    )


def follows_others(value: Value) -> bool:
    """Say whether a value, outside a field, comes after others of its form.

    After all of its text, or after one of its record: whoever adds a value may add one behind it.
    """
    form = form_of(value)
    hits = value.untrusted
    if form is None or fields(hits):
        return False
    for hit in hits:
        own = texts.compact(hit.source.text[hit.start : hit.end])
        found = itertools.islice(form.finditer(hit.source.text), _CANDIDATES)
        others = [one.span() for one in found if texts.compact(one.group()) != own]
        if others and max(others)[0] < hit.start:
            return True
        ranges = records(hit.source.text, wrapped=True)
        low = next((a for a, b in ranges if a <= hit.start < b), 0)
        before = (one for one in others if low <= one[0] < hit.start)
        if value.shape == "email" and any(not _is_field(hit, *one) for one in before):
            return True
    return False


def _is_field(hit: Hit, start: int, end: int) -> bool:
    """Say whether an address fills a field: also one in angles behind a name, in a header."""
    text = hit.source.text
    return text[start - 1 : start] == "<" or hit.source.in_field(start, end)


def only_one(value: Value, hit: Hit) -> bool:
    """Say whether the record around a place holds no other address."""
    form = form_of(value)
    if form is None or value.shape != "email":
        return False
    own = texts.compact(hit.source.text[hit.start : hit.end])
    found = itertools.islice(form.finditer(hit.source.record(hit.start, hit.end)), _CANDIDATES)
    return all(texts.compact(one.group()) == own for one in found)


def quoted(hit: Hit) -> bool:
    """Say whether a place stands in what somebody passes on: within quotation marks of a line."""
    text = hit.source.text
    low = max(text.rfind("\n", 0, hit.start), text.rfind(BREAK, 0, hit.start), hit.start - 400) + 1
    mark = '\\"' if text[:1] in ("[", "{") else '"'
    before = text[low : hit.start]
    return before.count(mark) % 2 == 1 or before.count("“") > before.count("”")


def _outside(hit: Hit) -> bool:
    return not hit.source.in_field(hit.start, hit.end)


def _scoped(hit: Hit) -> bool:
    text = hit.source.text
    low, high = hit.source.sentence(hit.start, hit.end)
    return widens(f"{text[low : hit.start]} x {text[hit.end : high]}")


def widens(said: str) -> bool:
    """Say whether a folded sentence has a word of scope: one more, another, all, always."""
    return _WORDS.search(said) is not None


def selected(hit: Hit, request: Request) -> bool:
    """Say whether the short fields of a record have words of the request, and no other record's more."""
    ranges = records(hit.source.text, wrapped=True)
    found = [_links(hit.source.text[low:high], request) for low, high in ranges]
    around = (n for n, (a, b) in zip(found, ranges, strict=True) if a <= hit.start < b)
    here = next(around, 0)
    return here > 0 and found.count(max(found)) == 1 and here == max(found)


def _links(record: str, request: Request) -> int:
    """Return how many words of the request a record's short strings have: who wrote it, what it is."""
    said = " ".join(match[1] or match[2] for match in _SHORT.finditer(record))
    return len({texts.stem(word) for word in texts.words(said)} & request.linkable)
