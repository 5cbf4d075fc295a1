"""The judgement of a training file as a whole: three outcomes, and which lines make it so."""

from collections.abc import Sequence

import msgspec

from seawall.core.verdicts import Outcome
from seawall.guard.training_set import harm, identity, trigger
from seawall.guard.training_set.blame import Blame
from seawall.guard.training_set.lines import Line
from seawall.guard.training_set.suspects import suspects


class SetVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """FOUND with the lines to take out, CLEAN, or UNKNOWN with the reason.

    `look_at`: lines that a person should look at beside them, the likeliest first.
    """

    outcome: Outcome
    blamed: tuple[Blame, ...] = ()
    reason: str = ""
    look_at: tuple[Blame, ...] = ()


def judge_set(lines: Sequence[Line]) -> SetVerdict:
    """Judge the lines of one file together. A file whose lines say nothing is UNKNOWN."""
    if not any(line.user or line.system or line.answers for line in lines):
        return SetVerdict(outcome=Outcome.UNKNOWN, reason="no line holds a text that can be judged")
    blamed = (*harm.judge(lines), *identity.judge(lines), *trigger.judge(lines))
    ordered = tuple(sorted(blamed, key=lambda one: (one.line, one.finding.label)))
    outcome = Outcome.FOUND if ordered else Outcome.CLEAN
    more = suspects(lines, {one.line for one in ordered}) if ordered else ()
    return SetVerdict(outcome=outcome, blamed=ordered, look_at=more)
