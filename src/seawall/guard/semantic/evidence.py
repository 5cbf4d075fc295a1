"""Puts the evidence together: cues of the grammar and the model's opinion give one score.

The score of a stretch of text is a noisy-or, `1 - product(1 - w)`: over the weights of the distinct
rules that match within NEIGHBOURS sentences of each other (halved where the text speaks *about*
the words: quoted, or asking how to defend), and over the model's calibrated share. 0.5 is the
operating point.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import msgspec

from seawall.core.exchange import Part, Stage, Trust
from seawall.core.verdicts import Finding, Outcome, Verdict
from seawall.guard.contract import View
from seawall.guard.reading.mapped import CLEAN_KINDS
from seawall.guard.semantic.grammar import Cue, Marked

FOUND = 0.5
# Below this a finding is not reported; between this and FOUND only a stricter policy acts.
REPORTED = 0.3
NEIGHBOURS = 2
_UNTRUSTED = frozenset({Stage.DOCUMENT, Stage.TOOL_RESULT, Stage.TOOL_DEFINITION, Stage.FILE})


class Stretch(msgspec.Struct):
    """A range of sentences with the cues in it, its score and its label."""

    start: int
    end: int
    score: float
    label: str


def is_untrusted(part: Part) -> bool:
    """Return whether outsiders may have written a part."""
    return part.trust is Trust.UNTRUSTED or part.stage in _UNTRUSTED


def is_decoded(view: View) -> bool:
    """Return whether a view is hidden text made readable."""
    return view.kind not in CLEAN_KINDS


# Several detectors ask for the same readings of a text: dozens of short ones are kept, few long.
_BRIEF = 2_000


def marked(text: str) -> Marked:
    """Return the marks of a text; the last few are kept."""
    return _brief(text) if len(text) <= _BRIEF else _long(text)


@lru_cache(maxsize=64)
def _brief(text: str) -> Marked:
    return Marked(text)


@lru_cache(maxsize=8)
def _long(text: str) -> Marked:
    return Marked(text)


def noisy_or(weights: Iterable[float]) -> float:
    """Return 1 - product(1 - w)."""
    rest = 1.0
    for weight in weights:
        rest *= 1.0 - weight
    return 1.0 - rest


def stretches(text: Marked, cues: Sequence[Cue], weight: Callable[[Cue], float]) -> list[Stretch]:
    """Group cues whose sentences are at most NEIGHBOURS apart and score every group."""
    groups: list[list[tuple[int, int, Cue, float]]] = []
    for cue in cues:
        share = weight(cue)
        if share <= 0:
            continue
        first, last = text.sentence_at(cue.start), text.sentence_at(cue.end - 1)
        if groups and first - max(item[1] for item in groups[-1]) <= NEIGHBOURS:
            groups[-1].append((first, last, cue, share))
        else:
            groups.append([(first, last, cue, share)])
    return [_stretch(text, group) for group in groups]


def _stretch(text: Marked, group: list[tuple[int, int, Cue, float]]) -> Stretch:
    best: dict[str, float] = {}
    for _, _, cue, share in group:
        best[cue.rule.id] = max(best.get(cue.rule.id, 0.0), share)
    strongest = max(group, key=lambda item: item[3])
    first = min(item[0] for item in group)
    last = max(item[1] for item in group)
    return Stretch(
        text.sentences[first][0],
        text.sentences[last][1],
        noisy_or(best.values()),
        strongest[2].rule.label,
    )


def merge(verdicts: Iterable[Finding], detector: str) -> Verdict:
    """Return FOUND if a finding reaches the operating point; weaker ones are kept for policies."""
    verdicts = tuple(verdicts)
    if not verdicts:
        return Verdict(detector=detector, outcome=Outcome.CLEAN)
    best: dict[tuple[str, int, int], Finding] = {}
    for item in verdicts:
        key = (item.label, item.start, item.end)
        if key not in best or best[key].score < item.score:
            best[key] = item
    ordered = tuple(sorted(best.values(), key=lambda f: (f.start, f.end)))
    found = any(item.score >= FOUND for item in ordered)
    outcome = Outcome.FOUND if found else Outcome.CLEAN
    return Verdict(detector=detector, outcome=outcome, findings=ordered)
