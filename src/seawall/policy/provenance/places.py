"""Questions about the place where a value stands in a text."""

import re

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED, in_field, sentence
from seawall.policy.provenance.trace import Value

_RECORDS = re.compile(r"\n {2}\w+: ")
_LEAD = 40
_FILLED = re.compile(r"\S*\d\S*")


def near(
    hit: Hit, request: Request, without: frozenset[str] = frozenset(), *, narrow: bool = False
) -> bool:
    """Say whether a word of the request stands in the record (or sentence) of the value.

    `without`: stems that do not count.
    """
    text = hit.source.text
    if not narrow:
        around = hit.source.record(hit.start, hit.end)
        return request.links(frozenset(texts.words(around)), without)
    if called(hit, request):
        return True
    low, high = sentence(text, hit.start, hit.end)
    around = text[low : hit.start] + " " + text[hit.end : high]
    return request.links(frozenset(texts.words(around)), without)


def called(hit: Hit, request: Request) -> bool:
    """Say whether the word before the value is one of the request: "coupon X"."""
    lead = texts.words(hit.source.text[max(0, hit.start - _LEAD) : hit.start])
    return bool(lead) and request.links(frozenset(lead[-1:]))


def telling(value: Value) -> bool:
    """Say whether a value is special enough to have come from where it stands."""
    if value.kind in ("selector", "target"):
        return len(value.text) >= 1
    return len(value.text) >= 4 or isinstance(value.value, int | float)


def listed(source: Source) -> bool:
    """Say whether the text is a list of records (JSON or YAML), not prose or a plain list."""
    head = source.text.lstrip()[:1]
    return head in ("[", "{") or (head == "-" and _RECORDS.search(source.text) is not None)


def fields(hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if in_field(hit.source.text, hit.start, hit.end)]


def competes(value: Value, hit: Hit) -> bool:
    """Say whether the same text gives another target of the same shape before this one.

    What a stranger adds to a document comes after what the document was made for.
    """
    source = hit.source
    for expression in (texts.EMAIL, texts.IBAN):
        if not expression.fullmatch(value.text):
            continue
        for match in expression.finditer(source.text, 0, hit.start):
            other = texts.compact(match.group()) != texts.compact(value.text)
            if other and _alike(source.text, match.start(), hit.start):
                continue
            if other and source.level(match.start(), match.end()) < ADDRESSED:
                return True
    return False


def _alike(text: str, one: int, other: int) -> bool:
    """Say whether two lines of a list are made alike: the second is an entry of its own."""
    lines = []
    for at in (one, other):
        low, high = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        line = text[low : high if high >= 0 else len(text)]
        lines.append(re.sub(r"\s+", " ", _FILLED.sub("", line.lstrip("-*• ").partition(" ")[2])))
    return lines[0] == lines[1] and text.rfind("\n", one, other) >= 0


def strings(arguments: str) -> list[str]:
    """Return the strings of folded JSON arguments that are long enough to be a name."""
    return list(re.findall(r'"([^"\\]{3,200})"(?!\s*:)', arguments))
