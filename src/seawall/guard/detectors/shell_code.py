"""Shell code that destroys, sends secrets away, runs what it downloads or opens a shell."""

from seawall.guard.code import shell_rules
from seawall.guard.code.detector import CodeDetector
from seawall.guard.contract import Card, Detector

_KEYS = ("command", "commands", "cmd", "shell", "bash", "script", "sh", "shell_command", "terminal")


def build(card: Card) -> Detector:
    """Return the detector."""
    return CodeDetector(card.id, ("shell", ""), _KEYS, shell_rules.problems)
