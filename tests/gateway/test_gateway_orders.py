"""Orders that the guard saw in texts of outsiders: each is marked, or counts as tried."""

import msgspec
import pytest

from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Finding, Outcome
from seawall.gateway.steps.tool_policy import orders_in
from seawall.guard.decision import PartDecision

pytestmark = pytest.mark.once

AT = "/messages/1/content"
TEXT = "x" * 4000


def order(start: int, end: int, detector: str = "injection") -> Finding:
    return Finding(detector=detector, label="order", start=start, end=end)


def cleaned(*acting: Finding, stage: Stage = Stage.TOOL_RESULT) -> PartDecision:
    return PartDecision(
        pointer=AT, stage=stage, outcome=Outcome.FOUND, action=Action.REDACT,
        findings=acting, acting=acting, redacted="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("acting", "ranges", "tried"),
    [
        ([(0, 600)], ((0, 600),), False),
        ([(0, 601)], (), True),
        ([(0, 2000)], (), True),
        ([(0, 2001)], (), True),
        ([(0, 100), (200, 900)], ((0, 100),), True),
        ([(0, 100), (200, 700)], ((0, 100), (200, 700)), False),
        ([(0, 100), (0, 3000)], ((0, 100),), False),  # one says where, the other that it is bad
    ],
)
def test_an_order_that_was_taken_out_is_marked_or_tried(
    acting: list[tuple[int, int]], ranges: tuple[tuple[int, int], ...], tried: bool
) -> None:
    found = orders_in([cleaned(*(order(*one) for one in acting))], lambda part: TEXT)
    assert found == ({(AT, None): ranges} if ranges else {}, tried)


def test_what_nobody_kept_was_tried_and_other_findings_are_no_orders() -> None:
    assert orders_in([cleaned(order(0, 100))], lambda part: "") == ({}, True)
    assert orders_in([cleaned(order(0, 900, "secrets"))], lambda part: TEXT) == ({}, False)
    own = cleaned(order(0, 900), stage=Stage.INPUT)
    assert orders_in([own], lambda part: TEXT) == ({}, False)


def test_an_order_that_only_a_rule_in_shadow_saw_was_not_taken_out() -> None:
    masked, doubted = order(0, 100, "personal-data"), order(200, 300, "learnt-attack")
    part = msgspec.structs.replace(cleaned(masked), findings=(masked, doubted))
    assert orders_in([part], lambda part: TEXT) == ({}, False)
