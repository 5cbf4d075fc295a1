"""A request for the system prompt, the hidden rules or the tools' interface."""

from seawall.guard.contract import Card, Detector
from seawall.guard.semantic.detector import CueDetector
from seawall.guard.semantic.judge import Topic


def build(card: Card) -> Detector:
    """Return the detector."""
    return CueDetector(Topic(detector=card.id, rules="disclosure", doubted=True))
