"""JavaScript that runs text as code, sends secrets away or puts strangers' text into pages."""

from seawall.guard.code import script_rules
from seawall.guard.code.detector import CodeDetector
from seawall.guard.contract import Card, Detector

_KEYS = ("javascript", "js", "expression", "function", "pagefunction", "script", "html")


def build(card: Card) -> Detector:
    """Return the detector."""
    return CodeDetector(card.id, ("javascript", ""), _KEYS, script_rules.problems)
