"""A recorded request's conversation and tools as a chat body, whichever API it was sent to."""

import codecs
from typing import Any

from seawall.core.errors import RequestError
from seawall.wire import documents, strict_json
from seawall.wire.anthropic import request as anthropic
from seawall.wire.formats import ParseOptions
from seawall.wire.openai_responses import request as responses

Json = dict[str, Any]
_KEPT = ("messages", "tools", "user")
_ONLY_ANTHROPICS = frozenset({"tool_use", "tool_result"})
_NATIVE = ("thinking", "is_error")
"""Fields of a message that no chat request has."""


def chat_body(data: bytes, markers: documents.Markers | None = None) -> Json:
    """Return the conversation and tools of a recorded request. Raises RequestError.

    A body of chat completions, responses or Anthropic's messages, alone or as `body` of a batch
    line. `markers` are the policy's document markers. Tools that a provider runs are left out.
    """
    value = strict_json.loads(data.removeprefix(codecs.BOM_UTF8))
    if isinstance(value, dict) and isinstance(value.get("body"), dict):
        value = value["body"]
    options = ParseOptions(markers=markers or documents.DefaultMarkers())
    if isinstance(value, dict) and "input" in value and "messages" not in value:
        found = _only(value, ("input", "instructions", "tools"))
        found["tools"] = [one for one in _tools(value) if one.get("type") == "function"]
        return _chat(responses.translate(found, options)[0].body)
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        raise RequestError("The line is no request with messages or input.", code="no_messages")
    if _is_anthropics(value):
        found = _only(value, ("messages", "system", "tools"))
        found["tools"] = [one for one in _tools(value) if "input_schema" in one]
        return _chat(anthropic.parse(strict_json.dumps(found), options, counting=True).body)
    return _only(value, _KEPT)


def _only(value: Json, keys: tuple[str, ...]) -> Json:
    return {"model": "recorded", **{key: value[key] for key in keys if key in value}}


def _tools(value: Json) -> list[Json]:
    given = value.get("tools")
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _is_anthropics(value: Json) -> bool:
    """Say whether only Anthropic's messages have what stands here."""
    if "system" in value or any("input_schema" in one for one in _tools(value)):
        return True
    contents = (one.get("content") for one in value["messages"] if isinstance(one, dict))
    blocks = (block for content in contents if isinstance(content, list) for block in content)
    return any(isinstance(one, dict) and one.get("type") in _ONLY_ANTHROPICS for one in blocks)


def _chat(body: Json) -> Json:
    messages = [
        {key: one for key, one in message.items() if key not in _NATIVE}
        for message in body["messages"]
    ]
    return {**_only(body, _KEPT), "messages": messages}
