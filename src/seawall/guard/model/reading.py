"""Which readings of a part the models judge: its cleanest text, and what was hidden in it."""

from collections.abc import Iterator, Sequence

from seawall.guard.contract import View
from seawall.guard.reading.mapped import CLEAN_KINDS

MOST_HIDDEN = 4
# Beyond these, short ones of so many characters together: long decoys hide no short order.
_BESIDE = 4_000
_LEAST = 12


def chosen(views: Sequence[View]) -> list[View]:
    """Return the cleanest reading first, then the longest of the decoded ones, each text once."""
    clean = [view for view in views if view.kind in CLEAN_KINDS and view.kind != "strings"]
    once = {view.text: view for view in reversed(views) if view.kind not in CLEAN_KINDS}
    hidden = [view for view in once.values() if len(view.text) >= _LEAST]
    hidden.sort(key=lambda view: -len(view.text))
    return [*clean[-1:], *hidden[:MOST_HIDDEN], *_beside(hidden[MOST_HIDDEN:])]


def _beside(hidden: Sequence[View]) -> Iterator[View]:
    left = _BESIDE
    for view in sorted(hidden, key=lambda view: len(view.text)):
        left -= len(view.text)
        if left < 0:
            return
        yield view
