"""The text repeats a registered text word for word."""

import math

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject, View
from seawall.guard.registered.index import Index
from seawall.guard.registered.letters import letters, places


def _score(size: int, count: int) -> float:
    """Return 0.5 for a copy as long as one fingerprint, more the longer it is."""
    return round(1.0 - math.pow(0.5, count / size), 3)


class Verbatim:
    """Looks up the fingerprints of every reading in the indexes that the rule names."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No patterns: what must not be repeated is known as digests only."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; readings that differ in letters only count once."""
        findings: list[Finding] = []
        seen: set[str] = set()
        for view in subject.views:
            folded = letters(view.text)
            if folded in seen:
                continue
            seen.add(folded)
            for index in context.registered:
                findings += self._copied(view, folded, index)
        return verdict(self.id, findings)

    def _copied(self, view: View, folded: str, index: Index) -> list[Finding]:
        spans = index.spans(folded)
        if not spans:
            return []
        where = places(view.text)
        return [
            finding(
                self.id,
                "verbatim",
                view,
                int(where[start]),
                int(where[end - 1]) + 1,
                score=_score(index.header.size, end - start),
                why=f"{end - start} letters",
            )
            for start, end in spans
        ]


def build(card: Card) -> Detector:
    """Return the detector."""
    return Verbatim(card)
