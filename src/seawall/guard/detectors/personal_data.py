"""Personal data with a recognisable form: addresses, cards, accounts, identifiers."""

from collections.abc import Collection

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject, View
from seawall.guard.recognizers import matched, personal, phones
from seawall.policy.depth import Depth

# Readings that turn ordinary text into digits or letters by chance: only checked values count.
_CHANCE_READINGS = ("reversed", "leet", "rot13", "morse", "joined")


def found_values(subject: Subject) -> list[tuple[View, personal.Match]]:
    """Return (reading, match) of every accepted value in every reading."""
    values: list[tuple[View, personal.Match]] = []
    for index, hits in sorted(subject.hits_by_view().items()):
        view = subject.views[index]
        chance = any(kind in view.kind for kind in _CHANCE_READINGS)
        for where, match in matched.in_view(view, hits):
            if not chance or match.label in personal.CHECKED:
                values.append((where, match))
    return values


class PersonalData:
    """Finds personal data by form, check digit and context."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the recognizers' expressions."""
        return matched.patterns()

    def prepare(self, depths: Collection[Depth]) -> None:
        """Read what numbers look like in each country; compile what reads values again."""
        phones.prepare()
        matched.prepare()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; findings carry the kind as label."""
        findings: list[Finding] = [
            finding(self.id, m.label, view, m.start, m.end, score=m.score)
            for view, m in found_values(subject)
        ]
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return PersonalData(card)
