"""A chat answer as a Responses object: items, status, usage, and what the request asked for."""

from collections.abc import Sequence
from typing import Any

from seawall.core.exchange import Exchange
from seawall.wire import signatures
from seawall.wire.openai_responses import tools
from seawall.wire.openai_responses.request import Asked

_CUT = {"length": "max_output_tokens", "content_filter": "content_filter"}


def response_id(request_id: str) -> str:
    """Return the response's id, from which the request's id can be read."""
    return f"resp_{request_id.removeprefix('sw_')}"


def item_id(kind: str, request_id: str, index: int) -> str:
    """Return the id of the output item at `index`; `kind` is msg or fc."""
    return f"{kind}_{request_id.removeprefix('sw_')}_{index}"


def part(kind: str, text: str, citations: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return a content part of a message: `kind` is output_text or refusal."""
    if kind == "refusal":
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [*citations], "logprobs": []}


def message_item(where: str, parts: list[dict[str, Any]], status: str) -> dict[str, Any]:
    """Return an output message; `where` is its id."""
    return {"id": where, "type": "message", "role": "assistant", "status": status,
            "content": parts}  # fmt: skip


def call_item(where: str, call: dict[str, Any], status: str) -> dict[str, Any]:
    """Return a function call item of a chat tool call; `where` is its id."""
    function = call["function"]
    return {
        "id": where,
        "type": "function_call",
        "call_id": call["id"],
        "name": function["name"],
        "arguments": function["arguments"],
        "status": status,
        **signatures.beside(call),
    }


PREFIXES = {
    "code_interpreter_call": "ci", "file_search_call": "fs", "image_generation_call": "ig",
    "mcp_approval_request": "mcpr",
    "mcp_approval_response": "mcpa", "mcp_call": "mcp", "mcp_list_tools": "mcpl",
    "web_search_call": "ws",
}  # fmt: skip
"""What the ids of a provider's tools' items begin with."""


def hosted_item(where: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item of a provider's tool, with the fields that clients expect.

    `where` is its id; that of an approval request is its own, because an answer names it.
    """
    kind = item["type"]
    more: dict[str, Any] = {}
    if kind == "file_search_call":
        more = {"results": None}
    elif kind == "image_generation_call":
        more = {"result": None}
    elif kind == "code_interpreter_call":
        more = {"container_id": where.replace("ci_", "cntr_", 1) or "cntr_none", "outputs": None}
    elif kind == "mcp_call":
        more = {"approval_request_id": None, "error": None, "output": None}
    elif kind == "mcp_list_tools":
        more = {"error": None}
    return {"id": where, **more, **item}


def status_of(finish_reason: str) -> tuple[str, dict[str, str] | None]:
    """Return a response's `status` and `incomplete_details`."""
    reason = _CUT.get(finish_reason)
    return ("incomplete", {"reason": reason}) if reason else ("completed", None)


def usage_of(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a response's `usage`; details that the provider did not tell are 0."""
    if value is None:
        return None
    kept = {"cached_tokens": 0, "cache_write_tokens": 0, **value.get("prompt_tokens_details", {})}
    return {
        "input_tokens": value["prompt_tokens"],
        "input_tokens_details": kept,
        "output_tokens": value["completion_tokens"],
        "output_tokens_details": {
            "reasoning_tokens": 0,
            **value.get("completion_tokens_details", {}),
        },
        "total_tokens": value["total_tokens"],
    }


def envelope(exchange: Exchange, asked: Asked, created: int) -> dict[str, Any]:
    """Return a response that is in progress. What the request said stands here as inspected."""
    body = exchange.body
    return {
        "id": response_id(exchange.request_id),
        "object": "response",
        "created_at": created,
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": body["messages"][0]["content"] if asked.instructions else None,
        "metadata": body.get("metadata", {}),
        "model": exchange.model,
        "output": [],
        "previous_response_id": asked.previous,
        "prompt_cache_key": body.get("prompt_cache_key"),
        "safety_identifier": body.get("safety_identifier"),
        "store": asked.store,
        "text": tools.flat_text(body),
        "tools": tools.flat_tools(body),
        "truncation": "disabled",
        "usage": None,
        "user": body.get("user"),
        **asked.echo,
    }


def finished(
    response: dict[str, Any],
    output: list[dict[str, Any]],
    finish_reason: str,
    usage: dict[str, Any] | None,
    now: int,
) -> dict[str, Any]:
    """Return the envelope with its answer; `now` in Unix seconds."""
    status, details = status_of(finish_reason)
    return {
        **response,
        "status": status,
        "completed_at": now if status == "completed" else None,
        "incomplete_details": details,
        "output": output,
        "usage": usage_of(usage),
    }


def output_of(choice: dict[str, Any], request_id: str) -> list[dict[str, Any]]:
    """Return the output items of a chat choice."""
    message = choice["message"]
    status, _ = status_of(choice["finish_reason"])
    texts = (("output_text", message.get("content")), ("refusal", message.get("refusal")))
    cited = message.get("citations", [])
    parts = [part(kind, text, cited) for kind, text in texts if text]
    calls = message.get("tool_calls", [])
    items: list[dict[str, Any]] = []
    for item in message.get("hosted", []):
        where = item_id(PREFIXES[item["type"]], request_id, len(items))
        items.append(hosted_item(where, item))
    if parts:  # what calls follow was not cut
        where = item_id("msg", request_id, len(items))
        items.append(message_item(where, parts, "completed" if calls else status))
    for call in calls:
        items.append(call_item(item_id("fc", request_id, len(items)), call, "completed"))
    return items


def whole(completion: dict[str, Any], exchange: Exchange, asked: Asked) -> dict[str, Any]:
    """Return a chat completion as a response, with its `seawall` field."""
    choice = completion["choices"][0]
    created = completion["created"]
    response = finished(
        envelope(exchange, asked, created),
        output_of(choice, exchange.request_id),
        choice["finish_reason"],
        completion.get("usage"),
        created,
    )
    return {**response, "seawall": completion["seawall"]}
