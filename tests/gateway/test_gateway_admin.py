"""The admin API over real HTTP: roles, records, its own document, and any body at all."""

import json
from secrets import token_hex
from typing import Any

import httpx2 as httpx
import jsonschema_rs
import openai
import pytest
import register_support
from gateway_support import Gateway
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.core import ids
from seawall.core.roles import OPERATOR, PERMISSIONS, Role
from seawall.gateway.admin.openapi import document
from seawall.gateway.admin.operations import OPERATIONS, Operation
from seawall.store.approvals import Approvals
from seawall.store.capture_keys import new_capture_key
from seawall.store.capture_rows import seal_capture
from seawall.store.directory import put_member, put_team
from seawall.store.keys import create_key, lookup
from seawall.store.kills import kill, lift, list_kills
from seawall.store.sealed import get_secret
from seawall.store.turns import Owner

HI: Any = [{"role": "user", "content": "Hi"}]
GOOD: dict[str, Any] = {
    "create_key": {"function": "chat", "models": ["small"]},
    "rotate_key": {"overlap": 60},
    "put_team": {"name": "Sales"},
    "publish_policy": {"text": "version: 1"},
    "put_member": {"roles": ["auditor"]},
    "put_secret": {"value": "sk-sealed-by-api"},
    "check_policy": {"text": "version: 1"},
    "erase_captures": {"user": "nobody"},
    "erase_user": {"user": "nobody"},
    "export_audit": {"format": "ocsf", "limit": 3, "record_integrity": True},
    "read_acceptances": {"limit": 2},
    "read_consent": {"user": "customer-1"},
    "add_opt_outs": {"identifiers": [{"kind": "email", "value": "a@b.example"}]},
    "remove_opt_outs": {"identifiers": [{"kind": "user-id", "value": "customer-1"}]},
    "set_consent": {"user": "customer-1", "opt_out": False},
    "switch_off": {"kind": "model", "name": "other", "reason": "costs too much"},
    "switch_on": {"kind": "function", "name": "batch"},
    **register_support.BODIES,
}


@pytest.fixture(scope="module")
def admins(shared_gateway: Gateway) -> dict[str, str]:
    return {
        role: create_key(shared_gateway.store, application="shop", function="",
                         name=f"Kim {role}", scopes=("admin",), roles=(role,))[1]
        for role in Role
    }  # fmt: skip


def ask(
    gateway: Gateway, key: str, method: str, path: str, body: Any = None, **more: Any
) -> httpx.Response:
    url = f"http://127.0.0.1:{gateway.port}{path}"
    content = None if body is None else json.dumps(body)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return httpx.request(method, url, content=content, headers=headers, **more)


def captured(gateway: Gateway) -> str:
    """Put content on record as a gateway with `audit.capture` does; return the request's id."""
    request_id = ids.request_id()
    sealed = seal_capture(
        new_capture_key(gateway.store, env={}), b'{"items": []}', request_id=request_id,
        application="shop", function="chat", handle=b"", seconds=60,
    )  # fmt: skip
    record = {"event": "request", "request_id": request_id, "capture": {"sha256": sealed.sha256}}
    gateway.audit.submit(record, capture=sealed).result(10)
    return request_id


def filled(operation: Operation, gateway: Gateway) -> str:
    """The operation's path about something that is there."""
    if operation.parameter == "key_id":
        key_id, _ = create_key(gateway.store, application="shop", function="chat")
        return operation.path.replace("{key_id}", key_id)
    if operation.parameter == "approval_id":
        owner = Owner(application="shop", function="chat", key_id="k", user="")
        waiting = Approvals(gateway.store, env={}).ask(
            owner, "pay", f'{{"n": "{token_hex()}"}}', ""
        )
        return operation.path.replace("{approval_id}", waiting.approval_id)
    if operation.parameter == "entry_id":
        if "access" in operation.name:
            put_member(gateway.store, "none", team="", roles=("auditor",), actor=OPERATOR)
            register_support.end_reviews(gateway.store)
        entry_id = register_support.entry_for(operation.name, gateway.store)
        return operation.path.replace("{entry_id}", entry_id)
    if operation.parameter == "register":
        return operation.path.replace("{register}", "vendors")
    if operation.parameter == "request_id":
        return operation.path.replace("{request_id}", captured(gateway))
    if operation.method == "DELETE" and "secret" in operation.name:
        from seawall.store.sealed import set_secret

        set_secret(gateway.store, "x1", b"v", env={})
    if operation.name == "remove_team":
        put_team(gateway.store, "x1", "", actor=OPERATOR)
    if operation.name == "start_access_review":
        register_support.end_reviews(gateway.store)
    if operation.name == "ask_acceptance":
        register_support.end_acceptances(gateway.store)
    if operation.name == "ask_exception":
        register_support.end_exceptions(gateway.store)
    if operation.name == "add_vendor":
        register_support.end_vendor(gateway.store, "Acme")
    if operation.name == "switch_on":
        kill(gateway.store, "function", "batch", reason="a test")
    if operation.name == "remove_member":
        put_member(gateway.store, "x1", team="", roles=(), actor=OPERATOR)
    return operation.path.replace("{" + operation.parameter + "}", "x1")


def lift_all(gateway: Gateway) -> None:
    """Leave nothing switched off: other tests have the same gateway."""
    for left in list_kills(gateway.store):
        lift(gateway.store, left.kind, left.name)
    gateway.kills.renew()


def fits(operation: Operation, response: httpx.Response) -> None:
    """The answer has a documented status and the documented form."""
    doc = document()
    described = doc["paths"][operation.path][operation.method.lower()]["responses"]
    assert str(response.status_code) in described, (operation.name, response.text)
    schema = described[str(response.status_code)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": doc["components"]}
    jsonschema_rs.validator_for(whole).validate(response.json())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: op.name)
def test_every_operation_obeys_the_permission_table(
    gateway: Gateway, admins: dict[str, str], operation: Operation
) -> None:
    for role in Role:
        path = filled(operation, gateway)
        body = GOOD.get(operation.name)
        response = ask(gateway, admins[role], operation.method, path, body)
        allowed = operation.permission in PERMISSIONS[role]
        assert response.status_code == (operation.status if allowed else 403), response.text
        fits(operation, response)
        if not allowed:
            assert response.json()["error"]["code"] == "not_permitted"
        record = gateway.record(response.headers["x-seawall-request-id"])
        assert record["details"]["operation"] == operation.name
        assert record["details"]["actor"].startswith("key:")
    lift_all(gateway)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: op.name)
def test_nothing_is_open(gateway: Gateway, operation: Operation) -> None:
    path = operation.path.replace("{" + operation.parameter + "}", "x1")
    for key, status in (("", 401), ("sw_nonsense", 401), (gateway.key, 403)):
        response = ask(gateway, key, operation.method, path)
        assert response.status_code == status
        fits(operation, response)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [("GET", "/v1/models", "models"), ("POST", "/v1/chat/completions", "chat"),
     ("GET", "/metrics", "metrics")],
)  # fmt: skip
def test_an_admin_key_opens_nothing_else_and_is_told_the_scope(
    gateway: Gateway, admins: dict[str, str], method: str, path: str, scope: str
) -> None:
    body = {"model": "small", "messages": []} if method == "POST" else None
    response = ask(gateway, admins["owner"], method, path, body)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (403, "insufficient_scope")
    assert scope in error["message"]


def test_a_key_lives_through_the_api_and_each_change_is_on_record_before_its_answer(
    gateway: Gateway, admins: dict[str, str]
) -> None:
    owner = admins["owner"]
    made = ask(gateway, owner, "POST", "/admin/v1/keys", GOOD["create_key"]).json()
    assert [model.id for model in gateway.client(made["key"]).models.list()] == ["small"]
    path = f"/admin/v1/keys/{made['key_id']}"
    new = ask(gateway, owner, "POST", f"{path}/rotate", {"overlap": 3600}).json()
    listed = {k["key_id"]: k for k in ask(gateway, owner, "GET", "/admin/v1/keys").json()["data"]}
    assert listed[new["key_id"]]["replaces"] == made["key_id"]
    assert listed[made["key_id"]]["expires"] is not None
    assert ask(gateway, owner, "POST", f"{path}/revoke").json()["revoked"] is not None
    assert lookup(gateway.store, made["key"]) is None
    changes = [r for r in gateway.records() if r["event"] == "change"]
    mine = [r for r in changes if made["key_id"] in (r["target"], r["details"].get("replaces"))]
    assert [r["action"] for r in mine] == ["key.create", "key.rotate", "key.revoke"]
    assert {r["actor"] for r in mine} == {f"key:{lookup(gateway.store, owner).key_id}"}  # type: ignore[union-attr]
    assert made["key"].rsplit("_", 1)[1] not in json.dumps(gateway.records())


def test_a_developer_makes_keys_but_grants_nothing(
    gateway: Gateway, admins: dict[str, str]
) -> None:
    developer = admins["developer"]
    admin = {"scopes": ["admin"], "roles": ["owner"]}
    assert ask(gateway, developer, "POST", "/admin/v1/keys", admin).status_code == 403
    owner_id = lookup(gateway.store, admins["owner"]).key_id  # type: ignore[union-attr]
    for what in ("rotate", "revoke"):
        body = {} if what == "rotate" else None
        response = ask(gateway, developer, "POST", f"/admin/v1/keys/{owner_id}/{what}", body)
        assert response.json()["error"]["code"] == "not_permitted"
    assert ask(gateway, developer, "POST", "/admin/v1/keys", GOOD["create_key"]).status_code == 201


def test_a_secret_is_sealed_and_never_comes_back(gateway: Gateway, admins: dict[str, str]) -> None:
    owner = admins["owner"]
    ask(gateway, owner, "PUT", "/admin/v1/secrets/openai-key", {"value": "sk-top-secret-1"})
    assert get_secret(gateway.store, "openai-key", env={}) == b"sk-top-secret-1"
    shown = ask(gateway, owner, "GET", "/admin/v1/secrets").text
    assert "openai-key" in shown and "sk-top" not in shown
    assert "sk-top" not in json.dumps(gateway.records())


def test_a_team_in_use_stays_and_members_need_one_that_exists(
    gateway: Gateway, admins: dict[str, str]
) -> None:
    owner = admins["owner"]
    member = {"team": "red", "roles": ["developer"]}
    assert ask(gateway, owner, "PUT", "/admin/v1/members/login:ada", member).status_code == 404
    assert ask(gateway, owner, "PUT", "/admin/v1/teams/red", {"name": "Red"}).status_code == 200
    assert ask(gateway, owner, "PUT", "/admin/v1/members/login:ada", member).status_code == 200
    assert ask(gateway, owner, "DELETE", "/admin/v1/teams/red").status_code == 400
    assert ask(gateway, owner, "DELETE", "/admin/v1/members/login:ada").status_code == 200
    assert ask(gateway, owner, "DELETE", "/admin/v1/teams/red").status_code == 200


def test_the_policy_is_checked_and_the_log_verified(
    gateway: Gateway, admins: dict[str, str]
) -> None:
    officer = admins["risk-officer"]
    checked = ask(gateway, officer, "POST", "/admin/v1/policy/check", {"text": "version: 2"})
    assert checked.json()["ok"] is False and "policy:" in checked.json()["message"]
    report = ask(gateway, officer, "POST", "/admin/v1/audit/verify").json()
    assert report["ok"] is True and report["records"] > 0
    head = ask(gateway, officer, "GET", "/admin/v1/audit/head").json()
    assert head["seq"] >= report["head_seq"] and head["healthy"] is True
    in_force = ask(gateway, officer, "GET", "/admin/v1/policy").json()
    assert in_force["policy"]["application"] == "shop" and "up-secret" not in str(in_force)


def test_the_document_is_openapi_3_1_and_names_every_operation(
    gateway: Gateway, admins: dict[str, str]
) -> None:
    served = ask(gateway, admins["auditor"], "GET", "/admin/v1/openapi.json").json()
    assert served == json.loads(json.dumps(document()))
    assert served["openapi"] == "3.1.0"
    named = {op["operationId"] for path in served["paths"].values() for op in path.values()}
    assert named == {operation.name for operation in OPERATIONS}
    for schema in served["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema",
                                     **schema})  # fmt: skip


def test_a_switch_thrown_through_the_api_holds_at_once_and_is_on_record(
    gateway: Gateway, admins: dict[str, str]
) -> None:
    lift_all(gateway)
    gateway.kills.ttl = 5.0  # whoever waits for the clock would miss it
    owner = admins["owner"]
    switch = {"kind": "model", "name": "small", "reason": "costs too much", "expires_in": 60}
    try:
        made = ask(gateway, owner, "POST", "/admin/v1/kills", switch)
        assert made.json()["expires"] == made.json()["created"] + 60
        with pytest.raises(openai.PermissionDeniedError) as caught:
            gateway.client().chat.completions.create(model="small", messages=HI)
        assert caught.value.code == "switched_off"
        ready = httpx.get(f"http://127.0.0.1:{gateway.port}/readyz").json()
        assert (ready["status"], ready["switched_off"]) == ("ready", 1)
        listed = ask(gateway, owner, "GET", "/admin/v1/kills").json()["data"]
        assert [(k["kind"], k["name"], k["reason"]) for k in listed] == [
            ("model", "small", "costs too much")
        ]
        what = {"kind": "model", "name": "small"}
        assert ask(gateway, owner, "POST", "/admin/v1/kills/lift", what).status_code == 200
        assert gateway.client().chat.completions.create(model="small", messages=HI).choices
        assert ask(gateway, owner, "POST", "/admin/v1/kills/lift", what).status_code == 404
    finally:
        gateway.kills.ttl = 0.5
    actions = [(r["action"], r["target"]) for r in gateway.records() if r["event"] == "change"]
    assert [a for a in actions if a[1] == "small"][-2:] == [
        ("kill", "small"), ("kill.lift", "small")
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["key", "function", "model"])
def test_a_slip_in_a_name_is_said_and_switches_nothing_off(
    gateway: Gateway, admins: dict[str, str], kind: str
) -> None:
    body = {"kind": kind, "name": "smal", "reason": "x"}
    response = ask(gateway, admins["owner"], "POST", "/admin/v1/kills", body)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    assert all(switch.name != "smal" for switch in list_kills(gateway.store))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMES = ["function", "name", "scopes", "roles", "models", "tools", "team", "expires_in", "overlap",
         "value", "text", "kind", "reason"]  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=4) | ANYTHING


@given(
    operation=st.sampled_from([op for op in OPERATIONS if op.name != "verify_audit"]),
    body=BODIES,
    about=st.text(min_size=1, max_size=12),
    raw=st.none() | st.binary(max_size=30),
)
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_body_gets_a_documented_answer(
    gateway: Gateway,
    admins: dict[str, str],
    operation: Operation,
    body: Any,
    about: str,
    raw: bytes | None,
) -> None:
    from urllib.parse import quote

    path = operation.path
    if operation.parameter:
        about = quote(about.encode("utf-8", "replace"), safe="")
        path = path.replace("{" + operation.parameter + "}", f"x{about}")
    content = raw if raw is not None else json.dumps(body).encode()
    url = f"http://127.0.0.1:{gateway.port}{path}"
    headers = {"authorization": f"Bearer {admins['owner']}"}
    response = httpx.request(operation.method, url, content=content, headers=headers)
    assert response.status_code < 500, response.text
    fits(operation, response)
