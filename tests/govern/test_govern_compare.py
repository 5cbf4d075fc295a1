"""Two dates of one application: what got worse or better, and what chance alone explains."""

from pathlib import Path
from typing import Any

import govern_samples as samples
import msgspec
import pytest
from govern_page import read

from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.govern.compare.judge import compare, difference
from seawall.govern.compare.model import Comparison, Rate, Side
from seawall.govern.compare.page import render, verdict
from seawall.govern.status.rows import measured_states
from seawall.store.db import open_store
from seawall.store.runs import save_run

replace = msgspec.structs.replace
BASE = samples.register()


def side(register: Register, **changes: Any) -> Side:
    rates = {(row.probe, mode): (row.off if mode is Mode.OFF else row.on)
             for row in register.pitfalls for mode in Mode}  # fmt: skip
    fields: dict[str, Any] = {
        "name": "register.json", "application": register.application, "created": register.created,
        "model": register.model, "rates": rates, "register": register,
        "titles": {row.probe: row.title for row in register.pitfalls},
        "states": measured_states(register),
    }  # fmt: skip
    return Side(**{**fields, **changes})


def compared(last: Register, first: Register = BASE) -> Comparison:
    return compare(side(first), side(last))


def with_risk(index: int, **changes: Any) -> Register:
    rows = list(BASE.risks)
    rows[index] = replace(rows[index], **changes)
    return replace(BASE, risks=tuple(rows))


def test_nothing_changed() -> None:
    found = compared(BASE)
    assert not found.worse
    directions = {row.direction for row in (*found.risks, *found.controls, *found.rates)}
    assert directions == {"same"}
    assert {row.direction for row in found.losses} == {"same"}
    assert "Nothing" in verdict(found)
    assert found.notes == ()


@pytest.mark.parametrize(
    ("changes", "direction", "says"),
    [
        ({"status": "failed", "ucb95": 0.4}, "worse", "UCB95 is 40%"),
        ({"severity": "S5"}, "worse", "severity is S5"),
        ({"severity": "S1"}, "better", "severity is S1"),
        ({"applicability": "does not apply"}, "gone", ""),
        ({"applicability": "unknown"}, "same", "It is “unknown”"),
        ({"ucb95": None}, "worse", "not measured any more"),
        ({"ucb95": 0.09}, "same", "UCB95 is 9%"),
        ({"residual": samples.loss(4_000.0, 0.01)}, "worse", "over a tenth more"),
        ({"residual": samples.loss(2_000.0, 0.01)}, "better", "over a tenth less"),
        ({"residual": samples.loss(2_500.0, 0.01)}, "same", ""),
        ({"severity": "S5", "residual": samples.loss(1.0, 0.0)}, "worse", "over a tenth less"),
    ],
)
def test_one_risk_changes_and_nothing_else(
    changes: dict[str, Any], direction: str, says: str
) -> None:
    found = compared(with_risk(0, **changes))
    (changed,) = (row for row in found.risks if row.risk == BASE.risks[0].risk)
    assert (changed.direction, says in " ".join(changed.changes)) == (direction, True), changed
    assert {row.direction for row in found.risks if row is not changed} == {"same"}
    assert found.worse is (direction == "worse")


def test_a_risk_that_applies_now_is_new_and_the_other_way_round_gone() -> None:
    back = compared(BASE, with_risk(0, applicability="does not apply"))
    assert [row.direction for row in back.risks if row.risk == BASE.risks[0].risk] == ["new"]
    assert back.worse
    fewer = replace(BASE, risks=BASE.risks[1:])
    gone = next(row for row in compared(fewer).risks if row.risk == BASE.risks[0].risk)
    assert (gone.direction, gone.after) == ("gone", "not in the register")


def rate(complied: int, n: int = 48) -> Rate:
    made = samples.result(Mode.ON, n=n, complied=complied)
    return Rate(n=n, asr=made.asr, low=made.low, high=made.high)


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [(0, 30, True), (30, 0, True), (0, 1, False), (20, 22, False), (0, 0, False)],
)
def test_a_difference_is_shown_only_beyond_chance(first: int, last: int, shown: bool) -> None:
    low, high = difference(rate(first), rate(last))
    middle = (last - first) / 48
    assert -1.0 <= low <= middle <= high <= 1.0
    assert (low > 0.0 or high < 0.0) is shown
    mirrored = difference(rate(last), rate(first))
    assert mirrored == pytest.approx((-high, -low))


def test_the_interval_is_that_of_the_method_by_hand() -> None:
    first, last = Rate(n=10, asr=0.2, low=0.1, high=0.5), Rate(n=10, asr=0.6, low=0.3, high=0.9)
    low, high = difference(first, last)
    assert low == pytest.approx(0.4 - (0.3**2 + 0.3**2) ** 0.5)
    assert high == pytest.approx(0.4 + (0.3**2 + 0.1**2) ** 0.5)


def test_rates_get_worse_only_where_it_is_shown() -> None:
    row = BASE.pitfalls[0]
    for complied, direction in ((40, "worse"), (1, "same")):
        last = samples.with_pitfall(0, samples.pitfall(0, on=complied))
        found = compared(last)
        (changed,) = (r for r in found.rates if r.probe == row.probe and r.mode is Mode.ON)
        assert changed.direction == direction
        assert changed.before is not None and changed.after is not None
        assert changed.after.asr == complied / 48
        assert {r.direction for r in found.rates if r is not changed} == {"same"}
    assert compared(BASE, last).rates[0].direction == "same"


def test_what_was_not_measured_is_not_compared() -> None:
    empty = samples.with_pitfall(
        0, replace(samples.pitfall(0), on=samples.result(Mode.ON, n=0))
    )  # fmt: skip
    probe = BASE.pitfalls[0].probe
    found = next(r for r in compared(empty).rates if r.probe == probe and r.mode is Mode.ON)
    assert (found.direction, found.after, found.difference) == ("not comparable", None, None)
    fewer = replace(BASE, pitfalls=BASE.pitfalls[1:])
    assert {r.direction for r in compared(fewer).rates if r.probe == probe} == {"gone"}
    assert {r.direction for r in compared(BASE, fewer).rates if r.probe == probe} == {"new"}


def test_controls_follow_their_state() -> None:
    row = samples.pitfall(4, on=40, status="failed")
    last = samples.with_pitfall(4, row)
    found = {one.control: one for one in compared(last).controls}
    assert (found["CTL-DIVERGE"].before, found["CTL-DIVERGE"].after) == (
        "tested-pass", "tested-fail",
    )  # fmt: skip
    assert found["CTL-DIVERGE"].direction == "worse"
    assert "above 10%" in found["CTL-DIVERGE"].reason
    back = {one.control: one for one in compared(BASE, last).controls}
    assert back["CTL-DIVERGE"].direction == "better"


def test_losses_carry_units_and_currencies_are_not_mixed() -> None:
    last = replace(BASE, residual=samples.loss(80_000.0, 0.2))
    found = {(r.subject, r.title, r.measure): r for r in compared(last).losses}
    mean = found["all risks", "All risks, residual", "Mean year (ALE)"]
    assert (mean.unit, mean.direction, mean.before, mean.after) == (
        "EUR a year", "worse", 37_000.0, 80_000.0,
    )  # fmt: skip
    chance = found["all risks", "All risks, residual", "Chance of a year above the appetite"]
    assert (chance.unit, chance.direction) == ("probability", "worse")
    dollars = replace(BASE, currency="USD", residual=replace(BASE.residual, currency="USD"))
    mixed = compared(dollars)
    residual = [r for r in mixed.losses if r.title == "All risks, residual"]
    assert {r.direction for r in residual} == {"not comparable"}
    assert any("no exchange rate" in note for note in mixed.notes)


def test_what_makes_them_hard_to_compare_is_said() -> None:
    last = replace(BASE, model="model-b", seed=1, appetite=1.0, created="2026-01-01T00:00:00+00:00")
    notes = " ".join(compared(last).notes)
    for part in ("later than the second", "models differ", "appetite is 1", "Seed or draws"):
        assert part in notes


def test_two_applications_are_refused() -> None:
    with pytest.raises(InputError, match="is about"):
        compared(replace(BASE, application="other"))


def test_the_page_is_whole_and_safe() -> None:
    hostile = "<script>alert(1)</script>\u202e"
    last = with_risk(0, title=hostile, severity="S5")
    html = render(compared(replace(last, model=hostile)))
    page = read(html)
    assert not page.all("script", "img", "iframe", "link", "form")
    assert "\u202e" not in html
    assert page.all("h1")[0].text().endswith("what changed")
    for table in page.all("table"):
        columns = len(table.all("thead")[0].all("th"))
        assert all(len(row.all("th", "td")) == columns for row in table.all("tbody")[0].all("tr"))
    first = page.by_id("risks").all("tbody")[0].all("tr")[0].text()
    assert "worse" in first and "The severity is S5" in first, "what got worse comes first"
    assert html == render(compared(replace(last, model=hostile))), "equal inputs, equal bytes"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SEAWALL_DATABASE_URL", raising=False)
    for name, register in (("a", BASE), ("b", with_risk(0, severity="S5"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "register.json").write_bytes(msgspec.json.encode(register))
        (tmp_path / name / "summary.json").write_text("{}")
    return tmp_path


def call(folder: Path, *words: str) -> int:
    return run(["report", "compare", *words, "--out", str(folder / "c.html")])


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = str(folder / "a"), str(folder / "b" / "summary.json")
    assert call(folder, a, b) == 0
    out = capsys.readouterr().out
    assert "worse: SEC-01" in out
    assert "what changed" in (folder / "c.html").read_text()
    assert call(folder, a, b, "--gate") == 4
    assert call(folder, a, a, "--gate") == 0
    capsys.readouterr()
    assert call(folder, a, str(folder / "b" / "register.json"), "--json") == 0
    found = msgspec.json.decode(capsys.readouterr().out)
    assert found["worse"] is True
    assert found["comparison"]["risks"][0]["direction"] in ("worse", "same")
    assert call(folder, a, str(folder / "none.json")) == 2


def test_stored_runs_are_compared_by_their_attempts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def attempts(outcome: AttemptOutcome) -> list[Attempt]:
        return [
            Attempt(id=str(n), probe="PRB-PHISH", mode=Mode.ON, outcome=outcome, strategy="plain",
                    cluster=str(n))
            for n in range(40)
        ]  # fmt: skip

    store = open_store(folder / "data")
    good = save_run(store, "redteam", {"model": "m"}, attempts(AttemptOutcome.BLOCKED))
    bad = save_run(store, "redteam", {"model": "m"}, attempts(AttemptOutcome.COMPLIED))
    other = save_run(store, "assess", {}, {"no": "attempts"})
    data = ["--data", str(folder / "data")]
    capsys.readouterr()
    assert call(folder, good.run_id, bad.run_id, *data, "--json", "--gate") == 4
    found = msgspec.json.decode(capsys.readouterr().out)["comparison"]
    (only,) = found["rates"]
    assert (only["direction"], only["difference"]) == ("worse", 1.0)
    assert "A stored run holds attacks only" in " ".join(found["notes"])
    assert found["risks"] == []
    assert call(folder, good.run_id, other.run_id, *data) == 2
    assert call(folder, good.run_id, bad.run_id) == 2
