"""The trained models' opinion: does a text try to take over the application or drop its rules?"""

from seawall.guard.contract import Card, Detector
from seawall.guard.model.detector import LearntDetector, Opinion
from seawall.guard.model.judgement import Judgement


def _opinions(judged: Judgement) -> tuple[Opinion, ...]:
    return (
        ("injection", judged.injection, judged.attack_at),
        ("jailbreak", judged.jailbreak, judged.attack_at),
    )


def build(card: Card) -> Detector:
    """Return the detector. Raises MissingPartError when the models cannot be read."""
    return LearntDetector(card.id, _opinions)
