"""Shell code that destroys, sends secrets away, runs downloads, opens a shell or stays."""

from seawall.guard.code import shell_persists, shell_rules
from seawall.guard.code.detector import CodeDetector
from seawall.guard.contract import Card, Detector

_KEYS = ("command", "commands", "cmd", "shell", "bash", "script", "sh", "shell_command", "terminal")


def build(card: Card) -> Detector:
    """Return the detector."""
    return CodeDetector(
        card.id, ("shell", ""), _KEYS, shell_rules.problems, only_run=(shell_persists.LABEL,)
    )
