"""Python that destroys, sends secrets away, runs what it downloads or trusts its users."""

from seawall.guard.code import python_rules
from seawall.guard.code.detector import CodeDetector
from seawall.guard.contract import Card, Detector

_KEYS = ("code", "python", "python_code", "source", "source_code", "script", "snippet")


def build(card: Card) -> Detector:
    """Return the detector."""
    return CodeDetector(card.id, ("python", ""), _KEYS, python_rules.problems)
