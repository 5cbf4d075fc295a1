"""The register of vendors: what stops an approval, who may give it, when it is over."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from seawall.catalog.load import load_catalog
from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.core.roles import Actor, Role
from seawall.govern.people.vendors import (
    OWN,
    Vendor,
    add,
    against,
    answer,
    decide,
    evidence,
    load_questions,
    read,
    standing,
    vendors,
    withdraw,
)
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.keys import create_key
from seawall.store.registers import Entry, history

CATALOG, QUESTIONS = load_catalog(), load_questions()
ANA, BEN = Actor(name="key:ana"), Actor(name="key:ben", others=("Ben",))
TODAY = date(2026, 7, 1)
REVIEW = TODAY + timedelta(days=180)
MUSTS = [key for key, one in QUESTIONS.items() if one.must]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.delenv(URL_ENV, raising=False)
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def test_every_question_is_about_controls_that_rest_on_people() -> None:
    assert len(QUESTIONS) >= 15
    assert 5 <= len(MUSTS) < len(QUESTIONS)
    assert {one.wanted for one in QUESTIONS.values()} == {True, False}
    for one in QUESTIONS.values():
        assert one.ask.endswith("?") and one.why.endswith(".")
        assert all(CATALOG.controls[key].enforce.attestation for key in one.controls)


def added(store: Store) -> str:
    return add(store, "shop", "Modelworks", "chat model", "procurement", actor=ANA).entry_id


def say(store: Store, key: str, question: str, value: str, **changes: Any) -> Entry:
    fields = {"by": "kim", "note": "annex 2", "today": TODAY, "actor": ANA, **changes}
    return answer(store, key, question, value, **fields)


def wanted(question: str) -> str:
    return "yes" if QUESTIONS[question].wanted else "no"


def answered(store: Store) -> str:
    key = added(store)
    for question in QUESTIONS:
        say(store, key, question, wanted(question))
    return key


def approve(store: Store, key: str, **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "approve": True, "reason": "terms of May", "review": REVIEW, "today": TODAY, "actor": BEN,
        **changes,
    }  # fmt: skip
    return decide(store, key, **fields)


def test_whoever_typed_in_an_answer_cannot_approve(store: Store) -> None:
    key = answered(store)
    first = next(iter(QUESTIONS))
    say(store, key, first, wanted(first), actor=BEN)
    with pytest.raises(InputError, match="typed in"):
        approve(store, key)
    say(store, key, first, wanted(first), actor=ANA)
    assert read(approve(store, key)).state == "approved"


def test_a_vendor_is_asked_then_approved_by_another_until_its_review(store: Store) -> None:
    key = answered(store)
    with pytest.raises(InputError, match="cannot approve"):
        approve(store, key, actor=ANA)
    found = read(approve(store, key))
    assert (found.state, found.decided_by, found.review) == (
        "approved", "Ben (key:ben)", REVIEW.isoformat(),
    )  # fmt: skip
    assert against(found) == ()
    assert standing(found, REVIEW) == ""
    assert "was due" in standing(found, REVIEW + timedelta(days=1))
    assert len(history(store, key)) == len(QUESTIONS) + 2


@pytest.mark.parametrize("value", ["no", "partly", "unknown", None])
@pytest.mark.parametrize("question", MUSTS)
def test_each_must_stops_an_approval(question: str, value: str | None) -> None:
    from seawall.govern.people.vendors import Answer

    good = {key: Answer(value=wanted(key), by="kim", date="2026-07-01") for key in QUESTIONS}  # type: ignore[arg-type]
    if value is None:
        del good[question]
    else:
        wrong = "yes" if value == "no" and not QUESTIONS[question].wanted else value
        good[question] = Answer(value=wrong, by="kim", date="2026-07-01")  # type: ignore[arg-type]
    vendor = Vendor(
        name="m", service="s", owner="o", answers=good, state="waiting", requested_by="key:ana"
    )
    assert [(one.question, one.must) for one in against(vendor)] == [(question, True)]


def test_an_approval_is_refused_while_a_must_is_open(store: Store) -> None:
    key = answered(store)
    say(store, key, MUSTS[0], "partly")
    with pytest.raises(InputError, match="cannot be approved"):
        approve(store, key)
    assert read(approve(store, key, approve=False, review=None)).state == "rejected"


def test_what_need_not_be_may_stay_open(store: Store) -> None:
    key = answered(store)
    optional = next(key for key, one in QUESTIONS.items() if not one.must)
    say(store, key, optional, "unknown")
    found = read(approve(store, key))
    assert [one.question for one in against(found)] == [optional]
    assert standing(found, TODAY) == ""


def test_a_new_answer_makes_it_wait_again(store: Store) -> None:
    key = answered(store)
    approve(store, key)
    found = read(say(store, key, "retention", "yes", note="30 days now"))
    assert (found.state, found.review) == ("waiting", "")
    assert found.answers["retention"].note == "30 days now"
    assert "Nobody decided" in standing(found, TODAY)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"review": None}, "names its review"),
        ({"review": TODAY}, "names its review"),
        ({"review": TODAY + timedelta(days=367)}, "names its review"),
        ({"reason": " "}, "Say why"),
    ],
)
def test_an_approval_needs_a_reason_and_a_review(
    store: Store, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        approve(store, answered(store), **changes)


def test_what_is_no_answer_or_no_vendor(store: Store) -> None:
    key = added(store)
    for question, value, by, says in (
        ("weather", "yes", "kim", "no question"),
        ("contract", "maybe", "kim", "no answer"),
        ("contract", "yes", " ", "who found"),
    ):
        with pytest.raises(InputError, match=says):
            say(store, key, question, value, by=by)
    with pytest.raises(InputError, match="already"):
        added(store)
    with pytest.raises(InputError, match="owner"):
        add(store, "shop", "x", "y", "", actor=ANA)
    withdraw(store, key, "replaced", actor=ANA)
    with pytest.raises(InputError, match="is withdrawn"):
        say(store, key, "contract", "yes")
    assert added(store) != key, "what was withdrawn can come back as a new entry"


def test_of_a_file_only_the_hash_is_kept(store: Store) -> None:
    key = added(store)
    entry = say(store, key, "contract", "yes", file=("contract.pdf", b"secret terms"))
    given = read(entry).answers["contract"]
    assert (given.file, len(given.sha256)) == ("contract.pdf", 64)
    assert "secret terms" not in str(entry.body)


def test_what_vendors_show_of_controls(store: Store) -> None:
    key = added(store)

    def shown(control: str = OWN, on: date = TODAY) -> list[tuple[bool, str]]:
        items = evidence(vendors(store, "shop"), on).get(control, [])
        return [(item.holds, item.sentence) for item in items]

    assert shown()[0][0] is False
    assert shown("CTL-ENCRYPTION") == [], "an open question says nothing"
    say(store, key, "encryption", "no")
    assert shown("CTL-ENCRYPTION")[0][0] is False
    for question in QUESTIONS:
        say(store, key, question, wanted(question))
    approve(store, key)
    assert [holds for holds, _ in shown()] == [True]
    assert [holds for holds, _ in shown("CTL-ENCRYPTION")] == [True]
    late = REVIEW + timedelta(days=1)
    assert "was due" in shown(on=late)[0][1]
    withdraw(store, key, "replaced", actor=ANA)
    assert shown() == []


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_command_line(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    data = ["--data", str(tmp_path / "data")]
    code, entry = call(
        capsys, "vendor", "add", "Modelworks", "--service", "chat", "--application", "shop",
        "--owner", "procurement", *data,
    )  # fmt: skip
    key = entry["entry_id"]
    assert code == 0 and key.startswith("ven_")
    for question in MUSTS:
        words = ["vendor", "answer", key, question, wanted(question), "--by", "kim", *data]
        assert call(capsys, *words)[0] == 0
    assert (
        call(capsys, "vendor", "answer", key, "contract", "perhaps", "--by", "kim", *data)[0] == 2
    )
    deciding = ["vendor", "approve", key, "--reason", "terms", "--review",
                (date.today() + timedelta(days=90)).isoformat(), *data]  # fmt: skip
    assert call(capsys, *deciding)[0] == 2, "who added it"
    _, secret = create_key(store, application="shop", function="admin", name="ben",
                           roles=(Role.RISK_OFFICER,), scopes=("admin",))  # fmt: skip
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", secret)
    assert call(capsys, *deciding)[0] == 0
    monkeypatch.delenv("SEAWALL_ADMIN_KEY")
    (row,) = call(capsys, "vendor", "list", *data)[1]
    assert (row["why_not"], len(row["open"])) == ("", len(QUESTIONS) - len(MUSTS))
    (late,) = call(capsys, "vendor", "list", "--on", "2099-01-01", *data)[1]
    assert "was due" in late["why_not"]
    assert run(["vendor", "show", key, *data]) == 0
    assert "not answered" in capsys.readouterr().out
    assert len(call(capsys, "vendor", "questions")[1]) == len(QUESTIONS)
    assert call(capsys, "vendor", "withdraw", key, "--reason", "gone", *data)[0] == 0
    assert call(capsys, "vendor", "reject", key, "--reason", "no", *data)[0] == 2
