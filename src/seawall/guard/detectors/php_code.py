"""PHP in which text of strangers reaches commands, queries, pages, files or memory."""

from functools import partial

from seawall.guard.code import flow, flows
from seawall.guard.code.detector import CodeDetector
from seawall.guard.contract import Card, Detector


def build(card: Card) -> Detector:
    """Return the detector."""
    return CodeDetector(card.id, ("php",), (), partial(flow.judge, flows.PHP))
