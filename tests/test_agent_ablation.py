"""The ablation names rules that are there, leaves one out at a time, and puts it back."""

from typing import Any

import pytest
from benchmarks.agents import ablation
from benchmarks.agents.scenarios import attacks

from seawall.policy.provenance import checks


@pytest.mark.parametrize(("place", "name", "nothing"), ablation.RULES)
def test_each_rule_is_there_and_comes_back(place: Any, name: str, nothing: Any) -> None:
    rule = getattr(place, name)
    with ablation.without(place, name, nothing):
        assert getattr(place, name)() == nothing
    assert getattr(place, name) is rule


def test_without_the_rule_of_orders_more_attacks_pass() -> None:
    stopped = [one for one in attacks() if one.split == "eleventh"]
    calls = [(one, one.injected) for one in stopped if one.injected]
    before = sum(ablation.passes(one, call) for one, call in calls)
    with ablation.without(checks, "behind", False):
        assert sum(ablation.passes(one, call) for one, call in calls) > before


def test_a_set_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert ablation.main(["no such set"]) == 2
    assert "twentyseventh twentyeighth" in capsys.readouterr().out
