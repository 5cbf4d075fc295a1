"""Was a result read by a value of a record that the user's words point at?"""

from collections.abc import Sequence

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.places import contained, fields, ids, near, sender, strings
from seawall.policy.provenance.request import FILE, Request
from seawall.policy.provenance.sources import Hit, Source, find
from seawall.policy.provenance.spans import ASKS

_NAME = 3


def chained(source: Source, arguments: str, sources: Sequence[Source], request: Request) -> bool:
    """Say whether a result was read by a value of a record that the user's words point at.

    Notes at the source what that record says of it: its title, who sent it.
    """
    for one in dict.fromkeys([*strings(arguments), *ids(arguments)]):
        for before in sources:
            if before.part.turn >= source.part.turn:
                continue
            if not (before.pointed or before.arguments == "{}"):
                continue
            hits = find(before, one) if before.part.role is Role.TOOL else []
            whole = before.named and contained(before.arguments)
            if len(one) < _NAME:
                hits = fields(hits)
            fit = [h for h in hits if h.level < ASKS and (whole or near(h, request))]
            if fit:
                source.titled = any(_titled(hit, request) for hit in fit)
                source.sent = any(_sender_named(hit, request) for hit in fit)
                return True
    return False


def _titled(hit: Hit, request: Request) -> bool:
    """Say whether the record of a listing has the very file name that the user said."""
    record = hit.source.record(hit.start, hit.end)
    return any(f'"{one}"' in record for one in FILE.findall(request.text))


def _sender_named(hit: Hit, request: Request) -> bool:
    """Say whether the line of a listing is from an address that the user's words name."""
    text = hit.source.text
    low, high = text.rfind("\n", 0, hit.start) + 1, text.find("\n", hit.end)
    line = text[low : high if high >= 0 else len(text)]
    if "{" in text:
        line = hit.source.record(hit.start, hit.end)
    return request.links(frozenset(texts.words(sender(line))))
