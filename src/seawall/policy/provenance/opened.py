"""The one document that was opened: whom the user means is said by what he has opened, in any words."""

import itertools
from collections.abc import Sequence

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.places import (
    AUTHOR_KEY,
    authored,
    fields,
    ids,
    listed,
    several,
    strings,
)
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source, find
from seawall.policy.provenance.spans import ASKS

_MOST = 40


def only_opened(sources: Sequence[Source], request: Request) -> Source | None:
    """Return the only text of one author that was opened by an id of a listing; None for several.

    An order of outsiders gave no such id, nothing in the text speaks to a model, and the user names
    the author of no other record of that listing. Of two accounts or addresses in it, none is meant.
    """
    found = [s for s in sources if _opened(s, sources, request)]
    if len(found) != 1 or found[0].spans:
        return None
    targets = [one.findall(found[0].text) for one in (texts.IBAN, texts.EMAIL)]
    second = any(len({texts.compact(one) for one in held}) > 1 for held in targets)
    return None if second else found[0]


def _opened(source: Source, sources: Sequence[Source], request: Request) -> bool:
    if source.part.role is not Role.TOOL or source.origin != "untrusted":
        return False
    if source.led or several(source) or source.text.lstrip()[:1] == "[":
        return False
    given = dict.fromkeys([*strings(source.arguments), *ids(source.arguments)])
    before = [s for s in sources if s.part.turn < source.part.turn and s.part.role is Role.TOOL]
    return any(
        hit.level < ASKS and bool(fields([hit])) and listed(s)
        and (authored(hit, request) or not _names_author(s, request))
        for one in given for s in before if s.origin == "untrusted"
        for hit in find(s, one)
    )  # fmt: skip


def _names_author(source: Source, request: Request) -> bool:
    """Say whether the user names who wrote one of the records of a listing."""
    signed = itertools.islice(AUTHOR_KEY.finditer(source.text), _MOST)
    return any(request.links(frozenset(texts.words(one[1]))) for one in signed)
