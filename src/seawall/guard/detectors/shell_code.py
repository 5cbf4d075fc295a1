"""Shell code that destroys, sends secrets away, runs downloads, opens a shell or stays."""

from seawall.guard.code import shell_persists, shell_rules, shell_uploads
from seawall.guard.code.detector import CodeDetector
from seawall.guard.code.shell_words import COMMAND_KEYS
from seawall.guard.contract import Card, Detector


def build(card: Card) -> Detector:
    """Return the detector."""
    only_run = (shell_persists.LABEL, shell_uploads.LABEL)
    return CodeDetector(
        card.id, ("shell", ""), COMMAND_KEYS, shell_rules.problems, only_run=only_run
    )
