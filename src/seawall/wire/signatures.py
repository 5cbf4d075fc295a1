"""Signatures of a model's thoughts: opaque to us, and due back to the provider that made them.

Gemini puts one beside a tool call: `extra_content: {google: {thought_signature}}`.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from seawall.core.errors import UpstreamError
from seawall.wire import checks

FIELD = "extra_content"
PLACE = f"/{FIELD}/google/thought_signature"
LONGEST = 200_000
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{1,200000}={0,2}")


def read(call: dict[str, Any], at: str) -> str:
    """Return the signature of a tool call that a client sends back, "" without.

    Raises RequestError for everything else that stands there.
    """
    if FIELD not in call:
        return ""
    where, value = f"{at}/{FIELD}", call[FIELD]
    for key in ("google", "thought_signature"):
        checks.known(checks.obj(value, where), where, (key,))
        value = checks.need(value, where, key)
        where = f"{where}/{key}"
    text = checks.string(value, where, high=LONGEST)
    if not _BASE64.fullmatch(text):
        checks.refuse(where, "must be base64", hint="Send it as it was received, or leave it out.")
    return text


def answered(call: dict[str, Any]) -> str:
    """Return the signature of a provider's tool call, "" without. Raises UpstreamError."""
    value: Any = call.get(FIELD)
    for key in ("google", "thought_signature"):
        value = value.get(key) if isinstance(value, dict) else None
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST or not _BASE64.fullmatch(value):
        raise UpstreamError(
            "The provider's answer cannot be read: the thought_signature of a tool call is no "
            "base64, or too long."
        )
    return value


def fields(signature: str) -> dict[str, Any]:
    """Return the fields that carry a signature beside a tool call, none for ""."""
    return {FIELD: {"google": {"thought_signature": signature}}} if signature else {}


def beside(call: dict[str, Any]) -> dict[str, Any]:
    """Return what a checked tool call carries of these fields."""
    return {FIELD: call[FIELD]} if FIELD in call else {}


def wanted_by(base_url: str) -> bool:
    """Return whether a provider wants them back, as its address tells: Gemini, also on Vertex."""
    return (urlsplit(base_url).hostname or "").endswith(".googleapis.com")


def without(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return chat messages as a provider gets them that knows no signatures beside tool calls."""
    return [
        {**message, "tool_calls": [_bare(call) for call in message["tool_calls"]]}
        if message.get("tool_calls")
        else message
        for message in messages
    ]


def _bare(call: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in call.items() if key != FIELD}
