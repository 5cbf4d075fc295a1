"""Text that tries to replace the operator's instructions or to give the model orders."""

from seawall.core.verdicts import Verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.semantic.judge import Topic, judge


class Injection:
    """Grammar of cues in every reading, weighed by who wrote the part."""

    def __init__(self, card: Card) -> None:
        self.id = card.id
        self._topic = Topic(detector=card.id, rules="injection")

    def patterns(self) -> tuple[Pattern, ...]:
        """No shared patterns: the grammar works on words, not on expressions."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        return judge(subject, self._topic)


def build(card: Card) -> Detector:
    """Return the detector."""
    return Injection(card)
