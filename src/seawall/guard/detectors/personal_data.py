"""Personal data with a recognisable form: addresses, cards, accounts, identifiers."""

from collections.abc import Collection

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.recognizers import personal, phones
from seawall.policy.depth import Depth

# Readings that turn ordinary text into digits or letters by chance: only checked values count.
_CHANCE_READINGS = ("reversed", "leet", "rot13", "morse", "joined")


def found_values(subject: Subject) -> list[tuple[int, personal.Match]]:
    """Return (view index, match) of every accepted value in every reading."""
    values: list[tuple[int, personal.Match]] = []
    for index, hits in sorted(subject.hits_by_view().items()):
        view = subject.views[index]
        chance = any(kind in view.kind for kind in _CHANCE_READINGS)
        for match in personal.matches(view, hits):
            if not chance or match.label in personal.CHECKED:
                values.append((index, match))
    return values


class PersonalData:
    """Finds personal data by form, check digit and context."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the recognizers' expressions."""
        return personal.patterns()

    def prepare(self, depths: Collection[Depth]) -> None:
        """Read what numbers look like in each country."""
        phones.prepare()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; findings carry the kind as label."""
        findings: list[Finding] = [
            finding(self.id, m.label, subject.views[i], m.start, m.end, score=m.score)
            for i, m in found_values(subject)
        ]
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return PersonalData(card)
