"""The trained models' opinion: does a user ask for something that hurts people?"""

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.model import classifier
from seawall.guard.model.reading import chosen
from seawall.guard.semantic import evidence


class LearntHarm:
    """Scores every reading; the finding carries the likeliest category."""

    def __init__(self, card: Card) -> None:
        self.id = card.id
        self._classifier = classifier.load()

    def patterns(self) -> tuple[Pattern, ...]:
        """Return none."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        findings: list[Finding] = []
        for view in chosen(subject.views):
            judged = self._classifier.judge(view.text, subject.part.stage)
            if judged.harm >= evidence.REPORTED:
                label = max(judged.categories, key=judged.categories.__getitem__)
                findings.append(
                    finding(self.id, label, view, *judged.harm_at, score=round(judged.harm, 3))
                )
        return evidence.merge(findings, self.id)


def build(card: Card) -> Detector:
    """Return the detector. Raises MissingPartError when the models cannot be read."""
    return LearntHarm(card)
