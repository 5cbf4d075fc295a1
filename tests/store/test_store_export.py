"""Exports: JSON Lines that prove themselves, and OCSF events that keep the schema's rules.

The rules are those of OCSF 1.8.0 for what we emit: which fields an object has, their type, which
are required, which numbers a field takes, and which caption belongs to a number.
"""

import hashlib
import json
from typing import Any

import pytest

from seawall.store import chain, ocsf
from seawall.store.audit import open_log
from seawall.store.db import Store
from seawall.store.export import _body, events, jsonl
from seawall.store.request_records import _named
from seawall.store.verify import _json

RECORD: dict[str, Any] = {
    "event": "request", "request_id": "sw_1", "time": "2026-11-28T07:00:00.123+00:00",
    "surface": "chat", "key_id": "abc", "application": "shop", "function": "support",
    "user": "u_00", "model": "small", "upstream": "main", "result": "answered", "status": 200,
    "code": "", "controls": {}, "unknown": [], "cost": 1.9e-05, "latency_ms": 12.6,
    "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
    "policy_sha256": "ab" * 32, "text": "ä\u0000\u2028",
}  # fmt: skip

# object -> field -> (type, required). A type that is a name here is another object.
OBJECTS: dict[str, dict[str, tuple[Any, bool]]] = {
    "api_activity": {
        "activity_id": (int, True), "activity_name": (str, False), "category_uid": (int, True),
        "category_name": (str, False), "class_uid": (int, True), "class_name": (str, False),
        "type_uid": (int, True), "severity_id": (int, True), "severity": (str, False),
        "status_id": (int, False), "status": (str, False), "status_code": (str, False),
        "status_detail": (str, False), "time": (int, True), "message": (str, False),
        "metadata": ("metadata", True), "actor": ("actor", True), "api": ("api", True),
        "src_endpoint": ("endpoint", True), "dst_endpoint": ("endpoint", False),
        "http_response": ("http_response", False), "action_id": (int, False),
        "action": (str, False), "disposition_id": (int, False), "disposition": (str, False),
        "is_alert": (bool, False), "policy": ("policy", False), "raw_data": (str, False),
        "raw_data_hash": ("fingerprint", False), "raw_data_size": (int, False),
        "ai_model": ("ai_model", False), "message_context": ("message_context", False),
        "resources": (["resource"], False),
    },
    "resource": {"uid": (str, False), "name": (str, False), "type": (str, False)},
    "metadata": {
        "version": (str, True), "profiles": ([str], False), "product": ("product", True),
        "uid": (str, False), "sequence": (int, False), "log_name": (str, False),
        "log_provider": (str, False), "logged_time": (int, False),
        "correlation_uid": (str, False),
    },
    "product": {"name": (str, False), "vendor_name": (str, False), "version": (str, False)},
    "actor": {"app_name": (str, False), "app_uid": (str, False), "user": ("user", False)},
    "user": {"uid": (str, False), "type_id": (int, False), "type": (str, False)},
    "api": {
        "operation": (str, True), "request": ("request", False), "response": ("response", False),
        "service": ("service", False),
    },
    "request": {"uid": (str, True)},
    "response": {"code": (int, False), "error": (str, False)},
    "service": {"name": (str, False)},
    "endpoint": {"svc_name": (str, False)},
    "http_response": {"code": (int, True), "latency": (int, False)},
    "policy": {"name": (str, False), "uid": (str, False), "is_applied": (bool, False)},
    "fingerprint": {"algorithm": (str, False), "algorithm_id": (int, True), "value": (str, True)},
    "ai_model": {"ai_provider": (str, True), "name": (str, True)},
    "message_context": {
        "name": (str, False), "application": (str, False), "ai_role_id": (int, False),
        "ai_role": (str, False), "prompt_tokens": (int, False),
        "completion_tokens": (int, False), "total_tokens": (int, False),
    },
}  # fmt: skip
INTEGRITY: dict[str, dict[str, tuple[Any, bool]]] = {
    "api_activity": {"attestation_list": (["attestation"], False)},
    "attestation": {
        "authority_uid": (str, False), "chain_uid": (str, False),
        "fingerprint": ("fingerprint", False), "prev_event": ("prev_event", False),
    },
    "prev_event": {
        "uid": (str, True), "type_uid": (int, False), "fingerprint": ("fingerprint", False),
    },
}  # fmt: skip
CAPTIONS: dict[tuple[str, str], dict[int, str]] = {
    ("severity_id", "severity"): {1: "Informational", 2: "Low", 3: "Medium", 4: "High"},
    ("status_id", "status"): {1: "Success", 2: "Failure"},
    ("action_id", "action"): {
        0: "Unknown", 1: "Allowed", 2: "Denied", 3: "Observed", 4: "Modified"},
    ("disposition_id", "disposition"): {
        1: "Allowed", 2: "Blocked", 11: "Corrected", 15: "Detected", 25: "Rejected",
        26: "Unauthorized", 27: "Error"},
}  # fmt: skip
AT_LEAST_ONE = {
    "actor": ("user", "app_name", "app_uid"), "policy": ("name", "uid"), "user": ("name", "uid"),
    "message_context": ("application", "service"), "endpoint": ("ip", "uid", "name", "svc_name"),
    "attestation": ("fingerprint", "signatures"),
}  # fmt: skip


def check(value: Any, kind: Any, rules: dict[str, dict[str, tuple[Any, bool]]], at: str) -> None:
    if isinstance(kind, list):
        assert isinstance(value, list), at
        for item in value:
            check(item, kind[0], rules, f"{at}[]")
        return
    if not isinstance(kind, str):
        assert type(value) is kind, f"{at} is {value!r}"
        return
    fields = rules[kind]
    assert set(value) <= set(fields), f"{at}: {set(value) - set(fields)} are no fields"
    for name, (inner, required) in fields.items():
        assert name in value or not required, f"{at}.{name} is required"
        if name in value:
            check(value[name], inner, rules, f"{at}.{name}")
    if kind in AT_LEAST_ONE:
        assert set(AT_LEAST_ONE[kind]) & set(value), f"{at} needs one of {AT_LEAST_ONE[kind]}"


def conforms(event: dict[str, Any], *, integrity: bool = False) -> None:
    rules = {name: dict(fields) for name, fields in OBJECTS.items()}
    for name, fields in INTEGRITY.items() if integrity else ():
        rules[name] = {**rules.get(name, {}), **fields}
    check(event, "api_activity", rules, "event")
    assert (event["category_uid"], event["class_uid"]) == (6, 6003)
    assert event["type_uid"] == 6003 * 100 + event["activity_id"]
    assert event["activity_id"] in (0, 1, 2, 3, 4, 99)
    for (number, caption), known in CAPTIONS.items():
        assert known[event[number]] == event[caption]
    assert event["metadata"]["version"] == ("1.9.0-dev" if integrity else "1.8.0")
    wanted = {"ai_operation", "security_control"} | ({"record_integrity"} if integrity else set())
    assert set(event["metadata"]["profiles"]) == wanted


def event_of(**changes: Any) -> dict[str, Any]:
    body = {**RECORD, **changes}
    raw = chain.canonical(body)
    return ocsf.event(body, chain="c" * 16, seq=7, time_ns=1_795_850_000_500_000_000, raw=raw)


@pytest.mark.parametrize(
    ("changes", "action", "disposition", "severity", "status"),
    [
        ({}, 1, 1, 1, 1),
        ({"controls": {"CTL-PII": "redact"}}, 4, 11, 2, 1),
        ({"controls": {"CTL-PII": "flag"}}, 3, 15, 2, 1),
        ({"unknown": ["guard: timed out"]}, 3, 15, 2, 1),
        ({"result": "blocked", "status": 400, "code": "content_filter",
          "controls": {"CTL-INJ": "block"}}, 2, 2, 3, 2),
        ({"result": "refused", "status": 401, "code": "invalid_api_key"}, 2, 26, 2, 2),
        ({"result": "refused", "status": 429, "code": "rate_limit_exceeded"}, 2, 25, 2, 2),
        ({"result": "failed", "status": 502, "code": "upstream_error"}, 0, 27, 3, 2),
        ({"result": "failed", "status": 500, "code": "internal"}, 0, 27, 4, 2),
        ({"result": "client_gone", "status": 499, "code": "client_closed_request"}, 0, 27, 3, 2),
        ({"surface": "models", "model": "", "usage": None}, 1, 1, 1, 1),
        ({"surface": "guard", "user": "", "key_id": ""}, 1, 1, 1, 1),
    ],
)  # fmt: skip
def test_an_event_keeps_the_rules(
    changes: dict[str, Any], action: int, disposition: int, severity: int, status: int
) -> None:
    event = event_of(**changes)
    conforms(event)
    found = (event["action_id"], event["disposition_id"], event["severity_id"], event["status_id"])
    assert found == (action, disposition, severity, status)
    assert event["is_alert"] is (disposition == 2)


def test_an_event_says_what_the_record_says() -> None:
    event = event_of()
    assert event["time"] == 1_795_849_200_123
    assert event["metadata"]["logged_time"] == 1_795_850_000_500
    assert event["metadata"]["correlation_uid"] == "sw_1"
    assert event["ai_model"] == {"ai_provider": "main", "name": "small"}
    assert event["message_context"]["total_tokens"] == 12
    assert event["actor"]["user"]["uid"] == "u_00"
    assert json.loads(event["raw_data"]) == RECORD
    digest = hashlib.sha256(event["raw_data"].encode()).hexdigest()
    assert event["raw_data_hash"]["value"] == digest


def test_records_of_other_kinds_and_unreadable_ones_keep_the_rules_too() -> None:
    for body in ({"event": "change", "action": "keys.create"}, {"unreadable": True}, {"usage": 1}):
        conforms(ocsf.event(body, chain="c", seq=1, time_ns=10**18, raw=b"\xff"))


@pytest.mark.parametrize(
    ("action", "activity"),
    [("key.create", 1), ("capture.read", 2), ("member.put", 3), ("key.revoke", 4)],
)
def test_a_change_is_an_event_of_who_did_what_to_which_thing(action: str, activity: int) -> None:
    body = {"event": "change", "action": action, "actor": "key:abc", "target": "t1",
            "request_id": "sw_9", "time": RECORD["time"], "details": {}}  # fmt: skip
    event = ocsf.event(body, chain="c", seq=1, time_ns=10**18, raw=chain.canonical(body))
    conforms(event)
    assert (event["activity_id"], event["status"], event["severity_id"]) == (activity, "Success", 1)
    assert event["actor"]["user"]["uid"] == "key:abc" and event["message"] == f"{action} t1"
    assert event["api"]["operation"] == action and event["resources"][0]["uid"] == "t1"
    assert "http_response" not in event and event["is_alert"] is False


def fill(store: Store, count: int) -> None:
    log = open_log(store)
    log.start()
    for number in range(count):
        log.submit({**RECORD, "request_id": f"sw_{number}", "user": f"u_{number % 2}"}).result(5)
    log.stop()


def test_json_lines_prove_themselves(store: Store) -> None:
    fill(store, 5)
    last = chain.GENESIS.hex()
    lines = [json.loads(json.dumps(line)) for line in jsonl(store)]
    assert len(lines) == 5
    for line in lines:
        body = chain.canonical(line["body"])
        digest = chain.record_hash(line["seq"], line["time"], bytes.fromhex(last), body)
        assert (line["prev_hash"], line["hash"]) == (last, digest.hex())
        last = line["hash"]
    assert [line["seq"] for line in jsonl(store, after=3)] == [4, 5]
    assert [line["seq"] for line in jsonl(store, user="u_1")] == [2, 4]


def test_integrity_binds_each_event_to_the_last(store: Store) -> None:
    fill(store, 4)
    found = list(events(store, integrity=True))
    previous: dict[str, Any] | None = None
    for event in found:
        conforms(event, integrity=True)
        attestation = event["attestation_list"][0]
        bare = {**event, "attestation_list": [
            {k: v for k, v in attestation.items() if k != "fingerprint"}]}  # fmt: skip
        digest = hashlib.sha256(ocsf.canonical(bare)).hexdigest()
        assert attestation["fingerprint"]["value"] == digest
        if previous is None:
            assert "prev_event" not in attestation
        else:
            bound = attestation["prev_event"]
            assert bound["uid"] == previous["metadata"]["uid"]
            assert bound["fingerprint"] == previous["attestation_list"][0]["fingerprint"]
        previous = event
    assert list(events(store, after=2, integrity=True)) == found[2:]
    assert [e["metadata"]["sequence"] for e in events(store, user="u_0")] == [1, 3]


@pytest.mark.parametrize("body", [b'{"event": "a\xff"}', b'{"a": ' + b"[" * 100_000, b"{"])
def test_a_damaged_body_is_unreadable_not_an_error(body: bytes) -> None:
    """Also where a text in it is not UTF-8, and where it is nested too deeply."""
    assert _body(body) == {"unreadable": True}
    assert set(_json(body)) == {"unreadable"}
    assert _named(body, "sw_1") is None
