"""The registers over HTTP: own application only, four eyes, each change on record."""

from typing import Any

import pytest
import register_support as support
from gateway_support import Gateway
from test_gateway_admin import ask

from seawall.core.roles import Role
from seawall.govern.people import training
from seawall.govern.people.courses import grade, load_courses
from seawall.store.keys import create_key

BASE = "/admin/v1"


@pytest.fixture(scope="module")
def keys(shared_gateway: Gateway) -> dict[str, str]:
    return {
        role: create_key(shared_gateway.store, application="shop", function="",
                         scopes=("admin",), roles=(role,))[1]
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
    told = ask(gateway, developer, "POST", f"{path}/told", {"clause": first["clause"]}).json()
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
