"""The detector that reads cues by a grammar, and phrases that the grammar does not know."""

from collections.abc import Collection, Mapping

from seawall.core.exchange import Trust
from seawall.core.verdicts import Verdict
from seawall.guard.common import finding
from seawall.guard.contract import Context, Hit, Pattern, Subject
from seawall.guard.semantic import evidence, grammar, second
from seawall.guard.semantic.judge import Topic, judge
from seawall.policy.depth import Depth

_PHRASE_SCORE = 0.85


class CueDetector:
    """Grammar of cues in every reading, weighed by who wrote the part.

    `phrases` are expressions whose match is a finding with `label`; `strangers` are such that
    count in untrusted parts only.
    """

    def __init__(
        self,
        topic: Topic,
        *,
        label: str = "",
        phrases: Mapping[str, str] | None = None,
        strangers: Mapping[str, str] | None = None,
    ) -> None:
        self.id = topic.detector
        self._topic, self._label = topic, label
        self._phrases, self._strangers = dict(phrases or {}), dict(strangers or {})

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the phrases; the grammar works on words, not on expressions."""
        known = self._phrases | self._strangers
        return tuple(Pattern(name=name, expression=text) for name, text in known.items())

    def prepare(self, depths: Collection[Depth]) -> None:
        """Read the topic's rules, the lexicon, and the models that are asked too."""
        grammar.prepare(self._topic.rules)
        for depth in depths if self._topic.doubted else ():
            second.load(depth)

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        judged = judge(subject, self._topic, context)
        untrusted = subject.part.trust is Trust.UNTRUSTED
        phrases = [
            finding(
                self.id,
                self._label,
                subject.views[hit.view],
                hit.start,
                hit.end,
                score=round(_PHRASE_SCORE * self._share(subject, hit, context), 3),
            )
            for hit in subject.hits
            if context.least <= _PHRASE_SCORE and (untrusted or hit.rule in self._phrases)
        ]
        return evidence.merge((*judged.findings, *phrases), self.id)

    def _share(self, subject: Subject, hit: Hit, context: Context) -> float:
        """Return what the trained models leave of a phrase's score; all of it where it is hidden."""
        view = subject.views[hit.view]
        if not self._topic.doubted or evidence.is_decoded(view):
            return 1.0
        raw = second.written(view, subject.views)
        stage = subject.part.stage
        return second.share(view, hit.start, hit.end, stage, raw, depth=context.depth)
