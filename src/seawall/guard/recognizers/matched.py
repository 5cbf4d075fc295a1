"""Personal values of a text: as they stand, cut by a line end, or spelt in words."""

from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from typing import Any

from seawall.guard.contract import Hit, Pattern, View
from seawall.guard.patterns import compiled
from seawall.guard.recognizers import broken_values, personal
from seawall.guard.recognizers.personal import Match


def patterns() -> tuple[Pattern, ...]:
    """Return the expressions for the shared pattern pass."""
    return (*personal.patterns(), *broken_values.patterns())


@cache
def prepare() -> tuple[tuple[str, Any], ...]:
    """Return the expressions, compiled: no text waits for that."""
    broken_values.prepare()
    return tuple(
        (p.name, compiled(p.expression, case_sensitive=p.case_sensitive)) for p in patterns()
    )


def in_view(view: View, hits: Iterable[Hit]) -> list[tuple[View, Match]]:
    """Return the accepted values of a reading, each with the reading that its range belongs to."""
    own, broken = list[Hit](), list[Hit]()
    for hit in hits:
        (broken if hit.rule in broken_values.RULES else own).append(hit)
    found = [(view, match) for match in personal.matches(view, own)] if own else []
    put_together = broken_values.mended(view, broken) if broken else None
    if put_together is None:
        return found
    whole, places = put_together
    again = personal.matches(whole, (hit for hit in _hits(whole) if hit.rule not in _BROKEN))
    return found + [(whole, match) for match in again if _covers(whole, match, places)]


def in_text(text: str) -> list[tuple[View, Match]]:
    """Return the accepted values of a text that no shared pass has read."""
    view = View(kind="raw", text=text)
    return in_view(view, _hits(view))


_BROKEN = broken_values.RULES


def _hits(view: View) -> list[Hit]:
    return [
        Hit(rule=name, view=0, start=match.start(), end=match.end())
        for name, expression in prepare()
        for match in expression.finditer(view.text)
    ]


def _covers(view: View, match: Match, places: list[tuple[int, int]]) -> bool:
    """Return whether a value reaches over one of the places, which are in order."""
    start, end = view.raw_span(match.start, match.end)
    at = bisect_left(places, (start, start))
    return at < len(places) and places[at][1] <= end
