"""Does somebody's sentence elsewhere name the very record that a call acts on, by its id?

"Linked with H-5495, cancel both": the record stands in the list too, and still nobody but he chose it.
"""

import re
from collections.abc import Sequence

from seawall.policy.provenance.asks import asks
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.orders import speaks_of
from seawall.policy.provenance.places import authored, fields, listed, purpose_named
from seawall.policy.provenance.pleas import names_record
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import DELETE, PAY

_IS_TO_BE = re.compile(
    r"\b(?:is|are|has|have|must|should|needs?)(?: to)? be \w+(?:ed|en|t)\b|\b(?:ist|sind) zu \w+en\b|"
    r"\b(?:est|sont) à \w+er\b|\b(?:debe|deben|hay que) \w+r\b"
)


def ordered_by_id(
    profile: ToolProfile, values: Sequence[Value], request: Request, sources: Sequence[Source]
) -> Value | None:
    """Return the value whose record a stranger's sentence of another record names for this doing."""
    if request.delegated:
        return None
    for value in values:
        if value.origin != "untrusted" or not _may_be_record(profile, value, request):
            continue
        inside = fields(value.untrusted)
        for hit in value.untrusted if inside else ():
            if hit in inside or not _told(profile, hit):
                continue
            grave = profile.effect == DELETE and request.entrusted is None
            if not grave and request.relies and authored(hit, request):
                continue
            if not any(_same_record(hit, own) for own in inside):
                return value
    return None


def _may_be_record(profile: ToolProfile, value: Value, request: Request) -> bool:
    """Say whether a value names a record, no day, person or purpose, that the user did not name."""
    if not names_record(value) or value.text in request.text or value.shape == "email":
        return False
    return value.kind != "date" and not (profile.effect == PAY and purpose_named(value))


def _told(profile: ToolProfile, hit: Hit) -> bool:
    """Say whether the sentence of a place asks, or speaks of what the tool does."""
    low, high = hit.source.sentence(hit.start, hit.end)
    around = f"{hit.source.text[low : hit.start]} {hit.source.text[hit.end : high]}"
    if hit.level >= ADDRESSED or speaks_of(profile, around):
        return True
    if _IS_TO_BE.search(around):
        return True
    return profile.effect in asks(around, foreign=True, strange=True).effects


def _same_record(one: Hit, other: Hit) -> bool:
    if one.source is not other.source:
        return False
    low, high = _bounds(other)
    return low <= one.start < high


def _bounds(hit: Hit) -> tuple[int, int]:
    if listed(hit.source):
        return hit.source.around(hit.start, hit.end)
    text = hit.source.text
    low, high = text.rfind("\n", 0, hit.start) + 1, text.find("\n", hit.end)
    return low, high if high >= 0 else len(text)
