"""What the guard's model makes of outsiders' texts, for the judge of tool calls."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from seawall.core.exchange import Part, Stage, Trust
from seawall.guard.decision import PartDecision
from seawall.policy.model import GuardRule

if TYPE_CHECKING:
    from seawall.policy.provenance.heard import Heard

_MODEL = "learnt-attack"
_OUTSIDE = frozenset({Stage.DOCUMENT, Stage.TOOL_RESULT})
_FOUND = 0.5


def heard_in(
    decided: Iterable[PartDecision], parts: Sequence[Part], rules: Sequence[GuardRule]
) -> "Heard":
    """Return the ranges that the model doubts, and whether it read all of outsiders in vain.

    `parts`: all of the conversation; `rules`: by which they were judged.
    """
    from seawall.policy.provenance.heard import Heard

    judged = [one for one in decided if one.stage in _OUTSIDE]
    doubted = {
        (one.pointer, one.span): tuple((f.start, f.end) for f in found)
        for one in judged
        if (found := [f for f in one.findings if f.detector == _MODEL and f.score >= _FOUND])
    }
    read = {(one.pointer, one.span) for one in judged if _MODEL in one.detectors_run}
    read -= {(one.pointer, one.span) for one in judged if one.unknown or one.findings}
    strange = [
        part for part in parts
        if part.trust is Trust.UNTRUSTED and part.stage is not Stage.TOOL_DEFINITION
    ]  # fmt: skip
    calm = _listens(rules) and all((part.pointer, part.span) in read for part in strange)
    return Heard(doubted=doubted, calm=calm)


def _listens(rules: Sequence[GuardRule]) -> bool:
    """Say whether all models are asked wherever outsiders write, and what they doubt is noted."""
    noted = {
        stage
        for rule in rules
        if rule.detector == _MODEL
        and rule.depth == "full"
        and rule.threshold <= _FOUND
        and not rule.labels
        for stage in rule.stages
    }
    return noted >= _OUTSIDE
