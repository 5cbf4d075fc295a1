"""The trained models' opinion: does a user ask for something that hurts people?"""

from seawall.guard.contract import Card, Detector
from seawall.guard.model.detector import LearntDetector, Opinion
from seawall.guard.model.judgement import Judgement


def _opinions(judged: Judgement) -> tuple[Opinion, ...]:
    """Return the likeliest category; none for a text that the first model finds clear."""
    if not judged.categories:
        return ()
    label = max(judged.categories, key=judged.categories.__getitem__)
    return ((label, judged.harm, judged.harm_at),)


def build(card: Card) -> Detector:
    """Return the detector. Raises MissingPartError when the models cannot be read."""
    return LearntDetector(card.id, _opinions, sentences=True)
