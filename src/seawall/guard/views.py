"""Every way a text can be read: raw, cleaned, decoded, nested; linear in the text."""

from collections.abc import Iterator

import msgspec

from seawall.guard.contract import View
from seawall.guard.reading import clean, decode

MAX_DEPTH = 3
MAX_RUNS = 64
MAX_VIEWS = 96
# Readings may hold this many characters more than GROWTH times the raw text.
ALLOWANCE, GROWTH = 64_000, 12


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All views of a text, raw first. `complete` is false when a limit cut some off."""

    views: tuple[View, ...]
    complete: bool


def _cleaned(view: View) -> Iterator[View]:
    """Yield the readings that undo disguise, each on top of the cleanest so far."""
    normal = clean.normalised(view)
    if normal is not None:
        yield normal
        hidden = clean.tags(view)
        if hidden is not None:
            yield hidden
    base = normal or view
    folded = clean.folded(base)
    if folded is not None:
        yield folded
        base = folded
    joined = clean.joined_letters(base)
    if joined is not None:
        yield joined
        base = joined
    yield from clean.leet(base)


class _Collector:
    """Gathers views breadth first within the limits; drops texts already seen."""

    def __init__(self, raw: View) -> None:
        self.views = [raw]
        self.complete = True
        self._seen = {raw.text}
        self._room = ALLOWANCE + GROWTH * len(raw.text)

    def add(self, view: View) -> bool:
        """Keep the view if it is new and there is room; return whether it was kept."""
        if view.kind == "cut":
            self.complete = False
            return False
        if not view.text.strip() or view.text in self._seen:
            return False
        if len(self.views) >= MAX_VIEWS or len(view.text) > self._room:
            self.complete = False
            return False
        self._room -= len(view.text)
        self._seen.add(view.text)
        self.views.append(view)
        return True


def read(text: str) -> Reading:
    """Return all readings of a text. Findings map back by View.raw_span."""
    collector = _Collector(View(kind="raw", text=text))
    level = list(collector.views)
    for depth in range(MAX_DEPTH):
        fresh: list[View] = []
        for view in level:
            fresh += [child for child in _cleaned(view) if collector.add(child)]
        for view in [*level, *fresh]:
            for children in (decode.runs(view, MAX_RUNS), decode.transforms(view)):
                for child in children:
                    if _worth(child, depth) and collector.add(child):
                        fresh.append(child)
        level = [view for view in fresh if view.kind not in ("normalised", "folded")]
        if not level:
            break
    return Reading(views=tuple(collector.views), complete=collector.complete)


def _worth(view: View, depth: int) -> bool:
    """Return whether a reading of a reading is more than a chance find."""
    if view.kind == "cut":
        return True
    if depth == 0:
        return True
    last = view.kind.rpartition("+")[2]
    repeated = view.kind.count(last) > 1 and last in ("rot13", "reversed")
    return not repeated


def views(text: str) -> tuple[View, ...]:
    """Return the readings only; see `read` for whether they are complete."""
    return read(text).views
