"""The detector around the trained models: a finding for each opinion that is worth reporting."""

from collections.abc import Callable, Iterable

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding
from seawall.guard.contract import Context, Pattern, Subject
from seawall.guard.model import classifier
from seawall.guard.model.classifier import Judgement, Range
from seawall.guard.model.reading import chosen
from seawall.guard.semantic import evidence

Opinion = tuple[str, float, Range]


class LearntDetector:
    """Judges every reading of a part by who wrote it.

    `opinions` picks (label, score 0..1, range in the reading) from what the models say.
    """

    def __init__(self, identity: str, opinions: Callable[[Judgement], Iterable[Opinion]]) -> None:
        """Load the models. Raises MissingPartError when they cannot be read."""
        self.id = identity
        self._opinions = opinions
        self._classifier = classifier.load()

    def patterns(self) -> tuple[Pattern, ...]:
        """Return none."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        findings: list[Finding] = []
        for view in chosen(subject.views):
            judged = self._classifier.judge(view.text, subject.part.stage)
            for label, score, place in self._opinions(judged):
                if score >= evidence.REPORTED:
                    found = finding(self.id, label, view, *place, score=round(score, 3))
                    findings.append(found)
        return evidence.merge(findings, self.id)
