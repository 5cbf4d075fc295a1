"""What a plan writes beside the policy: probes with their tries and days, alerts, tasks."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from conftest import NOW, result
from test_assess_plan import BASE, changed

from seawall.assess.alerts import Alert, alerts_of, as_prometheus
from seawall.assess.plan import build_plan
from seawall.assess.planfiles import ALERTS, POLICY, PROBES, TASKS, write_folder
from seawall.assess.probeplan import FIRST_DAYS, ProbePlan, probe_plan, tries_for
from seawall.assess.profile import load_profile
from seawall.assess.register import build_register
from seawall.core.errors import InputError
from seawall.core.profile import Profile
from seawall.core.register import Register
from seawall.core.stats import effective_trials, trials_needed
from seawall.core.trials import Mode
from seawall.govern.status.enforced import enforced
from seawall.policy.load import load_policy


def register(profile: Profile, catalog, pairs=(), ages=None) -> Register:
    return build_register(
        profile, catalog, pairs, 1.0, seed=3, draws=2000, now=NOW, model_label="m", ages=ages
    )


def probes(profile: Profile, catalog, pairs=(), ages=None) -> ProbePlan:
    return probe_plan(register(profile, catalog, pairs, ages), catalog)


def alerts(profile: Profile, catalog, base=BASE) -> tuple[Alert, ...]:
    made = register(profile, catalog)
    return alerts_of(build_plan(profile, catalog, made, base), made, profile, catalog)


@pytest.mark.parametrize(
    ("tau", "seeds", "least", "tries", "enough"),
    [
        (0.10, 29, 29, 29, True),  # 29 seeds, one try each: independent
        (0.10, 15, 15, 45, True),  # 3 variants each: 45 / 1.6 = 28.1 is too few
        (0.10, 4, 10, 16, False),  # 4 seeds are worth at most 4 / 0.3 = 13.3 tries
        (0.02, 60, 60, 420, True),  # 149 are needed, 7 variants each: 420 / 2.8 = 150
    ],
)
def test_tries_that_can_show_a_limit(
    tau: float, seeds: int, least: int, tries: int, enough: bool
) -> None:
    found = tries_for(tau, seeds, least=least)
    worth = effective_trials(found[0], seeds, 0.3)
    assert found[1] is enough
    assert (worth >= trials_needed(tau)) is enough
    if (tau, seeds) != (0.10, 15):
        assert found == (tries, enough)
    else:
        assert found[0] > tries, "45 tries are worth 28.1, one short"


def test_every_probe_of_an_applicable_risk_is_planned_with_its_reason(profile, catalog) -> None:
    plan = probes(profile, catalog)
    rows = {row.risk: row for row in register(profile, catalog).risks}
    planned = {item.probe: item for item in plan.probes}
    for key, card in catalog.probes.items():
        assert (key in planned) is (rows[card.risk].applicability != "does not apply"), key
    for item in plan.probes:
        assert rows[item.risk].title in item.reason and f"{item.every_days} days" in item.reason
        fresh = min(catalog.controls[control].fresh_days for control in item.controls)
        assert item.every_days <= fresh, "evidence would be too old before the next run"
        assert item.counts is (item.probe in catalog.probes)
    severe = {item.every_days for item in plan.probes if item.severity in ("S4", "S5")}
    assert max(severe) == 30
    assert not set(plan.without) & {item.risk for item in plan.probes}
    assert "LEG-10" in plan.without


def test_a_risk_without_a_probe_of_its_own_gets_further_ones(profile, catalog) -> None:
    found = [item for item in probes(profile, catalog).probes if item.risk == "MIS-05"]
    assert found and not any(item.counts for item in found)
    assert all("moves no number" in item.reason for item in found)


def test_the_next_run_follows_the_last_one(profile, catalog) -> None:
    today = NOW.date()
    fine = [(result("PRB-INJ-DOC", Mode.OFF, 60), result("PRB-INJ-DOC", Mode.ON, 0))]
    bad = [(result("PRB-INJ-DOC", Mode.OFF, 60), result("PRB-INJ-DOC", Mode.ON, 30))]
    every = 30

    def next_run(pairs, age: float) -> int:
        plan = probes(profile, catalog, pairs, {"PRB-INJ-DOC": age})
        (item,) = (one for one in plan.probes if one.probe == "PRB-INJ-DOC")
        return (date.fromisoformat(item.next) - today).days

    assert next_run((), 0) == FIRST_DAYS
    assert next_run(fine, 10) == every - 10
    assert next_run(fine, 100) == 0, "overdue is due today"
    three = [
        *bad,
        *(
            (result(k, Mode.OFF, 60), result(k, Mode.ON, 30))
            for k in ("PRB-INJ-TOOL", "PRB-INJ-IMAGE")
        ),
    ]
    assert next_run(three, 1) == FIRST_DAYS, "what fails is tried again within the week"


def test_alerts_watch_what_the_policy_carries_out(profile, catalog) -> None:
    found = alerts(profile, catalog)
    names = [one.alert for one in found]
    assert len(names) == len(set(names))
    watched = {one.control for one in found}
    assert {"CTL-INJ-UNTRUSTED", "CTL-TOOL-RULES", "CTL-SECRETS"} <= watched
    assert "CTL-DPIA" not in watched, "people act there, no metric does"
    by = {one.control: one for one in found}
    assert (
        by["CTL-INJ-UNTRUSTED"].severity == "critical" and "SEC-02" in by["CTL-INJ-UNTRUSTED"].risks
    )
    assert by["CTL-LEAK-GUARD"].severity == "warning"
    (silent,) = (one for one in found if one.alert == "SeawallControlSilent")
    assert "CTL-INJ-UNTRUSTED" in silent.expr and "CTL-DPIA" not in silent.expr


def test_the_floor_of_an_alert_follows_the_traffic(profile, catalog) -> None:
    quiet = {
        one.control: one.expr
        for one in alerts(changed(profile, volume__requests_per_day=100.0), catalog)
    }
    busy = {
        one.control: one.expr
        for one in alerts(changed(profile, volume__requests_per_day=1e6), catalog)
    }
    assert "> 5\n" in quiet["CTL-SECRETS"] and "> 1000\n" in busy["CTL-SECRETS"]


def test_a_function_with_a_daily_cost_has_an_alert_at_four_fifths(profile, catalog) -> None:
    base = {**BASE, "functions": {"support-chat": {"limits": {"cost_per_day": 50}}, "other": {}}}
    found = {one.alert: one for one in alerts(profile, catalog, base)}
    assert found["SeawallSupportChatBudget"].expr.endswith("> 40")
    assert "SeawallOtherBudget" not in found


def test_alerts_name_metrics_and_labels_that_exist(profile, catalog) -> None:
    text = Path(__file__).parents[2].joinpath("docs/reference/metrics.md").read_text()
    rules = as_prometheus(alerts(profile, catalog), "shop")["groups"][0]["rules"]
    for rule in rules:
        assert rule["expr"].count("(") == rule["expr"].count(")")
        for name, selector in re.findall(r"(seawall_[a-z_]+)\{([^}]*)\}", rule["expr"]):
            (line,) = (one for one in text.splitlines() if f"`{name}`" in one)
            for label in re.findall(r"([a-z_]+)(?:=~|!=|=)", selector):
                assert f"`{label}`" in line, f"{name} has no label {label}"
        assert rule["annotations"]["action"] and rule["labels"]["severity"]


def test_the_folder_holds_four_files_that_load(profile, catalog, tmp_path: Path) -> None:
    made = register(profile, catalog)
    plan = build_plan(profile, catalog, made, BASE)
    more = probe_plan(made, catalog), alerts_of(plan, made, profile, catalog)
    for name in ("a", "b"):
        paths = write_folder(tmp_path / name, plan, *more, catalog)
        assert set(paths) == {POLICY, PROBES, ALERTS, TASKS}
    assert load_policy(tmp_path / "a" / POLICY).application == "support-desk"
    for name in (POLICY, PROBES, ALERTS, TASKS):
        one, other = (tmp_path / folder / name for folder in ("a", "b"))
        assert one.read_bytes() == other.read_bytes(), "same plan, same bytes"
    tasks = yaml.safe_load((tmp_path / "a" / TASKS).read_text())["tasks"]
    assert [task["due"] for task in tasks] == sorted(task["due"] for task in tasks)
    assert {task["control"] for task in tasks} == {task.control for task in plan.tasks}
    assert all(task["owner"] and task["evidence"] and task["counts_days"] for task in tasks)
    (group,) = yaml.safe_load((tmp_path / "a" / ALERTS).read_text())["groups"]
    assert group["rules"]


def test_a_folder_that_cannot_be_made_is_said(profile, catalog, tmp_path: Path) -> None:
    made = register(profile, catalog)
    plan = build_plan(profile, catalog, made, BASE)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_folder(tmp_path / "file" / "plan", plan, probe_plan(made, catalog), (), catalog)


@pytest.mark.parametrize("name", ["support-bot", "hr-screening", "coding-agent"])
def test_the_plan_names_the_drill_of_each_control_that_no_probe_tests(
    name: str, catalog, tmp_path: Path
) -> None:
    profile = load_profile(Path(__file__).parents[2] / "examples" / name / "profile.yaml")
    made = register(profile, catalog)
    plan = build_plan(profile, catalog, made, BASE)
    found = probe_plan(made, catalog, plan.enforced, policy="plan/policy.yaml")
    cards = [catalog.controls[item.control] for item in plan.controls]
    untested = [
        card.id
        for card in cards
        if card.type == "technical" and card.id not in catalog.probes_of_control
    ]
    assert [drill.control for drill in found.drills] == untested and untested
    for drill in found.drills:
        assert drill.run == f"seawall drill --policy plan/policy.yaml --control {drill.control}"
        assert found.created[:10] < drill.next
    write_folder(tmp_path, plan, found, (), catalog)
    held = enforced(load_policy(tmp_path / "policy.yaml"), catalog)
    assert {*untested} <= {*held}, "`seawall drill` refuses what the policy does not hold"
    assert f"run: {found.drills[0].run}"[:60] in (tmp_path / "probes.yaml").read_text()
