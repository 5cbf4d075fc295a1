"""What the guard's model doubts, and when it read everything of outsiders in vain."""

import msgspec
import pytest

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.core.verdicts import Action, Finding, Outcome
from seawall.gateway.steps.doubts import heard_in
from seawall.guard.decision import PartDecision
from seawall.policy.model import GuardRule

pytestmark = pytest.mark.once

AT = "/messages/2/content"
RULE = GuardRule(
    detector="learnt-attack",
    control="CTL-INJ-UNTRUSTED",
    action=Action.FLAG,
    stages=(Stage.DOCUMENT, Stage.TOOL_RESULT),
)


def part(at: str = AT, *, stage: Stage = Stage.TOOL_RESULT, trust: Trust = Trust.UNTRUSTED) -> Part:
    return Part(pointer=at, role=Role.TOOL, trust=trust, stage=stage, text="x" * 90)


def decided(
    *scores: float, ran: str = "learnt-attack", unknown: tuple[str, ...] = ()
) -> PartDecision:
    found = tuple(
        Finding(detector="learnt-attack", label="injection", start=9, end=40, score=score)
        for score in scores
    )
    return PartDecision(
        pointer=AT, stage=Stage.TOOL_RESULT, outcome=Outcome.FOUND if found else Outcome.CLEAN,
        action=Action.FLAG if found else Action.ALLOW, findings=found, detectors_run=(ran,),
        unknown=unknown,
    )  # fmt: skip


def test_what_is_as_likely_an_order_as_not_is_doubted() -> None:
    assert heard_in([decided(0.5)], [part()], [RULE]).doubted == {(AT, None): ((9, 40),)}
    assert heard_in([decided(0.49)], [part()], [RULE]).doubted == {}
    own = msgspec.structs.replace(decided(0.9), stage=Stage.INPUT)
    assert heard_in([own], [part()], [RULE]).doubted == {}


def test_a_conversation_is_calm_where_the_model_read_all_of_outsiders_in_vain() -> None:
    assert heard_in([decided()], [part()], [RULE]).calm
    assert heard_in([decided()], [part(), part("/u", trust=Trust.USER)], [RULE]).calm


@pytest.mark.parametrize(
    ("decision", "parts"),
    [
        (decided(0.4), [part()]),
        (decided(ran="injection"), [part()]),
        (decided(unknown=("learnt-attack: failed",)), [part()]),
        (decided(), [part(), part("/messages/4/content")]),
        (decided(), [part(), part("/files/0", stage=Stage.FILE)]),
    ],
)
def test_it_is_not_calm_where_something_was_found_or_left_unread(
    decision: PartDecision, parts: list[Part]
) -> None:
    assert not heard_in([decision], parts, [RULE]).calm


@pytest.mark.parametrize(
    "rule",
    [
        msgspec.structs.replace(RULE, threshold=0.8),
        msgspec.structs.replace(RULE, stages=(Stage.TOOL_RESULT,)),
        msgspec.structs.replace(RULE, depth="quick"),
        msgspec.structs.replace(RULE, labels=("jailbreak",)),
        msgspec.structs.replace(RULE, detector="injection"),
    ],
)
def test_it_is_not_calm_where_no_rule_has_the_whole_model_say_what_it_doubts(
    rule: GuardRule,
) -> None:
    assert not heard_in([decided()], [part()], [rule]).calm
