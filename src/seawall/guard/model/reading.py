"""Which readings of a part the models judge: its cleanest text, and what was hidden in it."""

from collections.abc import Sequence

from seawall.guard.contract import View
from seawall.guard.reading.mapped import CLEAN_KINDS

MOST_HIDDEN = 4
_LEAST = 12


def chosen(views: Sequence[View]) -> list[View]:
    """Return the cleanest reading first, then the longest of the decoded ones."""
    clean = [view for view in views if view.kind in CLEAN_KINDS and view.kind != "strings"]
    hidden = [v for v in views if v.kind not in CLEAN_KINDS and len(v.text) >= _LEAST]
    hidden.sort(key=lambda view: -len(view.text))
    return [*clean[-1:], *hidden[:MOST_HIDDEN]]
