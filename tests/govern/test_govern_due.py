"""What falls due: each register, the longest of several, what is late, and a file for calendars."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import govern_samples as samples
import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.catalog.model import Notice
from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.roles import Actor
from seawall.govern import acceptances, attestations, exceptions, incidents
from seawall.govern.due import Due, Sources, calendar_file, due
from seawall.govern.people import training, vendors
from seawall.govern.people.courses import grade, load_courses
from seawall.govern.release.decisions import Acceptance, Attestation, Decisions
from seawall.store.db import URL_ENV, Store, open_store

CATALOG = load_catalog()
TODAY = date(2026, 7, 1)
ANA, BEN = Actor(name="key:ana"), Actor(name="key:ben", others=("Ben",))
replace = msgspec.structs.replace


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.delenv(URL_ENV, raising=False)
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def register() -> Any:
    rows = tuple(
        replace(row, controls=("CTL-INJ-INPUT",)) if row.risk == "SEC-01" else row
        for row in samples.register().risks
    )
    return replace(samples.register(), application="shop", risks=rows)


def found(
    store: Store | None = None, *, days: int = 180, on: date = TODAY, **more: Any
) -> list[Due]:
    return due(Sources(store=store, **more), "shop", CATALOG, on, days)


def said(store: Store, **more: Any) -> list[tuple[str, str, str]]:
    return [(one.day, one.kind, one.subject) for one in found(store, **more)]


def accept(store: Store, until: date) -> str:
    return acceptances.ask(
        store, register(), "SEC-01", owner="head", reason="pilot", expires=until, today=TODAY,
        actor=ANA, forbidden=frozenset(),
    ).entry_id  # fmt: skip


def test_an_acceptance_waits_then_ends_and_the_longest_counts(store: Store) -> None:
    first = accept(store, day(30))
    assert said(store) == [(TODAY.isoformat(), "acceptance", f"SEC-01 ({first})")]
    acceptances.approve(store, first, register(), today=TODAY, actor=BEN)
    assert said(store) == [(day(30).isoformat(), "acceptance", "SEC-01")]
    second = accept(store, day(60))
    acceptances.approve(store, second, register(), today=TODAY, actor=BEN)
    assert said(store) == [(day(60).isoformat(), "acceptance", "SEC-01")]
    assert found(store, days=59) == []
    assert said(store, on=day(61))[0][0] == day(60).isoformat(), "what is late stays"
    acceptances.withdraw(store, second, "over", actor=ANA)
    assert said(store) == [(day(30).isoformat(), "acceptance", "SEC-01")]


def test_exceptions_attestations_vendors_and_training(store: Store) -> None:
    exceptions.ask(store, register(), CATALOG, "CTL-INJ-INPUT", owner="h", reason="r",
                   compensating=("CTL-AUDIT",), expires=day(9), today=TODAY, actor=ANA)  # fmt: skip
    card = CATALOG.controls["CTL-VENDOR"]
    attestations.attest(store, "shop", card, by="kim", note="n", today=TODAY, until=day(5),
                        actor=ANA)  # fmt: skip
    key = vendors.add(store, "shop", "Works", "chat", "head", actor=ANA).entry_id
    course = load_courses()["basics"]
    result = grade(course, [question.answer for question in course.quiz])
    training.complete(store, "shop", course, "kim", result, today=TODAY, actor=ANA)
    kinds = {one.kind: one for one in found(store, days=3650)}
    assert kinds["exception"].day == TODAY.isoformat() and "another person" in str(kinds)
    assert (kinds["attestation"].day, kinds["attestation"].subject) == (
        day(5).isoformat(), "CTL-VENDOR",
    )  # fmt: skip
    assert "Nobody decided" in kinds["vendor"].sentence
    assert kinds["training"].day == day(course.valid_days).isoformat()
    for question, one in vendors.load_questions().items():
        vendors.answer(store, key, question, "yes" if one.wanted else "no", by="kim", note="",
                       today=TODAY, actor=ANA)  # fmt: skip
    vendors.decide(store, key, approve=True, reason="r", review=day(90), today=TODAY, actor=BEN)
    assert (day(90).isoformat(), "vendor", "Works, chat") in said(store)
    vendors.withdraw(store, key, "gone", actor=ANA)
    assert "vendor" not in {kind for _, kind, _ in said(store)}


def test_each_notice_of_an_incident_is_due_until_it_was_given_closed_or_not(store: Store) -> None:
    hours = [Notice(to="authority", hours=72, kinds=("personal-data",)),
             Notice(to="people", hours=240, kinds=("personal-data",))]  # fmt: skip
    key = incidents.open_incident(
        store, "shop", title="leak", severity="S3", kinds=["personal-data"], risks=[], records=[],
        since=datetime(2026, 7, 1, tzinfo=UTC), notices={"GDPR-33": ("may apply", hours)},
        actor=ANA,
    ).entry_id  # fmt: skip
    assert [one.day for one in found(store)] == [day(3).isoformat(), day(10).isoformat()]
    assert "(may apply)" in found(store)[0].sentence
    incidents.told(
        store, key, "GDPR-33", now=datetime(2026, 7, 2, tzinfo=UTC), actor=ANA, to="authority"
    )
    assert [one.day for one in found(store)] == [day(10).isoformat()]
    incidents.close(store, key, ["try it"], actor=ANA)
    assert [one.day for one in found(store)] == [day(10).isoformat()]
    with pytest.raises(InputError, match="no open notice"):
        incidents.told(store, key, "EU-NIS2", now=datetime.now(UTC), actor=ANA, needless="small")
    closed, _ = incidents.told(
        store, key, "GDPR-33", now=datetime.now(UTC), actor=BEN, needless=" no risk to people "
    )
    assert [one.needless for one in incidents.read(closed).deadlines] == ["", "no risk to people"]
    assert closed.action == "needless" and found(store) == []


def test_other_applications_are_not_meant(store: Store) -> None:
    accept(store, day(30))
    assert due(Sources(store=store), "bank", CATALOG, TODAY, 180) == []


def test_evidence_ends_by_the_control_that_asks_for_the_freshest() -> None:
    row = samples.register().pitfalls[0]
    limit = min(CATALOG.controls[key].fresh_days for key in row.controls)
    made = replace(samples.register(), pitfalls=(replace(row, measured=TODAY.isoformat()),))
    (one,) = found(register=made, days=3650)
    assert (one.kind, one.subject, one.day) == ("evidence", row.probe, day(limit).isoformat())


def test_the_file_of_decisions_counts_with_the_registers(store: Store) -> None:
    written = Decisions(
        acceptances=(
            Acceptance(risk="SEC-01", level="S4", requested_by="a", approved_by="b", reason="r",
                       compensating="c", date=TODAY.isoformat(), until=day(90).isoformat()),
        ),
        attestations=(
            Attestation(control="CTL-VENDOR", by="kim", date=TODAY.isoformat(), note="n"),
        ),
    )  # fmt: skip
    key = accept(store, day(30))
    acceptances.approve(store, key, register(), today=TODAY, actor=BEN)
    kinds = {one.kind: one.day for one in found(store, decisions=written, days=3650)}
    fresh = CATALOG.controls["CTL-VENDOR"].fresh_days
    assert kinds == {"acceptance": day(90).isoformat(), "attestation": day(fresh).isoformat()}


def test_a_calendar_file_is_folded_escaped_and_steady() -> None:
    hostile = Due(day="2026-07-09", kind="vendor", subject="A; B, C\\\nEND:VEVENT",
                  sentence="ä" * 200)  # fmt: skip
    text = calendar_file([hostile], "shop", TODAY)
    assert text == calendar_file([hostile], "shop", TODAY)
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines) and text.endswith("END:VCALENDAR\r\n")
    whole = text.replace("\r\n ", "")
    assert "SUMMARY:shop: A\\; B\\, C\\\\ END:VEVENT\r\n" in whole
    assert whole.count("\r\nEND:VEVENT\r\n") == 1
    assert "DTSTART;VALUE=DATE:20260709\r\nDTEND;VALUE=DATE:20260710" in whole
    assert f"DESCRIPTION:{'ä' * 200}\r\n" in whole
    moved = calendar_file([replace(hostile, day="2026-08-01")], "shop", day(5))
    uid = [line for line in lines if line.startswith("UID:")]
    assert uid == [line for line in moved.split("\r\n") if line.startswith("UID:")]


def test_the_command(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "profile.yaml"
    profile.write_text("application: shop\ntitle: Shop\nfacts:\n  geo.users: [us_co]\n")
    key = accept(store, day(30))
    acceptances.approve(store, key, register(), today=TODAY, actor=BEN)
    path = tmp_path / "due.ics"
    words = ["calendar", str(profile), "--data", str(tmp_path / "data"), "--on", "2026-08-15"]
    assert run([*words, "--json", "--ics", str(path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["late"] == 1 and told["due"][0]["ref"] == key
    assert "law" in {one["kind"] for one in told["due"]}
    assert "BEGIN:VEVENT" in path.read_text()
    assert run([*words, "--strict"]) == 4
    assert "LATE" in capsys.readouterr().out
    assert run([*words[:-1], "2026-07-02", "--strict"]) == 0
    capsys.readouterr()
    held = tmp_path / "register.json"
    held.write_bytes(msgspec.json.encode(msgspec.structs.replace(register(), application="bank")))
    assert run([*words, "--register", str(held)]) == 2
    assert "The register is about bank, the profile about shop" in capsys.readouterr().err
