"""The text that what a network saw and what languages look like make likeliest."""

import math
from collections import defaultdict
from collections.abc import Sequence

from seawall.guard.reading.fluency import SCALE, SIGNS, triples

_BEAMS, _BRANCHES, _FAR = 8, 4, 5.0
# How much language counts beside the picture, times ln 2: the table is in bits.
_WEIGHT = 0.3 * math.log(2) / SCALE
# A frame that is this surely blank parts letters and says no more.
_BLANK = -0.001
_NEVER = -math.inf
_PLACES = defaultdict(int, {sign: place for place, sign in enumerate(SIGNS)})
Beam = tuple[float, float]


def likeliest(frames: Sequence[Sequence[float]], classes: str) -> str:
    """Return the likeliest text: a beam over prefixes, with triples of letters.

    `frames`: log-probabilities of a blank and of each class. Hannun and others, "First-Pass Large
    Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs", 2014.
    """
    beams: dict[str, Beam] = {"": (0.0, _NEVER)}
    for frame in frames:
        if frame[0] > _BLANK:
            beams = {prefix: (_sum(*both), _NEVER) for prefix, both in beams.items()}
            continue
        order = sorted(range(len(frame)), key=frame.__getitem__, reverse=True)[:_BRANCHES]
        least = frame[order[0]] - _FAR
        likely = [(classes[n - 1] if n else "", frame[n]) for n in order if frame[n] > least]
        beams = _after(beams, likely)
    return max(beams, key=lambda prefix: _sum(*beams[prefix]))


def _after(beams: dict[str, Beam], likely: list[tuple[str, float]]) -> dict[str, Beam]:
    """Return the best prefixes one frame on: log-probabilities that end in a blank, in a letter."""
    blanks: dict[str, float] = defaultdict(lambda: _NEVER)
    letters: dict[str, float] = defaultdict(lambda: _NEVER)
    for prefix, (blank, letter) in beams.items():
        both = _sum(blank, letter)
        for sign, log in likely:
            if not sign:
                blanks[prefix] = _sum(blanks[prefix], both + log)
                continue
            start = both
            if prefix.endswith(sign):
                letters[prefix] = _sum(letters[prefix], letter + log)
                start = blank
            if start > _NEVER:
                longer = prefix + sign
                letters[longer] = _sum(letters[longer], start + log + _language(longer))
    found = {p: (blanks[p], letters[p]) for p in {*blanks, *letters}}
    kept = sorted(found, key=lambda p: (-_sum(*found[p]), p))[:_BEAMS]
    return {prefix: found[prefix] for prefix in kept}


def _language(text: str) -> float:
    """Return the weighted log-probability of the last letter behind the two before it."""
    first, second, third = (_PLACES[sign] for sign in text[-3:].rjust(3))
    return -_WEIGHT * triples()[(first * 27 + second) * 27 + third]


def _sum(one: float, other: float) -> float:
    """Return log(e^one + e^other)."""
    high, low = (one, other) if one > other else (other, one)
    return high + math.log1p(math.exp(low - high)) if low > _NEVER else high
