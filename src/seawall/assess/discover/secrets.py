"""Credentials in files, by the guard's own detector, on the text as it stands."""

from collections.abc import Iterator
from functools import cache

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.guard import cards
from seawall.guard.contract import Context, Detector, Subject, View
from seawall.guard.patterns import PatternSet, TooManyHitsError

DETECTOR = "secrets"
_PIECE, _OVERLAP = 64_000, 2_000


@cache
def _tools() -> tuple[Detector, PatternSet]:
    detector = cards.build(DETECTOR)
    return detector, PatternSet((DETECTOR, pattern) for pattern in detector.patterns())


def secrets_in(text: str) -> list[tuple[str, int]]:
    """Return (kind of credential, line from 1) of each credential; never the credential.

    Linear in the text, read in pieces that overlap. Raises TooManyHitsError for a text made of
    matches: what it holds is unknown then.
    """
    places: set[tuple[int, str]] = set()
    for start in range(0, max(1, len(text)), _PIECE):
        piece = text[start : start + _PIECE + _OVERLAP]
        places.update((start + offset, label) for label, offset in _found(piece))
    found, line, counted = [], 1, 0
    for place, label in sorted(places):
        line += text.count("\n", counted, place)
        counted = place
        found.append((label, line))
    return list(dict.fromkeys(found))


def _found(piece: str) -> Iterator[tuple[str, int]]:
    detector, patterns = _tools()
    view = View(kind="raw", text=piece)
    hits = patterns.scan([view]).get(DETECTOR, ())
    if not hits:
        return
    part = Part(pointer="", text=piece, role=Role.FILE, trust=Trust.UNTRUSTED, stage=Stage.FILE)
    verdict = detector.detect(Subject(part=part, views=(view,), hits=hits), Context())
    for finding in verdict.findings:
        yield finding.label, finding.start


__all__ = ["TooManyHitsError", "secrets_in"]
