"""What the guard's model makes of outsiders' texts, as evidence beside where values come from.

It can doubt a range: a call with a value that stands only there is stopped. Where it read all of
outsiders and doubts nothing, a call that only a sentence that asks would stop is judged once more,
that sentence read as data: whoever planted it could as well have written a statement.
"""

import copy
import itertools
import re
from collections.abc import Mapping, Sequence

import msgspec

from seawall.policy.provenance.places import telling
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.trace import TRUSTED, Value

Place = tuple[str, tuple[int, int] | None]
Ranges = tuple[tuple[int, int], ...]
_PLACES = 20
DOUBTED = "stands only where the guard suspects an order"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """`doubted`: character ranges that may be an order, by (pointer, span) of their part.

    `calm`: the whole model read every text of outsiders, and doubts none.
    """

    doubted: Mapping[Place, Ranges] = {}
    calm: bool = False


UNHEARD = Heard()


def calmed(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources, sentences that only ask for an effect read as data."""
    found = tuple(copy.copy(source) for source in sources)
    for source in found:
        source.calm = True
    return found


def doubtful(values: Sequence[Value], doubted: Mapping[Place, Ranges]) -> Value | None:
    """Return the first value that stands nowhere but in doubted ranges, None for none."""
    for value in values:
        if value.empty or value.origin in TRUSTED or not (telling(value) or value.long):
            continue
        hits = value.untrusted
        if hits and all(_within(hit, doubted) for hit in hits):
            return value
    return None


def _within(hit: Hit, doubted: Mapping[Place, Ranges]) -> bool:
    part = hit.source.part
    ranges = doubted.get((part.pointer, part.span), ())
    if not ranges:
        return False
    if len(hit.source.text) == len(part.text):
        return _inside(hit.start, ranges)
    # Folding moved it: it is looked for again, and doubted where it is not found.
    piece = re.compile(re.escape(hit.source.text[hit.start : hit.end]), re.IGNORECASE)
    found = [one.start() for one in itertools.islice(piece.finditer(part.text), _PLACES)]
    return not found or any(_inside(at, ranges) for at in found)


def _inside(at: int, ranges: Ranges) -> bool:
    return any(start <= at < end for start, end in ranges)
