"""The trained models' opinion: does a text try to take over the application or drop its rules?"""

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.model import classifier
from seawall.guard.model.reading import chosen
from seawall.guard.semantic import evidence


class LearntAttack:
    """Scores every reading by who wrote it; the finding stands for the order's words."""

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
            for label, score in (("injection", judged.injection), ("jailbreak", judged.jailbreak)):
                if score >= evidence.REPORTED:
                    findings.append(
                        finding(self.id, label, view, *judged.attack_at, score=round(score, 3))
                    )
        return evidence.merge(findings, self.id)


def build(card: Card) -> Detector:
    """Return the detector. Raises MissingPartError when the models cannot be read."""
    return LearntAttack(card)
