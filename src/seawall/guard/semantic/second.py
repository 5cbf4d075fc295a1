"""A second opinion on what the grammar found: words alone mistake talk about orders for orders.

The trained models read the passage. Up to the chance `NOTHING` a cue keeps `DOUBTED` of its score,
from the chance `BELIEVED` on all of it. Hidden text is not doubted:
who hides an order means it.
"""

from collections.abc import Sequence

from seawall.core.exchange import Stage
from seawall.guard.contract import View
from seawall.guard.model import classifier
from seawall.guard.model.linear import CHUNK
from seawall.guard.reading import strings

DOUBTED, NOTHING, BELIEVED = 0.7, 0.05, 0.35
# What an opinion counts that does not know what stands around.
ALONE = 0.5
_BREAK, _ESCAPE = "\n\n", "\\u"


def written(view: View, views: Sequence[View]) -> View | None:
    """Return the raw text where a view is of its strings, and the models read it in many windows.

    None where something was undone in it before, or letters stand as escapes.
    """
    if view.kind != strings.KIND or view is not views[1]:
        return None
    raw = views[0]
    return raw if len(raw.text) > classifier.ONE_WINDOW and _ESCAPE not in raw.text else None


def passage(view: View, start: int, end: int) -> str:
    """Return the window, as the models cut the whole view, that holds most of a range."""
    ranges = classifier.ranges(view.text)
    low, high = max(ranges, key=lambda one: min(end, one[1]) - max(start, one[0]))
    return view.text[low:high]


def paragraph(view: View, start: int, end: int) -> str:
    """Return the paragraph that a range begins in, as much of it as the models read at once."""
    low = view.text.rfind(_BREAK, max(0, start - CHUNK), start)
    low = low + len(_BREAK) if low >= 0 else max(0, start - CHUNK // 2)
    high = view.text.find(_BREAK, max(start, end - len(_BREAK)), low + CHUNK)
    return view.text[low : high if high >= 0 else low + CHUNK]


def share(view: View, start: int, end: int, stage: Stage, raw: View | None = None) -> float:
    """Return how much of a cue's score is left, DOUBTED to 1. Raises MissingPartError.

    An order that stands apart is read apart too: a long letter around it would drown it. `raw`:
    the text as it was written, where the view is of its strings: what stands around is read there,
    as the models read it anyway.
    """
    around = passage(view, start, end) if raw is None else passage(raw, *view.raw_span(start, end))
    apart = paragraph(view, start, end)
    chance = _chance(around, stage)
    if chance < BELIEVED and apart != around:
        chance = max(chance, ALONE * _chance(apart, stage))
    seen = (chance - NOTHING) / (BELIEVED - NOTHING)
    return DOUBTED + (1.0 - DOUBTED) * max(0.0, min(1.0, seen))


def _chance(text: str, stage: Stage) -> float:
    said = classifier.load().judge(text, stage, thorough=True)
    return max(said.injection, said.jailbreak)
