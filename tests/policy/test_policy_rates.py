"""Rates of tools: what a call counts as, and when one is too much."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.errors import InputError
from seawall.policy.load import decode_policy
from seawall.policy.model import Rate
from seawall.policy.rates import UNCOUNTED, LocalUses, over, value_of

PAY = Rate(calls=3, sum=100, of="amount", hours=1)
POLICY = """
version: 1
application: shop
upstreams:
- name: a
  base_url: https://a.example/v1
  models: {m: {input_per_million: 1, output_per_million: 1}}
functions: {chat: {}}
tools: {rules: {pay: {effect: pay, control: CTL-TOOL-RULES, rate: %s}}}
"""


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ('{"amount": 20}', 20_000_000), ('{"amount": 0.1}', 100_000),
        ('{"amount": "12.5"}', 12_500_000),
        ('{"amount": 0.0000001}', 1), ('{"amount": -5}', None), ('{"amount": "NaN"}', None),
        ('{"amount": true}', None), ('{"amount": "about 5"}', None), ("{}", None), ("[]", None),
        ('{"amount": 1e300}', None), ('{"amount": 5, "amount": 1}', None),
    ],
)  # fmt: skip
def test_what_a_call_moves(arguments: str, value: int | None) -> None:
    assert value_of(PAY, arguments) == value


def test_what_cannot_be_counted_does_not_pass() -> None:
    assert LocalUses().take("pay", PAY, '{"amount": -1}') == UNCOUNTED


def test_calls_and_sums_are_limited_and_time_frees_them() -> None:
    now = [0.0]
    uses = LocalUses(lambda: now[0])
    assert [bool(uses.take("pay", PAY, '{"amount": 50}')) for _ in range(3)] == [False, False, True]
    assert not uses.take("other", PAY, '{"amount": 50}')
    now[0] = 3600.0
    small = [bool(uses.take("pay", PAY, '{"amount": 1}')) for _ in range(4)]
    assert small == [False, False, False, True]


def test_a_sum_of_cents_is_exact() -> None:
    uses, rate = LocalUses(), Rate(sum=1, of="amount")
    passed = [not uses.take("pay", rate, '{"amount": 0.1}') for _ in range(11)]
    assert passed == [True] * 10 + [False]


@settings(deadline=None)
@given(st.lists(st.integers(0, 60_000_000), max_size=30))
def test_what_passes_never_exceeds_the_rate(values: list[int]) -> None:
    calls = moved = 0
    for value in values:
        if not over(PAY, calls, moved, value):
            calls, moved = calls + 1, moved + value
    assert calls <= 3 and moved <= 100_000_000


@pytest.mark.parametrize("rate", ["{}", "{sum: 5}", "{calls: 1, of: amount}", "{calls: 0}"])
def test_a_rate_that_says_nothing_is_refused(rate: str) -> None:
    with pytest.raises(InputError):
        decode_policy(POLICY % rate, "test")


def test_a_rate_reads() -> None:
    rules: Any = decode_policy(
        POLICY % "{calls: 2, sum: 5.5, of: amount, per: function}", "t"
    ).tools
    assert rules.rules["pay"].rate == Rate(calls=2, sum=5.5, of="amount", per="function")
