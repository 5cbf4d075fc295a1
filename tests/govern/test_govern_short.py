"""The report in a few sentences, and the gate's reasons as people read them."""

import re

import govern_samples as samples
import msgspec
import pytest

from seawall.core.profile import Fact
from seawall.govern.gate import Reason, grouped, judge
from seawall.govern.short import in_short


def said(register, profile=None) -> str:
    return "\n".join(in_short(register, profile, judge(register, samples.harmless())))


def test_it_says_the_use_the_cost_the_largest_risks_and_what_to_decide() -> None:
    register = samples.register()
    profile = samples.profile()
    use = Fact(key="purpose.intended_use", value="Customers ask about their orders", source="x")
    profile = msgspec.structs.replace(profile, facts={**profile.facts, use.key: use})
    text = said(register, profile)
    assert "Customers ask about their orders." in text
    assert f"The owner accepts {int(register.appetite / 1000)}k" in text
    largest = max(
        (row for row in register.risks if row.applicability == "applies"),
        key=lambda row: row.residual.ale if row.residual else 0.0,
    )
    average = f" of the average year: {largest.title} ({largest.risk},"
    (share,) = re.findall(r"^The largest 3 risks, ([\d.]+)%" + re.escape(average), text, re.M)
    rows = sorted((r.residual.ale for r in register.risks if r.residual), reverse=True)
    assert float(share) == pytest.approx(100 * sum(rows[:3]) / sum(rows), abs=0.06)
    assert text.splitlines()[-1].startswith("To decide: ")


def test_without_measurements_each_loss_is_called_an_assumption() -> None:
    register = samples.register()
    bare = [msgspec.structs.replace(row, ucb95=None) for row in register.risks]
    register = msgspec.structs.replace(register, risks=bare, pitfalls=(), appetite=None)
    text = said(register)
    assert "none was measured by attacking the application" in text
    assert "Nobody said yet how much a year may cost" in text
    assert "should not go out as it is" in text


@pytest.mark.parametrize(("number", "lines"), [(3, 4), (4, 2)])
def test_many_risks_that_nobody_measured_share_a_sentence(number: int, lines: int) -> None:
    open_ = [
        Reason(
            kind="risk", subject=f"SEC-0{n}",
            sentence=f"SEC-0{n} (A risk) was not measured: run its probe PRB-{n}.",
        )
        for n in range(1, number + 1)
    ]  # fmt: skip
    other = Reason(kind="coverage", subject="shop", sentence="No traffic passes.")
    found = grouped([other, *open_])
    assert len(found) == lines and found[0] == other
    if lines == 2:
        assert found[1].sentence == (
            "4 risks were not measured (SEC-01, SEC-02, SEC-03, SEC-04): run their probes PRB-1, "
            "PRB-2, PRB-3, PRB-4."
        )


@pytest.mark.parametrize(
    ("number", "says"),
    [(1, "; 1 has no probe that moves its numbers"),
     (3, "; 3 have no probe that moves their numbers")],
)  # fmt: skip
def test_risks_without_a_probe_are_not_called_safe_from_attack(number: int, says: str) -> None:
    rows = [samples.risk(samples.pitfall(0))] + [
        samples.risk(samples.pitfall(0), risk=f"LEG-{n}", probes=()) for n in range(number)
    ]
    text = said(samples.register(risks=tuple(rows)))
    assert says in text and "cannot be attacked" not in text


@pytest.mark.parametrize(
    ("turnover", "requests", "says"),
    [
        (9e5, 30.0, "a turnover of 900,000 EUR and 30 requests a day the sums are likely too high"),
        (5e9, 4000.0, "a turnover of 5,000,000,000 EUR the sums are likely too low"),
        (5e9, 30.0, "30 requests a day the sums are likely off"),
        (6e7, 4000.0, ""),
        (None, None, ""),
    ],
)
def test_a_house_unlike_the_cards_is_told_so(turnover, requests, says: str) -> None:
    given = {"business.turnover": turnover, "volume.requests_per_day": requests}
    facts = {key: Fact(key=key, value=value) for key, value in given.items()}
    profile = msgspec.structs.replace(samples.profile(), facts=facts)
    text = said(samples.register(), profile)
    assert says in text
    assert ("The cards' rates" in text) == bool(says)
