"""Over the admin API: the log page by page, what users accepted and chose, and their erasure."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2 as httpx
import pytest
from gateway_support import POLICY, Gateway, Provider, gateway_of, message
from servers import Postgres

from seawall import __version__
from seawall.core.errors import RequestError
from seawall.core.roles import OPERATOR
from seawall.gateway.admin.records import ExportAudit, audit_key, export_audit
from seawall.policy.load import decode_policy
from seawall.store.acceptances import accept
from seawall.store.approvals import Approvals
from seawall.store.audit import open_log
from seawall.store.audit_users import AuditUsers
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.export import chain_id, events, jsonl
from seawall.store.keys import create_key
from seawall.store.registers import add_entry, entries

HI: Any = [{"role": "user", "content": "Hi"}]
ASKS = (
    "    remind: {{effect: send, control: CTL-TOOL-RULES, action: ask, "
    "arguments: {{to: {{pattern: never}}}}}}\n"
)
TOOL: Any = [{"type": "function", "function": {"name": "remind", "parameters": {
    "type": "object", "properties": {"to": {"type": "string"}}}}}]  # fmt: skip


@pytest.fixture(scope="module")
def served(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    text = POLICY.replace("  rules:\n", f"  rules:\n{ASKS}")
    text += "usage_policy: {{version: '7', url: 'https://shop.example/rules'}}\n"
    policy = decode_policy(text.format(upstream=provider.url, mode="error"), "test")
    provider.reset()
    with gateway_of(policy, provider, tmp_path_factory.mktemp("records")) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def owner(served: Gateway) -> str:
    scopes, roles = ("admin",), ("owner",)
    return create_key(served.store, application="shop", function="", scopes=scopes, roles=roles)[1]


def ask(gateway: Gateway, key: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"}
    url = f"http://127.0.0.1:{gateway.port}/admin/v1{path}"
    if body is None:
        return httpx.get(url, headers=headers)
    return httpx.post(url, headers=headers, content=json.dumps(body))


def say(gateway: Gateway, user: str) -> None:
    gateway.client().chat.completions.create(model="small", messages=HI, user=user)


def pages(gateway: Gateway, key: str, **body: Any) -> list[dict[str, Any]]:
    """All pages of an export, each asked for with what the last one said."""
    found: list[dict[str, Any]] = []
    place: dict[str, Any] = {"after": 0}
    while place["after"] is not None:
        page = ask(gateway, key, "/audit/export", {**body, **place, "limit": 2}).json()
        found += page["data"]
        more = {"previous": page["previous"]} if body.get("record_integrity") else {}
        place = {"after": page["next"], **more}
    return found


def test_pages_of_an_export_are_what_the_command_prints(served: Gateway, owner: str) -> None:
    for number in range(5):
        say(served, f"paged-{number}")
    found = pages(served, owner)
    assert found == list(jsonl(served.store))[: len(found)] and len(found) >= 5
    bound = pages(served, owner, format="ocsf", record_integrity=True)
    whole = list(events(served.store, integrity=True, version=bound[0]["metadata"]["product"]
                        ["version"]))  # fmt: skip
    assert bound == whole[: len(bound)] and len(bound) > len(found)


def test_a_page_names_its_chain_and_another_gateways_is_409(served: Gateway, owner: str) -> None:
    say(served, "chained")
    own = ask(served, owner, "/audit/key").json()["fingerprint"]
    page = ask(served, owner, "/audit/export", {"limit": 1}).json()
    assert (page["chain"], page["chains"], page["data"][0]["chain"]) == (own, [own], own)
    named = ask(served, owner, "/audit/export", {"limit": 1, "chain": own}).json()
    assert named["data"] == page["data"]
    refused = ask(served, owner, "/audit/export", {"chain": "feedfacefeedface", "after": 1})
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["param"]) == (409, "other_chain", "/chain")
    assert "feedfacefeedface" in error["message"] and own in error["message"]
    described = ask(served, owner, "/openapi.json").json()["paths"]["/admin/v1/audit/export"]
    assert "409" in described["post"]["responses"]


def writes(store: Store, count: int, mark: str) -> str:
    log = open_log(store)
    log.start()
    for future in [log.submit({"event": mark, "n": n}) for n in range(count)]:
        future.result(5)
    log.stop()
    return chain_id(store)


@pytest.mark.parametrize("form", [{}, {"format": "ocsf", "record_integrity": True}])
def test_pages_asked_of_two_replicas_by_turns_hold_every_record_of_each_chain(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: dict[str, Any]
) -> None:
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    stores = [open_store(tmp_path / name) for name in ("one", "two")]
    names = [writes(stores[0], 5, "one"), writes(stores[1], 7, "two")]
    replicas: Any = [SimpleNamespace(store=store) for store in stores]
    first = export_audit(replicas[0], OPERATOR, ExportAudit(limit=2, **form))
    assert (first.chain, first.chains) == (names[0], sorted(names))
    for own, name, count in ((0, names[0], 5), (1, names[1], 7)):
        found, turn, page = [], 0, None
        while page is None or page.next is not None:
            more: Any = {} if page is None else {"after": page.next, "previous": page.previous}
            asked = ExportAudit(chain=name, limit=2, **form, **more)
            page = export_audit(replicas[turn % 2], OPERATOR, asked)
            found += page.data
            turn += 1
        whole = (
            events(stores[own], integrity=True, version=__version__) if form else jsonl(stores[own])
        )
        assert found == list(whole) and len(found) == count
    with pytest.raises(RequestError, match="of which one") as unnamed:
        export_audit(replicas[1], OPERATOR, ExportAudit(after=2))
    assert (unnamed.value.status, unnamed.value.code) == (400, "chain_missing")
    with pytest.raises(RequestError, match=f"'feed'.*{names[1]}") as strange:
        export_audit(replicas[1], OPERATOR, ExportAudit(chain="feed"))
    assert strange.value.status == 409
    for replica in replicas:
        keys = {one.chain: one.public_key for one in audit_key(replica, OPERATOR).keys}
        assert keys == {
            name: (store.folder / "audit.pub").read_text()
            for name, store in zip(names, stores, strict=True)
        }
    for store in stores:
        store.close()


def test_an_export_of_a_user_has_nobody_elses_records(served: Gateway, owner: str) -> None:
    for user in ("export-anna", "export-ben", "export-anna"):
        say(served, user)
    found = pages(served, owner, user="export-anna")
    assert [one["body"]["user"] for one in found] == [served.name("export-anna")] * 2
    unknown = ask(served, owner, "/audit/export", {"user": "export-nobody"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    assert "export-anna" not in json.dumps(served.records())


@pytest.mark.parametrize(
    "body",
    [
        {"record_integrity": True},
        {"record_integrity": True, "format": "ocsf", "user": "u"},
        {"previous": {"uid": "x", "type_uid": 1, "fingerprint": "a" * 64}},
        {"format": "csv"},
        {"limit": 1001},
        {"after": 2**63},
        {"format": "ocsf", "record_integrity": True, "previous": {"uid": "x", "type_uid": 1,
         "fingerprint": "none"}},
    ],
)  # fmt: skip
def test_an_export_that_makes_no_sense_is_400(served: Gateway, owner: str, body: Any) -> None:
    assert ask(served, owner, "/audit/export", body).status_code == 400


def test_the_public_key_is_the_one_that_verifies(served: Gateway, owner: str) -> None:
    found = ask(served, owner, "/audit/key").json()
    assert found["public_key"].encode() == (served.store.folder / "audit.pub").read_bytes()
    assert found["fingerprint"] == ask(served, owner, "/audit/verify", {}).json()["key"]
    assert found["keys"] == [{"chain": found["fingerprint"], "public_key": found["public_key"]}]


def test_acceptances_come_page_by_page(served: Gateway, owner: str) -> None:
    for user, version in (("b", "7"), ("a", "7"), ("a", "6")):
        accept(served.store, user, "shop", version, now=100)
    accept(served.store, "a", "another-shop", "7", now=100)
    policy = ask(served, owner, "/usage-policy").json()
    assert policy == {"version": "7", "required": False, "url": "https://shop.example/rules"}
    path = "/usage-policy/acceptances/read"
    first = ask(served, owner, path, {"limit": 2}).json()
    assert [(a["user"], a["policy_version"]) for a in first["data"]] == [("a", "6"), ("a", "7")]
    second = ask(served, owner, path, {"limit": 2, "after": first["next"]}).json()
    assert ([a["user"] for a in second["data"]], second["next"]) == (["b"], None)
    seven = ask(served, owner, path, {"version": "7"}).json()["data"]
    assert [a["user"] for a in seven] == ["a", "b"]
    one = ask(served, owner, path, {"user": "b"}).json()["data"]
    assert one == [{"application": "shop", "user": "b", "policy_version": "7", "accepted": 100}]


def test_a_choice_is_read_as_it_was_made(served: Gateway, owner: str) -> None:
    who = {"user": "chooser/4711"}
    nothing = ask(served, owner, "/consents/read", who).json()
    assert nothing == {"opt_out": False, "retention": "long", "changed": None}
    ask(served, owner, "/consents", {**who, "opt_out": True, "retention": "short"})
    made = ask(served, owner, "/consents/read", who).json()
    assert (made["opt_out"], made["retention"]) == (True, "short") and made["changed"] > 0


def test_an_erasure_reaches_waiting_calls_and_the_training_register(
    served: Gateway, owner: str
) -> None:
    user = "erased-4711"
    function = {"name": "remind", "arguments": json.dumps({"to": "marker@corp.example"})}
    call = {"id": "c1", "type": "function", "function": function}
    served.provider.script = message(None, tool_calls=[call])
    served.client().chat.completions.create(model="small", messages=HI, tools=TOOL, user=user)
    served.provider.reset()
    others = [add_entry(served.store, "training", "shop", {"person": person}, actor=OPERATOR,
                        action="complete") for person in (user, "login:erased-4711")]  # fmt: skip
    name = served.name(user)
    assert [a.tool for a in Approvals(served.store).list()] == ["remind"]

    gone = ask(served, owner, "/audit/erase", {"user": user}).json()
    assert gone == {"erased": True, "acceptances": 0, "captures": 0, "turns": 0, "approvals": 1,
                    "training": 1, "counted": 0}  # fmt: skip
    assert Approvals(served.store).list() == []
    assert [e.body["person"] for e in entries(served.store, "training")] == ["login:erased-4711"]
    assert AuditUsers(served.store).find(user) is None
    changes = [(b["action"], b["target"]) for b in served.records() if b["event"] == "change"]
    assert {("audit.erase", name), ("approval.erase", name),
            ("training.erase", others[0].entry_id)} <= set(changes)  # fmt: skip
    assert user not in json.dumps(served.records())


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/usage-policy/acceptances/read", {"user": "a\0b"}),
        ("/audit/erase", {"user": "a\0b"}),
        ("/consents", {"user": "a\0b", "opt_out": True}),
        ("/keys", {"function": "chat", "name": "a\0b"}),
        ("/kills", {"kind": "key", "name": "jwt:a", "reason": "\0"}),
        ("/keys/a%00b/revoke", {}),
    ],
)
def test_what_postgresql_cannot_keep_is_refused_on_every_store(
    served: Gateway, owner: str, path: str, body: Any
) -> None:
    refused = ask(served, owner, path, body)
    assert refused.status_code == 400 and "U+0000" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("path", "more"), [("acceptance", {"version": "7"}), ("consent", {"opt_out": True})]
)
def test_nobody_is_called_by_what_cannot_be_kept(served: Gateway, path: str, more: Any) -> None:
    url = f"http://127.0.0.1:{served.port}/v1/seawall/{path}"
    headers = {"authorization": f"Bearer {served.key}"}
    refused = httpx.post(url, json={"user": "a\0b", **more}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_input")


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/keys", {"function": "chat", "zap": 1}, "/zap"),
        ("/keys", {"function": "chat", "expires_in": 0}, "/expires_in"),
        ("/keys", {"scopes": ["chat", 1]}, "/scopes/1"),
        ("/consents/read", {}, "/user"),
        ("/usage-policy/acceptances/read", {"after": {"user": "a"}}, "/after/version"),
        ("/keys", [], None),
    ],
)
def test_what_does_not_fit_is_named(
    served: Gateway, owner: str, path: str, body: Any, param: str | None
) -> None:
    refused = ask(served, owner, path, body)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
