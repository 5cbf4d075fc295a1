"""The one sentence of a message that stands out: harmless sentences around it would drown it."""

import math
import re
from collections.abc import Callable

import msgspec

from seawall.guard.model.calibration import sigmoid
from seawall.guard.model.judgement import Judgement, Range, moved

# Beyond this nobody's chatter is taken apart: windows of long texts are read one by one already.
LONGEST, MOST = 2_000, 24
# A sentence is read apart from this log-odds of the linear model on, and must be so much surer
# (log-odds): out of their context harmless sentences score higher too.
_SUSPECT, _SURER = 1.0, 1.5
_SIZES = (12, 400)
_END = re.compile(r"(?<=[.!?])\s+|\n+|(?<=[。！？])")


def sentence(text: str, suspicions: Callable[[list[str]], list[float]]) -> Range | None:
    """Return where the most suspicious of several sentences stands; None where none stands out.

    `suspicions`: the log-odds of each of several texts by the quickest model.
    """
    if len(text) > LONGEST:
        return None
    ranges = _sentences(text)
    if not 1 < len(ranges) <= MOST:
        return None
    rated = suspicions([text[start:end] for start, end in ranges])
    most, place = max(zip(rated, ranges, strict=True))
    return place if most >= _SUSPECT else None


def _sentences(text: str) -> list[Range]:
    ends = [match.span() for match in _END.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    ranges = zip(starts, stops, strict=True)
    return [(a, b) for a, b in ranges if _SIZES[0] <= b - a <= _SIZES[1]]


def discounted(judged: Judgement, start: int) -> Judgement:
    """Return a sentence's harm as it counts for the message in which it stands at `start`."""
    chance = min(max(judged.harm, 1e-6), 1 - 1e-6)
    harm = round(sigmoid(math.log(chance / (1 - chance)) - _SURER), 4)
    share = harm / judged.harm if judged.harm else 0.0
    return msgspec.structs.replace(
        moved(judged, start),
        harm=harm,
        categories={name: round(value * share, 4) for name, value in judged.categories.items()},
    )
