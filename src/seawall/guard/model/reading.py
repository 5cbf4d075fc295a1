"""Which readings of a part the models judge: its cleanest text, and what was hidden in it."""

from collections.abc import Iterator, Sequence

from seawall.guard.contract import View
from seawall.guard.reading.mapped import CLEAN_KINDS
from seawall.guard.reading.wordless import wordless

MOST_HIDDEN = 4
# Beyond these, short ones of so many characters together: long decoys hide no short order.
_BESIDE = 4_000
_LEAST = 12
KIND = "together"
# How mails and files are carried whole.
_CARRIED = frozenset({"base64", "quoted-printable"})


def chosen(views: Sequence[View], *, opaque: bool = False) -> list[View]:
    """Return the cleanest reading first, then the longest of the decoded ones, each text once.

    `opaque`: of bytes written as letters, none where these are no words: nobody has said anything.
    """
    clean = [view for view in views if view.kind in CLEAN_KINDS and view.kind != "strings"]
    if opaque:
        clean = [view for view in clean if not wordless(view.text)]
    once = {view.text: view for view in reversed(views) if view.kind not in CLEAN_KINDS}
    hidden = [view for view in once.values() if len(view.text) >= _LEAST]
    hidden.sort(key=lambda view: -len(view.text))
    beside = list(_beside(hidden[MOST_HIDDEN:]))
    left = hidden[MOST_HIDDEN : len(hidden) - len(beside)]
    return [*clean[-1:], *hidden[:MOST_HIDDEN], *beside, *_together(left)]


def whole(view: View, views: Sequence[View]) -> bool:
    """Return whether one of the chosen readings is the whole part, as it is or as it is carried."""
    cleanest = views[0]
    return view is cleanest or (view.kind in _CARRIED and 2 * len(view.text) >= len(cleanest.text))


def _together(left: Sequence[View]) -> Iterator[View]:
    """Yield what is left as one text, in the raw text's order: decoys in any number hide none."""
    text: list[str] = []
    offsets: list[int] = []
    for view in sorted(left, key=lambda view: view.raw_span(0, len(view.text))):
        start, end = view.raw_span(0, len(view.text))
        size = len(view.text)
        own = view.offsets or [start + at * (end - start) // size for at in range(size + 1)]
        text.append(view.text)
        # Its end stands for the empty line behind it, too.
        offsets += [*own, own[-1]]
    if left:
        joined = "\n\n".join([*text, ""])
        edges = (min(offsets), max(offsets))
        yield View(
            kind=KIND, text=joined, offsets=(*offsets, offsets[-1]), start=edges[0], end=edges[1]
        )


def _beside(hidden: Sequence[View]) -> Iterator[View]:
    left = _BESIDE
    for view in sorted(hidden, key=lambda view: len(view.text)):
        left -= len(view.text)
        if left < 0:
            return
        yield view
