"""The detector around the trained models: a finding for each opinion that is worth reporting."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from seawall.core.exchange import Stage
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding
from seawall.guard.contract import Context, Pattern, Subject, View
from seawall.guard.model import apart
from seawall.guard.model.judgement import Judgement, Range
from seawall.guard.model.reading import chosen, whole
from seawall.guard.semantic import evidence
from seawall.policy.depth import Depth

if TYPE_CHECKING:  # each brings what the other does without
    from seawall.guard.model.classifier import Classifier
    from seawall.guard.model.static import Static

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
        self.id = identity
        self._opinions, self._sentences = opinions, sentences

    def patterns(self) -> tuple[Pattern, ...]:
        """Return none."""
        return ()

    def load(self, depth: Depth) -> None:
        """Read the models of a depth; the transformer when it is asked, or by `classifier.load`.

        Raises MissingPartError.
        """
        if depth == "static":
            _static()
        else:
            _classifier()

    def ready(self, text: str, stage: Stage, depth: Depth) -> bool:
        """Return whether what is asked has judged a text, or does so at once. Linear in it."""
        if depth == "static":
            return True
        return not self._sentences and _classifier().ready(text, stage)

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        findings: list[Finding] = []
        views = chosen(subject.views, opaque=subject.part.opaque)
        for view in views:
            said = self._said(view, subject.part.stage, context.depth, whole(view, views))
            for judged in self._judged(said, view.text, subject.part.stage):
                for label, score, place in self._opinions(judged):
                    if score >= evidence.REPORTED:
                        found = finding(self.id, label, view, *place, score=round(score, 3))
                        findings.append(found)
        return evidence.merge(findings, self.id)

    def _said(self, view: View, stage: Stage, depth: Depth, strays: bool) -> Judgement:
        if depth == "static":
            return _static().judge(view.text, stage)
        return _classifier().judge(view.text, stage, quick=depth == "quick", strays=strays)

    def _judged(self, said: Judgement, text: str, stage: Stage) -> Iterator[Judgement]:
        """Yield what the models say of a text and, where it says little, of what stands out.

        Where quick models find the whole text clear, nothing does. In a harmful text it is the
        place.
        """
        stands_out = None
        if self._sentences and said.read:
            stands_out = apart.sentence(text, _classifier().suspicions)
        if stands_out is None:
            yield said
        elif said.harm >= evidence.FOUND:
            yield msgspec.structs.replace(said, harm_at=stands_out)
        else:
            yield said
            alone = _classifier().judge(text[slice(*stands_out)], stage)
            yield apart.discounted(alone, stands_out[0])


def _classifier() -> "Classifier":
    from seawall.guard.model import classifier

    return classifier.quick_models()


def _static() -> "Static":
    from seawall.guard.model import static

    return static.bundled()
