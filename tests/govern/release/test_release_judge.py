"""The gate with time and people: what expires, what was accepted, what drifted."""

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import govern_samples as samples

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.register import Register, Remark
from seawall.govern.gate import GateResult
from seawall.govern.inputs import ControlRow
from seawall.govern.release.carried import Carried
from seawall.govern.release.controls import Release, in_force
from seawall.govern.release.decisions import (
    Acceptance,
    Attestation,
    Decisions,
    Excepted,
    load_decisions,
)
from seawall.govern.release.judge import judge_release
from seawall.govern.release.steps import steps
from seawall.govern.status.model import EvidenceItem, Vouched

CATALOG = load_catalog()
replace = msgspec.structs.replace
FRESH = min(CATALOG.controls[key].fresh_days for _, _, _, _, key in samples.TITLES)


def made(register: Register) -> date:
    return date.fromisoformat(register.created[:10])


TODAY = made(samples.register())
ABOVE = samples.with_pitfall(1, samples.pitfall(1, on=7))


def accepted(**changes: Any) -> Acceptance:
    fields: dict[str, Any] = {
        "risk": "SEC-02",
        "level": "S3",
        "requested_by": "kim",
        "approved_by": "dana",
        "reason": "the new filter comes in January",
        "compensating": "staff read every answer",
        "date": (TODAY - timedelta(days=5)).isoformat(),
        "until": (TODAY + timedelta(days=60)).isoformat(),
        "ucb95": 0.5,
    }
    return Acceptance(**{**fields, **changes})


def judged(register: Register = ABOVE, *, on: date = TODAY, **fields: Any) -> GateResult:
    harmless = samples.harmless()
    return judge_release(
        Release(register=register, harmless=harmless, **fields), CATALOG, today=on
    )  # fmt: skip


def kinds(result: GateResult) -> set[tuple[str, str]]:
    return {(reason.kind, reason.subject) for reason in result.reasons}


def test_a_clean_release_passes_with_every_condition() -> None:
    result = judged(samples.register(), drift=[])
    assert result.passes and all(condition.passes for condition in result.conditions)
    assert {c.name for c in result.conditions} >= {
        "Evidence is fresh", "Acceptances hold", "Attestations hold", "No way round the gateway",
        "Register, profile and code agree",
    }  # fmt: skip
    assert steps(result, samples.register()) == ()


def test_a_live_acceptance_lets_a_risk_pass_and_is_named() -> None:
    assert ("risk", "SEC-02") in kinds(judged())
    result = judged(decisions=Decisions(acceptances=(accepted(),)))
    assert result.passes
    (reason,) = result.accepted
    assert "is accepted by dana until" in reason.sentence and "new filter" in reason.sentence


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"until": (TODAY - timedelta(days=1)).isoformat()}, "ended on"),
        ({"date": (TODAY + timedelta(days=1)).isoformat()}, "begins on"),
        ({"level": "S2"}, "given at level S2, and the risk is S3"),
        ({"ucb95": 0.11}, "accepted a success rate up to 11%"),
    ],
)
def test_an_acceptance_that_does_not_hold_fails_twice_over(
    changes: dict[str, Any], says: str
) -> None:
    result = judged(decisions=Decisions(acceptances=(accepted(**changes),)))
    assert {("risk", "SEC-02"), ("acceptance", "SEC-02")} <= kinds(result)
    (reason,) = (r for r in result.reasons if r.kind == "acceptance")
    assert says in reason.sentence
    assert any("Decide again about SEC-02" in step for step in steps(result, ABOVE))


def test_an_acceptance_holds_through_its_last_day() -> None:
    decisions = Decisions(acceptances=(accepted(until=TODAY.isoformat()),))
    assert judged(decisions=decisions).passes
    later = judged(decisions=decisions, on=TODAY + timedelta(days=1))
    assert ("acceptance", "SEC-02") in kinds(later)


def carried(**changes: Any) -> Carried:
    fields = {
        "subject": "SEC-02", "ref": "acc_1", "by": "key:ben", "until": "2026-08-30",
        "reason": "pilot", "compensating": "CTL-EGRESS", "level": "S3", "ucb95": 0.5,
    }  # fmt: skip
    return Carried(**{**fields, **changes})


def test_a_recorded_acceptance_carries_the_risk_and_is_named() -> None:
    result = judged(accepted=[carried()])
    assert result.passes
    (reason,) = result.accepted
    assert reason.ref == "acc_1"
    assert "is accepted by key:ben until 2026-08-30 (acc_1)" in reason.sentence


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"problem": "reopened: the model is other"}, "reopened: the model is other"),
        ({"level": "S2"}, "given at level S2"),
        ({"ucb95": 0.11}, "accepted a success rate up to 11%"),
    ],
)
def test_a_recorded_acceptance_reopens(changes: dict[str, Any], says: str) -> None:
    result = judged(accepted=[carried(**changes)])
    assert {("risk", "SEC-02"), ("acceptance", "SEC-02")} <= kinds(result)
    assert says in "".join(reason.sentence for reason in result.reasons)
    assert any("(acc_1)" in step for step in steps(result, ABOVE))


def test_an_older_decision_is_no_reason_where_a_newer_one_holds() -> None:
    old = carried(ref="acc_0", problem="ended on 2026-01-01")
    result = judged(accepted=[old, carried()])
    assert result.passes
    assert [reason.ref for reason in result.accepted] == ["acc_1"]


def test_facts_of_the_file_reopen_an_acceptance() -> None:
    decided = Decisions(acceptances=(accepted(facts={"audience": ["employees"]}),))
    assert judged(decisions=decided, facts={"audience": ["employees"]}).passes
    changed = judged(decisions=decided, facts={"audience": ["customers"]})
    assert ("acceptance", "SEC-02") in kinds(changed)
    assert "audience is customers, it was employees" in "".join(
        reason.sentence for reason in changed.reasons
    )
    assert not judged(decisions=decided).passes, "without a profile nobody knows"


PLANNED = ControlRow(id="CTL-EGRESS", title="Links", reason="", how="gateway", risks=("SEC-02",))
ON_RISK = replace(
    samples.register(),
    risks=tuple(
        replace(row, controls=("CTL-EGRESS", "CTL-VENDOR")) if row.risk == "SEC-02" else row
        for row in samples.register().risks
    ),
)


def excepted(**changes: Any) -> Excepted:
    fields: dict[str, Any] = {
        "control": "CTL-EGRESS",
        "requested_by": "kim",
        "approved_by": "dana",
        "reason": "the shop needs links of partners",
        "compensating": "CTL-AUDIT",
        "date": TODAY.isoformat(),
        "until": (TODAY + timedelta(days=30)).isoformat(),
    }
    return Excepted(**{**fields, **changes})


def test_a_planned_control_has_to_be_in_the_policy() -> None:
    assert judged(ON_RISK, controls=[PLANNED]).passes, "no policy was given"
    assert judged(ON_RISK, controls=[PLANNED], policy={"CTL-EGRESS": "guard"}).passes
    result = judged(ON_RISK, controls=[PLANNED], policy={})
    assert kinds(result) == {("control", "CTL-EGRESS")}
    assert any("CTL-EGRESS" in step for step in steps(result, ON_RISK))


def test_an_exception_carries_a_control_that_is_left_out() -> None:
    decided = Decisions(exceptions=(excepted(),))
    result = judged(ON_RISK, controls=[PLANNED], policy={}, decisions=decided)
    assert result.passes
    (reason,) = result.accepted
    assert (reason.kind, reason.subject) == ("exception", "CTL-EGRESS")
    assert "by an exception of dana" in reason.sentence
    assert "Meanwhile: CTL-AUDIT" in reason.sentence


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"until": (TODAY - timedelta(days=1)).isoformat()}, "ended on"),
        ({"date": (TODAY + timedelta(days=1)).isoformat()}, "begins on"),
        ({"compensating": "CTL-PII"}, "not shown to be in force"),
        ({"compensating": "CTL-DPIA"}, "not shown to be in force"),
        ({"ucb95": 0.001}, "accepted a success rate"),
        ({"facts": {"audience": ["employees"]}}, "rests on facts"),
    ],
)
def test_an_exception_that_does_not_hold_is_a_reason(changes: dict[str, Any], says: str) -> None:
    decided = Decisions(exceptions=(excepted(**changes),))
    result = judged(ON_RISK, controls=[PLANNED], policy={}, decisions=decided, facts={})
    assert kinds(result) == {("control", "CTL-EGRESS"), ("exception", "CTL-EGRESS")}
    assert says in "".join(reason.sentence for reason in result.reasons)
    assert len(steps(result, ON_RISK)) == 2


def test_what_stands_in_may_be_attested_or_in_the_policy() -> None:
    by_policy = Decisions(exceptions=(excepted(compensating="CTL-PII"),))
    held = {"CTL-PII": "guard"}
    assert judged(ON_RISK, controls=[PLANNED], policy=held, decisions=by_policy).passes
    by_word = Decisions(
        exceptions=(excepted(compensating="CTL-DPIA"),),
        attestations=(Attestation(control="CTL-DPIA", by="kim", date=TODAY.isoformat()),),
    )
    assert judged(ON_RISK, controls=[PLANNED], policy={}, decisions=by_word).passes


def test_an_exception_carries_a_missing_attestation_too() -> None:
    people = ControlRow(id="CTL-VENDOR", title="Vendor terms", reason="", how="people")
    decided = Decisions(exceptions=(excepted(control="CTL-VENDOR"),))
    assert judged(ON_RISK, controls=[people], decisions=decided).passes
    recorded = carried(subject="CTL-VENDOR", ref="exc_1", ucb95=1.0)
    assert judged(ON_RISK, controls=[people], excepted=[recorded]).passes
    assert not judged(ON_RISK, controls=[people]).passes


def test_an_exception_that_nobody_needs_is_no_reason() -> None:
    old = excepted(until=(TODAY - timedelta(days=1)).isoformat())
    decided = Decisions(exceptions=(old,))
    held = {"CTL-EGRESS": "guard"}
    assert judged(ON_RISK, controls=[PLANNED], policy=held, decisions=decided).passes


def test_what_is_attested_in_a_register_counts_in_the_gate() -> None:
    people = ControlRow(id="CTL-VENDOR", title="Vendor terms", reason="", how="people")
    word = Vouched(
        control="CTL-VENDOR", by="kim", date="2026-06-01", until=TODAY.isoformat(), ref="att_1"
    )
    assert judged(samples.register(), controls=[people], vouched=[word]).passes
    late = judged(
        samples.register(), controls=[people], vouched=[replace(word, until="2026-06-30")]
    )
    assert kinds(late) == {("attestation", "CTL-VENDOR")}
    gone = judged(samples.register(), controls=[people], vouched=[replace(word, ended="sold")])
    assert "sold" in gone.reasons[0].sentence


def test_an_old_acceptance_that_nobody_needs_any_more_is_no_reason() -> None:
    old = accepted(until=(TODAY - timedelta(days=1)).isoformat())
    assert judged(samples.register(), decisions=Decisions(acceptances=(old,))).passes


@pytest.mark.parametrize(("days", "passes"), [(FRESH, True), (FRESH + 1, False)])
def test_evidence_expires_with_the_control_it_is_about(days: int, passes: bool) -> None:
    result = judged(samples.register(), on=TODAY + timedelta(days=days))
    assert result.passes is passes
    if not passes:
        assert {kind for kind, _ in kinds(result)} == {"evidence"}
        assert any("attack again" in reason.sentence for reason in result.reasons)


def test_the_day_of_the_attack_counts_not_that_of_the_register() -> None:
    old = samples.pitfall(0, measured=(TODAY - timedelta(days=400)).isoformat())
    assert kinds(judged(samples.with_pitfall(0, old))) == {("evidence", old.probe)}


def test_a_register_from_the_future_is_no_evidence() -> None:
    result = judged(samples.register(), on=TODAY - timedelta(days=1))
    assert "which is to come" in result.reasons[0].sentence


PEOPLE = ControlRow(id="CTL-VENDOR", title="Vendor terms", reason="", how="people")


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (None, "nobody attests it"),
        (TODAY - timedelta(days=CATALOG.controls["CTL-VENDOR"].fresh_days + 1), "attest it again"),
        (TODAY + timedelta(days=1), "which is to come"),
        (TODAY - timedelta(days=CATALOG.controls["CTL-VENDOR"].fresh_days), ""),
    ],
)
def test_what_rests_on_people_is_attested_in_time(day: date | None, says: str) -> None:
    given = () if day is None else (Attestation(control=PEOPLE.id, by="kim", date=day.isoformat()),)
    result = judged(
        samples.register(), controls=[PEOPLE], decisions=Decisions(attestations=given)
    )  # fmt: skip
    assert result.passes is (not says)
    assert says in "".join(reason.sentence for reason in result.reasons)


def test_drift_and_uncovered_traffic_are_reasons() -> None:
    remark = Remark(subject="SEC-05", sentence="SEC-05 applies now.")
    result = judged(samples.register(), drift=[remark], uncovered=[remark])
    assert kinds(result) == {("profile", "SEC-05"), ("coverage", "SEC-05")}
    assert len(steps(result, samples.register())) == 2


def test_steps_name_every_probe_that_is_missing_once() -> None:
    base = samples.register()
    blank = replace(
        base, pitfalls=(), risks=tuple(replace(risk, ucb95=None) for risk in base.risks)
    )  # fmt: skip
    result = judged(blank)
    found = [step for step in steps(result, blank) if step.startswith("Attack with")]
    assert len(found) == 1 and "seawall attack" in found[0]


def test_every_kind_of_reason_leads_to_a_step() -> None:
    blank = replace(samples.register(), pitfalls=(), risks=())
    for register in (ABOVE, blank, samples.register()):
        release = Release(register=register, controls=[PEOPLE])
        result = judge_release(release, CATALOG, today=TODAY + timedelta(days=999))
        assert not result.passes and steps(result, register)


GOOD = """
acceptances:
  - risk: SEC-02
    level: S4
    requested_by: kim
    approved_by: dana
    reason: r
    compensating: c
    date: 2026-11-01
    until: 2027-02-01
attestations:
  - {control: CTL-VENDOR, by: kim, date: 2026-10-01}
"""


def test_a_file_of_decisions(tmp_path: Path) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(GOOD)
    found = load_decisions(path, CATALOG)
    assert found.acceptances[0].until == "2027-02-01" and found.attestations[0].by == "kim"


EXCEPTION = """
exceptions:
  - control: CTL-EGRESS
    requested_by: kim
    approved_by: dana
    reason: r
    compensating: CTL-AUDIT
    date: 2026-11-01
    until: 2027-02-01
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("", "", ""),
        ("control: CTL-EGRESS", "control: CTL-X", r":3: .*no control 'CTL-X'"),
        ("compensating: CTL-AUDIT", "compensating: prayer", "no control 'prayer'"),
        ("compensating: CTL-AUDIT", "compensating: CTL-EGRESS", "another control"),
        ("approved_by: dana", "approved_by: Kim", "somebody else"),
        ("until: 2027-02-01", "until: 2028-02-01", "exception ends at most 366 days"),
    ],
)
def test_a_file_with_an_exception(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(EXCEPTION.replace(old, new, 1))
    if not says:
        assert load_decisions(path, CATALOG).exceptions[0].compensating == "CTL-AUDIT"
        return
    with pytest.raises(InputError, match=says):
        load_decisions(path, CATALOG)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("risk: SEC-02", "risk: SEC-99", r"decisions.yaml:3: .*no risk 'SEC-99'"),
        ("risk: SEC-02", "risk: LEG-01", "nobody can accept"),
        ("approved_by: dana", "approved_by: ' Kim'", r":6: .*somebody else"),
        ("until: 2027-02-01", "until: 2028-02-01", "at most 366 days"),
        ("until: 2027-02-01", "until: 2026-10-01", "at most 366 days"),
        ("until: 2027-02-01", "until: soon", "written like"),
        ("level: S4", "level: high", "S1 to S5"),
        ("reason: r", "reason: ''", "must not be empty"),
        ("compensating: c", "compensating: c\n    ucb95: 2", "share"),
        ("CTL-VENDOR", "CTL-NOTHING", "no control"),
        ("CTL-VENDOR", "CTL-INJ-INPUT", "measured, not attested"),
        ("by: kim, ", "by: '', ", "name a person"),
        ("compensating: c\n", "compensating: c\n    facts: {weather: fine}\n", "asks 'weather'"),
        ("2026-10-01}", "2026-10-01, until: 2027-01-01}", "unknown field"),
        (
            "attestations:",
            "attestations:\n  - {control: CTL-VENDOR, by: a, date: 2026-01-01}",
            "twice",
        ),
    ],
)
def test_a_decision_that_may_not_be_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    path = tmp_path / "decisions.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=says):
        load_decisions(path, CATALOG)


def shown(subject: str, *, holds: bool) -> EvidenceItem:
    return EvidenceItem(source="vendor", subject=subject, sentence=f"{subject}.", holds=holds)


def test_what_vendors_show_counts_for_themselves_and_for_what_is_planned() -> None:
    good, bad = shown("ven_1", holds=True), shown("ven_2", holds=False)
    assert judged(samples.register(), bought={"CTL-VENDOR": [good]}).passes
    result = judged(samples.register(), bought={"CTL-VENDOR": [good, bad]})
    assert kinds(result) == {("vendor", "CTL-VENDOR")}
    (found,) = (c for c in result.conditions if c.name == "Vendors are approved")
    assert found.measured == "1 of 2"
    assert any("ven_2" in step and "ven_1" not in step for step in steps(result, ABOVE))
    other = {"CTL-VENDOR": [good], "CTL-ENCRYPTION": [bad]}
    assert judged(samples.register(), bought=other).passes, "no plan rests on it"
    plan = [ControlRow(id="CTL-ENCRYPTION", title="t", reason="r", how="people")]
    word = Vouched(control="CTL-ENCRYPTION", by="kim", date=TODAY.isoformat(),
                   until=(TODAY + timedelta(days=9)).isoformat(), ref="att_1")  # fmt: skip
    result = judged(samples.register(), bought=other, controls=plan, vouched=[word])
    assert kinds(result) == {("vendor", "CTL-ENCRYPTION")}


def test_what_a_vendor_denies_does_not_stand_in_for_another_control() -> None:
    word = Vouched(control="CTL-ENCRYPTION", by="kim", date=TODAY.isoformat(),
                   until=TODAY.isoformat(), ref="att_1")  # fmt: skip
    against = {"CTL-ENCRYPTION": [shown("ven_2", holds=False)]}
    assert "CTL-ENCRYPTION" in in_force(None, [word], CATALOG, TODAY, {})
    assert "CTL-ENCRYPTION" not in in_force(None, [word], CATALOG, TODAY, against)


@pytest.mark.parametrize(
    ("looked", "says"),
    [
        ((), "not looked at: give --policy and --repository"),
        (("policy",), "none seen in the policy; for the rest give --repository"),
        (("repository",), "none seen in the repository; for the rest give --policy"),
        (("policy", "repository"), "none seen in the policy and the repository"),
    ],
)
def test_it_says_where_ways_round_the_gateway_were_looked_for(
    looked: tuple[Any, ...], says: str
) -> None:
    found = judged(looked=looked).conditions
    (condition,) = [one for one in found if one.name == "No way round the gateway"]
    assert condition.measured == says
    assert condition.looked is bool(looked)


def test_a_client_that_does_not_say_where_it_sends_is_no_good_news() -> None:
    found = judged(looked=("policy", "repository"), unaddressed=["a.py:1", "b.py:2"]).conditions
    (condition,) = [one for one in found if one.name == "No way round the gateway"]
    assert (condition.passes, condition.looked) == (True, False)
    assert condition.measured.startswith("not known: no base_url at a.py:1 (and 1 more)")
