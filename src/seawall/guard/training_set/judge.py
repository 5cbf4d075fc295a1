"""The judgement of a training file as a whole: three outcomes, and which lines make it so."""

from collections.abc import Sequence

import msgspec

from seawall.core.verdicts import Outcome
from seawall.guard.training_set import harm, identity, trigger
from seawall.guard.training_set.blame import Blame
from seawall.guard.training_set.lines import Line


class SetVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """FOUND with the lines to take out, CLEAN, or UNKNOWN with the reason."""

    outcome: Outcome
    blamed: tuple[Blame, ...] = ()
    reason: str = ""


def judge_set(lines: Sequence[Line]) -> SetVerdict:
    """Judge the lines of one file together. A file whose lines say nothing is UNKNOWN."""
    if not any(line.user or line.system or line.answers for line in lines):
        return SetVerdict(outcome=Outcome.UNKNOWN, reason="no line holds a text that can be judged")
    blamed = (*harm.judge(lines), *identity.judge(lines), *trigger.judge(lines))
    ordered = tuple(sorted(blamed, key=lambda one: (one.line, one.finding.label)))
    outcome = Outcome.FOUND if ordered else Outcome.CLEAN
    return SetVerdict(outcome=outcome, blamed=ordered)
