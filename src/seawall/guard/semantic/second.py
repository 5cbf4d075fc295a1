"""A second opinion on what the grammar found: words alone mistake talk about orders for orders.

The trained models read the passage. Where they are sure that it is harmless, a cue keeps
`DOUBTED` of its score; from the chance `BELIEVED` on it keeps all. Hidden text is not doubted:
who hides an order means it.
"""

from seawall.core.exchange import Stage
from seawall.guard.contract import View
from seawall.guard.model import classifier
from seawall.guard.model.linear import CHUNK

DOUBTED, BELIEVED = 0.7, 0.35


def passage(view: View, start: int, end: int) -> str:
    """Return a range of a view with as much around it as the models read at once."""
    room = max(0, CHUNK - (end - start)) // 2
    low, high = max(0, start - room), min(len(view.text), end + room)
    return view.text[low : min(high, low + CHUNK)]


def share(view: View, start: int, end: int, stage: Stage) -> float:
    """Return how much of a cue's score is left, DOUBTED to 1. Raises MissingPartError."""
    said = classifier.load().judge(passage(view, start, end), stage, thorough=True)
    chance = min(1.0, max(said.injection, said.jailbreak) / BELIEVED)
    return DOUBTED + (1.0 - DOUBTED) * chance
