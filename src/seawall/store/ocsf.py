"""An audit record as an event of the Open Cybersecurity Schema Framework (OCSF).

Class API Activity (6003) of OCSF 1.8.0 with the profiles `ai_operation` and `security_control`.
Numbers are whole, so that the canonical form (RFC 8785) of an event is plain sorted JSON.
"""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

VERSION = "1.8.0"
# The profile is part of the version in development; nothing else here changed since 1.8.
INTEGRITY_VERSION = "1.9.0-dev"
PROFILES = ("ai_operation", "security_control")
CLASS = 6003
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_ACTIVITIES = {"models": _READ, "guard": _OTHER, "moderations": _OTHER}
_ACTIVITY_NAMES = {_CREATE: "Create", _READ: "Read", _UPDATE: "Update", _DELETE: "Delete",
                   _OTHER: "Judge"}  # fmt: skip
# What the last word of a change's name does; every other one updates.
_VERBS = {"create": _CREATE, "open": _CREATE, "ask": _CREATE, "read": _READ, "erase": _DELETE,
          "lift": _DELETE, "remove": _DELETE, "revoke": _DELETE, "withdraw": _DELETE}  # fmt: skip
_SEVERITIES = {1: "Informational", 2: "Low", 3: "Medium", 4: "High"}
_ACTIONS = {0: "Unknown", 1: "Allowed", 2: "Denied", 3: "Observed", 4: "Modified"}
_DISPOSITIONS = {1: "Allowed", 2: "Blocked", 11: "Corrected", 15: "Detected", 25: "Rejected",
                 26: "Unauthorized", 27: "Error"}  # fmt: skip
_SHA256 = {"algorithm": "SHA-256", "algorithm_id": 3}


class Previous(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The event before: its id, its type and its fingerprint (hex)."""

    uid: Annotated[str, Meta(max_length=200)]
    type_uid: Annotated[int, Meta(ge=0, le=2**53)]
    fingerprint: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


def event(
    body: dict[str, Any], *, chain: str, seq: int, time_ns: int, raw: bytes, version: str = ""
) -> dict[str, Any]:
    """Return the event of one record. `raw`, as it was hashed, goes in whole; `version` is ours."""
    changed = body.get("event") == "change"
    activity = _activity(body, changed)
    action, disposition, severity = (1, 1, 1) if changed else _outcome(body)
    good = changed or body.get("result") == "answered"
    logged = time_ns // 1_000_000
    value: dict[str, Any] = {
        "activity_id": activity,
        "activity_name": _ACTIVITY_NAMES[activity],
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": CLASS,
        "class_name": "API Activity",
        "type_uid": CLASS * 100 + activity,
        "severity_id": severity,
        "severity": _SEVERITIES[severity],
        "status_id": 1 if good else 2,
        "status": "Success" if good else "Failure",
        "status_code": _text(body, "code") or str(body.get("status", "")),
        "status_detail": "changed" if changed else _text(body, "result"),
        "time": _milliseconds(_text(body, "time"), logged),
        "metadata": _metadata(body, chain, seq, logged, version),
        **(_changed(body) if changed else _asked(body)),
        "action_id": action,
        "action": _ACTIONS[action],
        "disposition_id": disposition,
        "disposition": _DISPOSITIONS[disposition],
        "is_alert": disposition == 2,
        "raw_data": raw.decode("utf-8", "replace"),
        "raw_data_hash": {**_SHA256, "value": hashlib.sha256(raw).hexdigest()},
        "raw_data_size": len(raw),
    }
    if policy := _text(body, "policy_sha256"):
        name = _text(body, "application") or "policy"
        value["policy"] = {"name": name, "uid": policy, "is_applied": True}
    return value


def attest(value: dict[str, Any], *, chain: str, previous: Previous | None) -> Previous:
    """Add the `record_integrity` profile to an event and return what the next one binds.

    The fingerprint is over the canonical JSON of the event with the attestation's other fields.
    """
    value["metadata"]["version"] = INTEGRITY_VERSION
    value["metadata"]["profiles"] = [*PROFILES, "record_integrity"]
    attestation: dict[str, Any] = {"authority_uid": chain, "chain_uid": chain}
    if previous is not None:
        attestation["prev_event"] = {
            "uid": previous.uid,
            "type_uid": previous.type_uid,
            "fingerprint": {**_SHA256, "value": previous.fingerprint},
        }
    value["attestation_list"] = [attestation]
    digest = hashlib.sha256(canonical(value)).hexdigest()
    attestation["fingerprint"] = {**_SHA256, "value": digest}
    return previous_of(value)


def previous_of(value: dict[str, Any]) -> Previous:
    """Return what the event after this one, which `attest` has seen, binds."""
    return Previous(
        uid=value["metadata"]["uid"],
        type_uid=value["type_uid"],
        fingerprint=value["attestation_list"][0]["fingerprint"]["value"],
    )


def canonical(value: dict[str, Any]) -> bytes:
    """Return RFC 8785 JSON of a value whose numbers are whole and whose keys are ASCII."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _metadata(
    body: dict[str, Any], chain: str, seq: int, logged: int, version: str
) -> dict[str, Any]:
    value: dict[str, Any] = {
        "version": VERSION,
        "profiles": list(PROFILES),
        "product": {"name": "Seawall", "vendor_name": "Seawall", "version": version or "unknown"},
        "uid": f"{chain}-{seq}",
        "sequence": seq,
        "log_name": "audit",
        "log_provider": "seawall",
        "logged_time": logged,
    }
    if request := _text(body, "request_id"):
        value["correlation_uid"] = request
    return value


def _activity(body: dict[str, Any], changed: bool) -> int:
    if changed:
        return _VERBS.get(_text(body, "action").rpartition(".")[2], _UPDATE)
    return _ACTIVITIES.get(_text(body, "surface"), _CREATE)


def _changed(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a change: who did what to which thing."""
    action, target = _text(body, "action") or "change", _text(body, "target") or "unknown"
    kind = action.partition(".")[0]
    return {
        "message": f"{action} {target}",
        "actor": {"app_name": "seawall", "user": {"uid": _text(body, "actor") or "unknown"}},
        "api": {
            "operation": action,
            "request": {"uid": _text(body, "request_id") or "unknown"},
            "service": {"name": "seawall"},
        },
        "resources": [{"uid": target, "type": kind}],
        "src_endpoint": {"svc_name": "seawall"},
    }


def _asked(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a request: who asked whom, and what came of it."""
    return {
        "message": f"{_text(body, 'surface')} {_text(body, 'result')}".strip() or "unreadable",
        "actor": _actor(body),
        "api": _api(body),
        "src_endpoint": {"svc_name": _text(body, "function") or "unknown"},
        "dst_endpoint": {"svc_name": _text(body, "upstream") or "seawall"},
        "http_response": {
            "code": _whole(body.get("status")),
            "latency": _whole(body.get("latency_ms")),
        },
        **_ai(body),
    }


def _actor(body: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {"app_name": _text(body, "application") or "unknown"}
    if key := _text(body, "key_id"):
        value["app_uid"] = key
    if user := _text(body, "user"):
        value["user"] = {"uid": user, "type_id": 1, "type": "User"}
    return value


def _api(body: dict[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {"code": _whole(body.get("status"))}
    if code := _text(body, "code"):
        response["error"] = code
    return {
        "operation": _text(body, "surface") or "unknown",
        "request": {"uid": _text(body, "request_id") or "unknown"},
        "response": response,
        "service": {"name": "seawall"},
    }


def _ai(body: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if model := _text(body, "model"):
        provider = _text(body, "upstream") or "unknown"
        value["ai_model"] = {"ai_provider": provider, "name": model}
    context: dict[str, Any] = {
        "name": _text(body, "function") or "unknown",
        "application": _text(body, "application") or "unknown",
        "ai_role_id": 2,
        "ai_role": "Assistant",
    }
    usage = body.get("usage")
    if isinstance(usage, dict):
        for field in ("prompt_tokens", "completion_tokens", "total_tokens"):
            context[field] = _whole(usage.get(field))
    value["message_context"] = context
    return value


def _outcome(body: dict[str, Any]) -> tuple[int, int, int]:
    """Return action, disposition and severity; what was not judged is never only "allowed"."""
    result, controls = body.get("result"), body.get("controls")
    acted = set(controls.values()) if isinstance(controls, dict) else set()
    if result == "blocked":
        return 2, 2, 3
    if result == "refused":
        return 2, 26 if body.get("status") in (401, 403) else 25, 2
    if result != "answered":
        return 0, 27, 4 if body.get("code") == "internal" else 3
    if "redact" in acted:
        return 4, 11, 2
    if acted or body.get("unknown"):
        return 3, 15, 2
    return 1, 1, 1


def _milliseconds(text: str, otherwise: int) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        return otherwise


def _text(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return round(value) if isinstance(value, int | float) else 0
