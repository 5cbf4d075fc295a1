"""The registers over HTTP: own application only, four eyes, each change on record."""

import secrets
from typing import Any

import pytest
import register_support as support
from gateway_support import Gateway
from test_gateway_admin import ask

from seawall.core.roles import Role
from seawall.govern import acceptances
from seawall.govern.people import training
from seawall.govern.people.courses import grade, load_courses
from seawall.store.keys import create_key

BASE = "/admin/v1"


@pytest.fixture(scope="module")
def keys(shared_gateway: Gateway) -> dict[str, str]:
    # A name of this time: keys of one name are one person's, and the gateway is shared.
    own = secrets.token_hex(4)
    return {
        role: create_key(shared_gateway.store, application="shop", function="",
                         name=f"Kim {role} {own}", scopes=("admin",), roles=(role,))[1]
        for role in Role
    }  # fmt: skip


def rows(gateway: Gateway, key: str, register: str) -> dict[str, Any]:
    found = ask(gateway, key, "GET", f"{BASE}/registers/{register}").json()["data"]
    return {row["entry"]["entry_id"]: row for row in found}


def test_a_list_says_of_each_entry_whether_it_counts(
    gateway: Gateway, keys: dict[str, str]
) -> None:
    store, key = gateway.store, keys["auditor"]
    vendor, word = support.vendor(store), support.attestation(store)
    asked, left = support.acceptance(store), support.exception(store)
    course = load_courses()["basics"]
    result = grade(course, [question.answer for question in course.quiz])
    done = training.complete(
        store, "shop", course, "kim", result, today=support.today(), actor=support.ANA
    ).entry_id
    seen = rows(gateway, key, "vendors")[vendor]
    assert (seen["holds"], seen["why"][:14]) == (False, "Nobody decided")
    assert rows(gateway, key, "attestations")[word]["holds"] is True
    assert rows(gateway, key, "training")[done]["holds"] is True
    for register, entry in (("acceptances", asked), ("exceptions", left)):
        waits = rows(gateway, key, register)[entry]
        assert (waits["holds"], waits["why"]) == (False, "Another person has to approve it.")


def test_who_asked_cannot_approve_and_an_approval_needs_todays_state(
    gateway: Gateway, keys: dict[str, str]
) -> None:
    entry = support.acceptance(gateway.store)
    path, officer = f"{BASE}/acceptances/{entry}/approve", keys["risk-officer"]
    other = support.plain(support.register())
    other["risks"][0]["ucb95"] = 0.9
    refused = ask(gateway, officer, "POST", path, {"register": other})
    assert (refused.status_code, "not what it was" in refused.text) == (400, True)
    body = {"register": support.plain(support.register())}
    assert ask(gateway, officer, "POST", path, body).json()["body"]["state"] == "approved"
    again = ask(gateway, officer, "POST", path, body)
    assert (again.status_code, "approved already" in again.text) == (400, True)
    row = rows(gateway, officer, "acceptances")[entry]
    assert (row["holds"], row["why"]) == (None, "Today's register decides.")
    assert ask(gateway, officer, "POST", f"{BASE}/entries/{entry}/withdraw",
               {"reason": "over"}).status_code == 200  # fmt: skip
    assert rows(gateway, officer, "acceptances")[entry]["why"] == "over"


def test_four_eyes_hold_for_the_key_itself(gateway: Gateway, keys: dict[str, str]) -> None:
    from seawall.core.roles import Actor
    from seawall.govern.people import vendors
    from seawall.store.keys import lookup

    officer = keys["risk-officer"]
    record = lookup(gateway.store, officer)
    assert record is not None
    me = Actor(name=f"key:{record.key_id}")
    mine = vendors.add(gateway.store, "shop", "Mine", "chat", "head", actor=me).entry_id
    for question, card in vendors.load_questions().items():
        vendors.answer(gateway.store, mine, question, "yes" if card.wanted else "no", by="kim",
                       note="", today=support.today(), actor=support.ANA)  # fmt: skip
    body = support.BODIES["approve_vendor"]
    refused = ask(gateway, officer, "POST", f"{BASE}/vendors/{mine}/approve", body)
    assert (refused.status_code, "cannot approve" in refused.text) == (400, True)
    assert ask(gateway, keys["owner"], "POST", f"{BASE}/vendors/{mine}/approve", body).json()[
        "body"]["state"] == "approved"  # fmt: skip


def test_an_incident_opened_by_an_alert_has_every_deadline_that_may_bind(
    gateway: Gateway, keys: dict[str, str]
) -> None:
    developer = keys["developer"]
    body = {**support.BODIES["open_incident"], "records": ["sw_1"],
            "known_since": "2026-11-28T09:30+01:00"}  # fmt: skip
    opened = ask(gateway, developer, "POST", f"{BASE}/incidents", body).json()
    key, found = opened["entry_id"], opened["body"]
    assert {one["bearing"] for one in found["deadlines"]} == {"may apply"}
    first = found["deadlines"][0]
    assert f"By {first['due']}" in rows(gateway, developer, "incidents")[key]["why"]
    path = f"{BASE}/incidents/{key}"
    said = {"clause": first["clause"], "to": "nobody known"}
    assert ask(gateway, developer, "POST", f"{path}/told", said).status_code == 400
    said["to"] = first["to"]
    told = ask(gateway, developer, "POST", f"{path}/told", said).json()
    assert sum(bool(one["told"]) for one in told["body"]["deadlines"]) == 1
    assert ask(gateway, developer, "POST", f"{path}/notes", {"text": "n"}).status_code == 200
    assert ask(gateway, developer, "POST", f"{path}/close", {"lessons": []}).status_code == 400
    done = ask(gateway, developer, "POST", f"{path}/close", {"lessons": ["try Finnish"]})
    assert done.json()["body"]["state"] == "closed"
    seen = ask(gateway, keys["auditor"], "GET", f"{BASE}/entries/{key}").json()["data"]
    assert [one["action"] for one in seen] == ["open", "told", "note", "close"]
    changes = [r["action"] for r in gateway.records() if r.get("target") == key]
    assert changes == ["incident.open", "incident.told", "incident.note", "incident.close"]


@pytest.mark.parametrize(
    "changes",
    [
        {"known_since": "2026-11-28T09:30"},
        {"known_since": "2999-01-01T00:00Z"},
        {"known_since": "soon"},
        {"severity": "S9"},
        {"kinds": ["weather"]},
        {"risks": ["SEC-999"]},
    ],
)
def test_a_wrong_incident_is_refused(
    gateway: Gateway, keys: dict[str, str], changes: dict[str, Any]
) -> None:
    body = {**support.BODIES["open_incident"], **changes}
    before = len(rows(gateway, keys["owner"], "incidents"))
    assert ask(gateway, keys["owner"], "POST", f"{BASE}/incidents", body).status_code == 400
    assert len(rows(gateway, keys["owner"], "incidents")) == before


def test_entries_of_another_application_are_not_there(
    gateway: Gateway, keys: dict[str, str]
) -> None:
    owner = keys["owner"]
    theirs = support.incident(gateway.store, "bank")
    asked = support.acceptance(gateway.store, "bank")
    assert theirs not in rows(gateway, owner, "incidents")
    body = {"register": support.plain(support.register("bank"))}
    for method, path, sent in (
        ("GET", f"/entries/{theirs}", None),
        ("POST", f"/entries/{asked}/withdraw", {"reason": "x"}),
        ("POST", f"/incidents/{theirs}/notes", {"text": "x"}),
        ("POST", f"/incidents/{theirs}/close", {"lessons": ["x"]}),
        ("POST", f"/acceptances/{asked}/approve", body),
    ):
        assert ask(gateway, owner, method, BASE + path, sent).status_code == 404, path
    assert ask(gateway, owner, "GET", f"{BASE}/registers/weather").status_code == 404


def test_an_entry_of_another_kind_is_refused(gateway: Gateway, keys: dict[str, str]) -> None:
    owner, key = keys["owner"], support.incident(gateway.store)
    for path, body in (
        (f"/vendors/{key}/reject", {"reason": "x"}),
        (f"/entries/{key}/withdraw", {"reason": "x"}),
        (f"/acceptances/{key}/approve", {"register": support.plain(support.register())}),
    ):
        assert ask(gateway, owner, "POST", BASE + path, body).status_code == 400, path


def test_one_key_asks_and_another_approves_over_http(
    gateway: Gateway, keys: dict[str, str]
) -> None:
    developer, officer = keys["developer"], keys["risk-officer"]
    today = {"register": support.plain(support.register())}
    support.end_acceptances(gateway.store)
    support.end_exceptions(gateway.store)
    for what in ("acceptance", "exception"):
        path = f"{BASE}/{what}s"
        asked = ask(gateway, developer, "POST", path, support.BODIES[f"ask_{what}"])
        assert asked.status_code == 201, asked.text
        key = asked.json()["entry_id"]
        assert asked.json()["body"]["state"] == "waiting"
        assert ask(gateway, officer, "POST", f"{path}/{key}/approve", today).json()["body"][
            "state"] == "approved"  # fmt: skip
        changes = [r["action"] for r in gateway.records() if r.get("target") == key]
        assert changes == [f"{what}.ask", f"{what}.approve"]


@pytest.mark.parametrize(
    ("operation", "path", "changes", "says"),
    [
        ("ask_acceptance", "acceptances", {"risk": "SEC-99"}, "has no risk"),
        ("ask_acceptance", "acceptances", {"until": "soon"}, "is no day"),
        ("ask_acceptance", "acceptances", {"controls": ["CTL-NONE"]}, "has no control"),
        ("ask_acceptance", "acceptances",
         {"register": support.plain(support.register("other"))}, "gateway serves"),
        ("ask_acceptance", "acceptances", {"reopen_if": ["fact"]}, "does not fit"),
        ("ask_exception", "exceptions", {"compensating": [support.CONTROL]}, "another control"),
        ("attest_control", "attestations", {"control": "CTL-NONE"}, "has no control"),
        ("attest_control", "attestations", {"control": "CTL-AUDIT"}, "not attested"),
        ("attest_control", "attestations", {"until": "2999-01-01"}, "at the latest"),
        ("add_vendor", "vendors", {"owner": " "}, "owner"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_and_leaves_nothing(
    gateway: Gateway, keys: dict[str, str], operation: str, path: str, changes: dict[str, Any],
    says: str,
) -> None:  # fmt: skip
    developer = keys["developer"]
    before = rows(gateway, developer, path)
    refused = ask(gateway, developer, "POST", f"{BASE}/{path}",
                  {**support.BODIES[operation], **changes})  # fmt: skip
    assert (refused.status_code, says in refused.text) == (400, True), refused.text
    assert rows(gateway, developer, path) == before


def test_a_vendor_is_added_answered_and_approved_over_http(
    gateway: Gateway, keys: dict[str, str]
) -> None:
    from seawall.govern.people.vendors import load_questions

    developer = keys["developer"]
    body = {**support.BODIES["add_vendor"], "service": "answered over http"}
    key = ask(gateway, developer, "POST", f"{BASE}/vendors", body).json()["entry_id"]
    path = f"{BASE}/vendors/{key}"
    for question, card in load_questions().items():
        given = {"question": question, "value": "yes" if card.wanted else "no", "by": "kim"}
        assert ask(gateway, developer, "POST", f"{path}/answers", given).status_code == 200
    no = ask(gateway, developer, "POST", f"{path}/answers",
             {"question": "none", "value": "yes", "by": "kim"})  # fmt: skip
    assert (no.status_code, "no question" in no.text) == (400, True)
    done = ask(gateway, keys["risk-officer"], "POST", f"{path}/approve",
               support.BODIES["approve_vendor"])  # fmt: skip
    assert done.json()["body"]["state"] == "approved"


def test_an_access_review_over_http_ends_as_evidence(
    gateway: Gateway, keys: dict[str, str]
) -> None:
    from seawall.store.keys import lookup

    officer = keys["risk-officer"]
    support.end_reviews(gateway.store)
    opened = ask(gateway, keys["developer"], "POST", f"{BASE}/access-reviews").json()
    path, lines = f"{BASE}/access-reviews/{opened['entry_id']}", opened["body"]["lines"]
    mine = lookup(gateway.store, officer)
    assert mine is not None and mine.key_id in lines
    own = {"subject": mine.key_id, "verdict": "keep", "reason": "I need it"}
    refused = ask(gateway, officer, "POST", f"{path}/decide", own)
    assert (refused.status_code, "of their own" in refused.text) == (400, True)
    early = ask(gateway, officer, "POST", f"{path}/close", {})
    assert (early.status_code, "not decided" in early.text) == (400, True)
    assert ask(gateway, keys["owner"], "POST", f"{path}/decide", own).status_code == 200
    for subject in set(lines) - {mine.key_id}:
        body = {"subject": subject, "verdict": "keep", "reason": "in use"}
        assert ask(gateway, officer, "POST", f"{path}/decide", body).status_code == 200
    assert ask(gateway, officer, "POST", f"{path}/close", {}).json()["body"]["state"] == "closed"
    row = rows(gateway, officer, "access-reviews")[opened["entry_id"]]
    assert row["holds"] is True and "until" in row["why"]


def test_a_rotated_key_is_no_second_person(gateway: Gateway) -> None:
    from seawall.core.roles import Actor
    from seawall.store.keys import create_key, rotate_key

    old, _ = create_key(
        gateway.store, application="shop", function="", scopes=("admin",), roles=("owner",)
    )
    new = rotate_key(gateway.store, old, overlap=3600)[1]
    support.end_acceptances(gateway.store)
    entry = acceptances.ask(
        gateway.store, support.register(), "SEC-01", owner="head", reason="pilot",
        expires=support.soon(), today=support.today(), actor=Actor(name=f"key:{old}"),
        forbidden=frozenset(),
    ).entry_id  # fmt: skip
    body = {"register": support.plain(support.register())}
    refused = ask(gateway, new, "POST", f"{BASE}/acceptances/{entry}/approve", body)
    assert (refused.status_code, "cannot approve" in refused.text) == (400, True)
