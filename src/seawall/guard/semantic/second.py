"""A second opinion on what the grammar found: words alone mistake talk about orders for orders.

The trained models of the rule's depth read the passage; the least of them is asked without the
libraries of the others. Up to the chance `NOTHING` a cue keeps `DOUBTED` of its score,
from the chance `BELIEVED` on all of it. Hidden text is not doubted:
who hides an order means it.
"""

from collections.abc import Sequence

from seawall.core.exchange import Stage
from seawall.guard.contract import View
from seawall.guard.model.cuts import CHUNK, ONE_WINDOW, ranges
from seawall.guard.model.judgement import Judgement
from seawall.guard.reading import strings
from seawall.policy.depth import Depth

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
    return raw if len(raw.text) > ONE_WINDOW and _ESCAPE not in raw.text else None


def passage(view: View, start: int, end: int) -> str:
    """Return the window, as the models cut the whole view, that holds most of a range."""
    low, high = max(ranges(view.text), key=lambda one: min(end, one[1]) - max(start, one[0]))
    return view.text[low:high]


def paragraph(view: View, start: int, end: int) -> str:
    """Return the paragraph that a range begins in, as much of it as the models read at once."""
    low = view.text.rfind(_BREAK, max(0, start - CHUNK), start)
    low = low + len(_BREAK) if low >= 0 else max(0, start - CHUNK // 2)
    high = view.text.find(_BREAK, max(start, end - len(_BREAK)), low + CHUNK)
    return view.text[low : high if high >= 0 else low + CHUNK]


def share(
    view: View,
    start: int,
    end: int,
    stage: Stage,
    raw: View | None = None,
    *,
    depth: Depth = "full",
) -> float:
    """Return how much of a cue's score is left, DOUBTED to 1. Raises MissingPartError.

    An order that stands apart is read apart too: a long letter around it would drown it. `raw`:
    the text as it was written, where the view is of its strings: what stands around is read there,
    as the models read it anyway.
    """
    around = passage(view, start, end) if raw is None else passage(raw, *view.raw_span(start, end))
    apart = paragraph(view, start, end)
    chance = _chance(around, stage, depth)
    if chance < BELIEVED and apart != around:
        chance = max(chance, ALONE * _chance(apart, stage, depth))
    seen = (chance - NOTHING) / (BELIEVED - NOTHING)
    return DOUBTED + (1.0 - DOUBTED) * max(0.0, min(1.0, seen))


def load(depth: Depth) -> None:
    """Read the models of a depth. Raises MissingPartError."""
    if depth == "static":
        from seawall.guard.model import static  # it brings numpy

        static.bundled()
        return
    from seawall.guard.model import classifier  # it brings ONNX Runtime

    if depth == "quick":
        classifier.quick_models()
    else:
        classifier.load()


def _chance(text: str, stage: Stage, depth: Depth) -> float:
    said = _judgement(text, stage, depth)
    return max(said.injection, said.jailbreak)


def _judgement(text: str, stage: Stage, depth: Depth) -> Judgement:
    if depth == "static":
        from seawall.guard.model import static  # it brings numpy

        return static.bundled().judge(text, stage)
    from seawall.guard.model import classifier  # it brings ONNX Runtime

    if depth == "quick":
        return classifier.quick_models().judge(text, stage, quick=True)
    return classifier.load().judge(text, stage, thorough=True)
