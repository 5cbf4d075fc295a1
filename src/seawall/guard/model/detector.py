"""The detector around the trained models: a finding for each opinion that is worth reporting."""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from seawall.core.exchange import Stage
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding
from seawall.guard.contract import Context, Pattern, Subject
from seawall.guard.model import apart, classifier
from seawall.guard.model.opinion import Judgement, Range
from seawall.guard.model.reading import chosen, whole
from seawall.guard.semantic import evidence

Opinion = tuple[str, float, Range]


class LearntDetector:
    """Judges every reading of a part by who wrote it.

    `opinions` picks (label, score 0..1, range in the reading) from what the models say.
    `sentences`: a sentence that stands out is judged apart too.
    """

    def __init__(
        self,
        identity: str,
        opinions: Callable[[Judgement], Iterable[Opinion]],
        *,
        sentences: bool = False,
    ) -> None:
        """Load the models. Raises MissingPartError when they cannot be read."""
        self.id = identity
        self._opinions, self._sentences = opinions, sentences
        self._classifier = classifier.quick_models()

    def patterns(self) -> tuple[Pattern, ...]:
        """Return none."""
        return ()

    def ready(self, text: str, stage: Stage) -> bool:
        """Return whether quick models have judged a text, or do so at once. Linear in it."""
        return not self._sentences and self._classifier.ready(text, stage)

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        findings: list[Finding] = []
        views = chosen(subject.views)
        for view in views:
            said = self._classifier.judge(
                view.text, subject.part.stage, quick=context.quick, strays=whole(view, views)
            )
            for judged in self._judged(said, view.text, subject.part.stage):
                for label, score, place in self._opinions(judged):
                    if score >= evidence.REPORTED:
                        found = finding(self.id, label, view, *place, score=round(score, 3))
                        findings.append(found)
        return evidence.merge(findings, self.id)

    def _judged(self, said: Judgement, text: str, stage: Stage) -> Iterator[Judgement]:
        """Yield what the models say of a text and, where it says little, of what stands out.

        Where quick models find the whole text clear, nothing does. In a harmful text it is the
        place.
        """
        stands_out = None
        if self._sentences and said.read:
            stands_out = apart.sentence(text, self._classifier.suspicions)
        if stands_out is None:
            yield said
        elif said.harm >= evidence.FOUND:
            yield msgspec.structs.replace(said, harm_at=stands_out)
        else:
            yield said
            alone = self._classifier.judge(text[slice(*stands_out)], stage)
            yield apart.discounted(alone, stands_out[0])
