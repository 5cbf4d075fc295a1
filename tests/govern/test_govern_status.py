"""The state of each control: what shows it, what ages, and what is never counted as good."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import govern_samples as samples
import msgspec
import pytest
from govern_page import read

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.core.roles import Actor
from seawall.core.trials import Mode
from seawall.core.verdicts import Action
from seawall.govern import attestations
from seawall.govern.report import render
from seawall.govern.status.enforced import enforced, fingerprint
from seawall.govern.status.judge import Grounds, control_states
from seawall.govern.status.model import STATES, ControlState, EvidenceItem, Vouched, counts
from seawall.policy.load import load_policy
from seawall.store.db import URL_ENV, Store, open_store

CATALOG = load_catalog()
TODAY = date(2026, 7, 1)
VENDOR, LEAK = "CTL-VENDOR", "CTL-LEAK-GUARD"
ANA = Actor(name="key:ana")
POLICY = load_policy(Path(__file__).parents[2] / "examples" / "policy.yaml")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.delenv(URL_ENV, raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def state(
    key: str, register: Register | None = None, *, on: date = TODAY, **given: Any
) -> ControlState:
    states = control_states(
        register or samples.register(), CATALOG, today=on, grounds=Grounds(**given)
    )
    return next(one for one in states if one.control == key)


def measured(key: str, **changes: Any) -> Register:
    """A register in which every probe of a control passed; `changes` are made to the first."""
    base = samples.pitfall(0)
    rows = tuple(
        msgspec.structs.replace(
            base, probe=probe, controls=(key,), risk=CATALOG.probes[probe].risk,
            **(changes if index == 0 else {}),
        )
        for index, probe in enumerate(CATALOG.probes_of_control[key])
    )  # fmt: skip
    return samples.register(pitfalls=rows, risks=tuple(samples.risk(row) for row in rows))


def with_vendor() -> Register:
    row = samples.risk(samples.pitfall(0), risk="LEG-11", controls=(VENDOR,), probes=())
    return samples.register(risks=(row,))


def test_every_control_has_a_state_with_a_reason() -> None:
    states = control_states(samples.register(), CATALOG, today=TODAY)
    assert {one.control for one in states} == set(CATALOG.controls)
    assert all(one.reason.endswith((".", "?")) for one in states)
    assert sum(counts(states).values()) == len(states)
    assert set(counts(states)) == set(STATES)


def test_all_probes_pass_and_the_attack_works_without_the_control() -> None:
    found = state(LEAK, measured(LEAK))
    assert found.state == "tested-pass", found.reason
    assert {item.source for item in found.evidence} == {"probe"}
    assert all(item.holds for item in found.evidence)


@pytest.mark.parametrize(
    ("changes", "expected", "says"),
    [
        ({"status": "failed"}, "tested-fail", "above 10%"),
        ({"status": "not shown"}, "not shown", "neither kept nor broken"),
        ({"status": "not tested"}, "not tested", "Not measured"),
        ({"off": samples.result(Mode.OFF, complied=0)}, "tested-pass", "within"),
        ({"on": samples.result(Mode.ON, errors=1)}, "not tested", "could not be scored"),
        ({"on": samples.result(Mode.ON, unscored=2)}, "not tested", "could not be scored"),
        ({"measured": "2026-01-01"}, "expired", "attack again"),
        ({"measured": "2026-04-02"}, "tested-pass", "counts until 2026-07-01"),
        ({"measured": "2026-04-01"}, "expired", "counted until 2026-06-30"),
    ],
)
def test_one_probe_decides(changes: dict[str, Any], expected: str, says: str) -> None:
    found = state(LEAK, measured(LEAK, **changes))
    assert (found.state, says in found.reason) == (expected, True), found.reason


def test_a_probe_that_was_not_run_leaves_it_not_tested() -> None:
    whole = measured(LEAK)
    part = msgspec.structs.replace(whole, pitfalls=whole.pitfalls[1:])
    found = state(LEAK, part)
    assert found.state == "not tested"
    assert whole.pitfalls[0].probe in found.reason


def test_an_attack_that_never_worked_shows_nothing() -> None:
    off = samples.result(Mode.OFF, complied=0)
    whole = measured(LEAK)
    rows = tuple(msgspec.structs.replace(row, off=off) for row in whole.pitfalls)
    found = state(LEAK, msgspec.structs.replace(whole, pitfalls=rows))
    assert found.state == "not tested"
    assert "nothing shows" in found.reason
    assert not any(item.holds for item in found.evidence)


def test_a_failure_does_not_get_better_by_waiting() -> None:
    failed = measured(LEAK, status="failed")
    assert state(LEAK, failed, on=TODAY + timedelta(days=999)).state == "tested-fail"


def test_what_the_policy_does_not_hold_was_not_tested() -> None:
    good = measured(LEAK)
    assert state(LEAK, good, policy={LEAK: "guard x"}).state == "tested-pass"
    found = state(LEAK, good, policy={})
    assert found.state == "not tested"
    assert "does not hold it" in found.reason


def test_what_does_not_concern_the_application() -> None:
    risks = tuple(
        msgspec.structs.replace(row, applicability="does not apply") for row in measured(LEAK).risks
    )
    found = state(LEAK, samples.register(risks=risks))
    assert found.state == "not applicable"
    ruled_out = msgspec.structs.replace(samples.risk(samples.pitfall(2)), controls=())
    found = state(LEAK, samples.register(risks=(ruled_out,)))
    assert (found.state, "profile rules it out" in found.reason) == ("not applicable", True)


def test_a_risk_that_may_apply_counts() -> None:
    rows = measured(LEAK)
    open_ = tuple(msgspec.structs.replace(row, applicability="unknown") for row in rows.risks)
    assert state(LEAK, msgspec.structs.replace(rows, risks=open_)).state == "tested-pass"


def vouch(**changes: Any) -> Vouched:
    fields = {"control": VENDOR, "by": "kim", "date": "2026-06-01", "until": "2026-09-01"}
    return Vouched(**{**fields, "ref": "att_1", "note": "contract of May", **changes})


@pytest.mark.parametrize(
    ("given", "expected", "says"),
    [
        ([], "not tested", "Nobody vouches"),
        ([vouch()], "attested", "kim vouches for it since 2026-06-01, until 2026-09-01"),
        ([vouch(until="2026-07-01")], "attested", "until 2026-07-01"),
        ([vouch(until="2026-06-30")], "expired", "ended on 2026-06-30"),
        ([vouch(date="2026-07-02")], "expired", "begins on 2026-07-02"),
        ([vouch(ended="withdrawn, lapsed")], "expired", "withdrawn, lapsed"),
        ([vouch(until="2026-06-30"), vouch(by="dana")], "attested", "dana"),
        ([vouch(control="CTL-DPIA")], "not tested", "Nobody vouches"),
    ],
)
def test_what_people_vouch_for(given: list[Vouched], expected: str, says: str) -> None:
    found = state(VENDOR, with_vendor(), vouched=given)
    assert (found.state, says in found.reason) == (expected, True), found.reason


@pytest.mark.parametrize(
    ("holds", "until", "expected"),
    [(True, "2026-07-01", "tested-pass"), (True, "2026-06-30", "expired"),
     (False, "2026-07-01", "tested-fail")],
)  # fmt: skip
def test_a_check_decides_where_no_probe_is(holds: bool, until: str, expected: str) -> None:
    item = EvidenceItem(
        source="audit log", subject="data", sentence="It says so.", holds=holds, until=until
    )
    row = samples.risk(samples.pitfall(0), risk="LEG-09", controls=("CTL-AUDIT",), probes=())
    register = samples.register(risks=(row,))
    assert state("CTL-AUDIT", register, more={"CTL-AUDIT": [item]}).state == expected
    assert state("CTL-AUDIT", register).state == "not tested"


def test_a_policy_enforces_what_it_holds_whole() -> None:
    found = enforced(POLICY, CATALOG)
    assert "CTL-AUDIT" in found
    assert VENDOR not in found
    rule = next(rule for rule in POLICY.guards if rule.control in found)
    for changed in (
        [one for one in POLICY.guards if one.control != rule.control],
        [msgspec.structs.replace(one, action=Action.ALLOW) for one in POLICY.guards],
    ):
        policy = msgspec.structs.replace(POLICY, guards=tuple(changed))
        assert rule.control not in enforced(policy, CATALOG)


def test_settings_count_as_they_are() -> None:
    asked = msgspec.structs.replace(POLICY.usage_policy, required=True, version="7")
    policy = msgspec.structs.replace(POLICY, usage_policy=asked)
    assert "CTL-USAGE-POLICY" in enforced(policy, CATALOG)
    loose = msgspec.structs.replace(
        policy, usage_policy=msgspec.structs.replace(asked, required=False)
    )
    assert "CTL-USAGE-POLICY" not in enforced(loose, CATALOG)


def given(store: Store, **changes: Any) -> Any:
    fields: dict[str, Any] = {"by": "kim", "note": "contract of May", "today": TODAY, "actor": ANA}
    card = changes.pop("card", CATALOG.controls[VENDOR])
    return attestations.attest(store, "shop", card, **{**fields, **changes})


def test_an_attestation_ends_with_its_control_s_days(store: Store) -> None:
    entry = given(store, papers={"contract.pdf": b"signed"})
    found = attestations.read(entry)
    assert found.until == (TODAY + timedelta(days=365)).isoformat()
    assert found.papers[0].sha256 == hashlib.sha256(b"signed").hexdigest()
    (one,) = attestations.vouched(attestations.given(store, "shop"), CATALOG)
    assert (one.control, one.ended, one.ref) == (VENDOR, "", entry.entry_id)
    assert attestations.given(store, "bank") == []
    assert state(VENDOR, with_vendor(), vouched=[one]).state == "attested"


def test_a_withdrawn_or_rewritten_sentence_counts_no_more(store: Store) -> None:
    first = given(store)
    attestations.withdraw(store, first.entry_id, "the contract ended", actor=ANA)
    (one,) = attestations.vouched(attestations.given(store), CATALOG)
    assert one.ended == "withdrawn, the contract ended"
    with pytest.raises(InputError, match="already"):
        attestations.withdraw(store, first.entry_id, "again", actor=ANA)
    card = CATALOG.controls[VENDOR]
    older = msgspec.structs.replace(
        card, enforce=msgspec.structs.replace(card.enforce, attestation="Less was asked then.")
    )
    given(store, card=older)
    newest = attestations.vouched(attestations.given(store), CATALOG)[-1]
    assert newest.ended == "the control asks for more now"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"card": CATALOG.controls[LEAK]}, "measured, not attested"),
        ({"by": " "}, "name"),
        ({"note": ""}, "how they know"),
        ({"until": TODAY - timedelta(days=1)}, "at the latest"),
        ({"until": TODAY + timedelta(days=366)}, "until 2027-07-01 at the latest"),
    ],
)
def test_what_nobody_can_attest(store: Store, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        given(store, **changes)
    assert attestations.given(store) == []


def test_the_report_shows_every_state_and_no_share() -> None:
    states = control_states(with_vendor(), CATALOG, today=TODAY, grounds=Grounds(vouched=[vouch()]))
    page = read(
        render(with_vendor(), None, (), samples.harmless(), samples.evidence(), states=states)
    ).by_id("controls")
    text = page.text()
    assert "1 attested" in text
    assert "kim vouches for it" in text
    assert all(key in text for key in CATALOG.controls)
    assert len(page.all("tbody")[0].all("tr")) < len(CATALOG.controls) / 2, "same words, one line"
    assert "%" not in text.partition("State of each control")[0]


@pytest.mark.parametrize(
    ("action", "own", "holds"),
    [("redact", "flag", False), ("redact", "", True), ("redact", "block", True),
     ("flag", "flag", True)],
)  # fmt: skip
def test_a_guard_that_passes_what_it_could_not_judge_opens_what_fails_closed(
    action: str, own: str, holds: bool
) -> None:
    card = CATALOG.controls["CTL-FAIL-CLOSED"]
    rule = msgspec.structs.replace(POLICY.guards[0], action=Action(action), on_unknown=own)
    policy = msgspec.structs.replace(POLICY, on_unknown="block", guards=(rule,))
    plain = msgspec.structs.replace(POLICY, on_unknown="block", guards=())
    assert (card.id in enforced(policy, CATALOG)) is holds
    assert (fingerprint(card, policy) == fingerprint(card, plain)) is holds


def test_a_drill_is_named_only_for_a_control_that_has_one() -> None:
    bare = samples.register(
        pitfalls=(),
        risks=tuple(
            samples.risk(samples.pitfall(0), risk=CATALOG.controls[key].risks[0], probes=(),
                         controls=(key,))
            for key in ("CTL-TRAIN-FILES", "CTL-LOOPS")
        ),
    )  # fmt: skip
    probed, drilled = state("CTL-TRAIN-FILES", bare), state("CTL-LOOPS", bare)
    assert probed.state == drilled.state == "not tested"
    assert "no probe tests it here" in probed.reason and "drill" not in probed.reason
    assert "seawall drill" in drilled.reason
