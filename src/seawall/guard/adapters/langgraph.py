"""For LangGraph: `ToolNode(tools, wrap_tool_call=wrapper(guard, tools))`."""

import itertools
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from seawall.guard.adapters.tool_guard import ToolGuard, from_outside, refusal

_ROLES = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool"}
_CHAT_ROLES = {**_ROLES, "user": "user", "assistant": "assistant"}


def wrapper(
    guard: ToolGuard, tools: Sequence[Any], message: Callable[..., Any] | None = None
) -> Callable[[Any, Callable[[Any], Any]], Any]:
    """Return a function for `wrap_tool_call`; refused calls give an error message to the model.

    `tools`: every tool the model is offered. `message`: makes the refusal; LangChain's
    ToolMessage unless given.
    """
    offered = [definition(tool) for tool in tools]

    def wrap(request: Any, handler: Callable[[Any], Any]) -> Any:
        stopped = _stopped(guard, offered, request, message)
        return handler(request) if stopped is None else stopped

    return wrap


def async_wrapper(
    guard: ToolGuard, tools: Sequence[Any], message: Callable[..., Any] | None = None
) -> Callable[[Any, Callable[[Any], Awaitable[Any]]], Awaitable[Any]]:
    """Return the same for `awrap_tool_call`."""
    offered = [definition(tool) for tool in tools]

    async def wrap(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
        stopped = _stopped(guard, offered, request, message)
        return await handler(request) if stopped is None else stopped

    return wrap


def _stopped(
    guard: ToolGuard, offered: list[Any], request: Any, message: Callable[..., Any] | None
) -> Any:
    call = request.tool_call
    state = request.state
    if isinstance(state, dict):
        held = state.get("messages", ())
    else:
        held = state if isinstance(state, list) else getattr(state, "messages", ())
    history = list(chat_messages(held))
    beside: list[tuple[str, str]] = []
    if history and history[-1]["role"] == "assistant":
        proposal = history.pop()  # the proposal itself is nobody's request
        beside = _before(proposal.get("tool_calls", ()), call["id"])
    verdict = guard.judge(history, offered, call["name"], call["args"], beside)
    if verdict.allowed:
        return None
    make = message or _tool_message()
    text = refusal(call["name"], verdict)
    return make(content=text, tool_call_id=call["id"], name=call["name"], status="error")


def _before(calls: Iterable[dict[str, Any]], call_id: str) -> list[tuple[str, str]]:
    """Return the calls of an answer that stand before one of them."""
    first = itertools.takewhile(lambda one: one["id"] != call_id, calls)
    return [(one["function"]["name"], one["function"]["arguments"]) for one in first]


def _tool_message() -> Callable[..., Any]:
    import importlib

    made: Callable[..., Any] = importlib.import_module("langchain_core.messages").ToolMessage
    return made


def definition(tool: Any) -> dict[str, Any]:
    """Return a LangChain tool as a chat request offers it."""
    schema = getattr(tool, "tool_call_schema", None) or getattr(tool, "args_schema", None)
    if isinstance(schema, dict):
        parameters = schema
    elif schema is not None and hasattr(schema, "model_json_schema"):
        parameters = schema.model_json_schema()
    else:
        parameters = {"type": "object", "properties": dict(getattr(tool, "args", {}) or {})}
    function = {"name": tool.name, "description": str(getattr(tool, "description", "") or ""),
                "parameters": parameters}  # fmt: skip
    return {"type": "function", "function": function}


def chat_messages(messages: Iterable[Any]) -> Iterable[dict[str, Any]]:
    """Yield LangChain messages as those of a chat request.

    Of another kind (results of functions, roles of others), they are nobody's request.
    """
    for number, one in enumerate(messages):
        role = _role(one)
        if not role or (role == "tool" and not getattr(one, "tool_call_id", "")):
            name = str(getattr(one, "name", None) or one.type)
            yield from from_outside(name, _text(one.content), number)
            continue
        value: dict[str, Any] = {"role": role, "content": _text(one.content)}
        if role == "tool":
            value["tool_call_id"] = one.tool_call_id
        calls = getattr(one, "tool_calls", None) or ()
        if role == "assistant" and calls:
            value["tool_calls"] = [
                {"id": call["id"], "type": "function", "function": {
                    "name": call["name"], "arguments": json.dumps(call["args"])}}
                for call in calls
            ]  # fmt: skip
            value["content"] = value["content"] or None
        yield value


def _role(message: Any) -> str:
    """Return the role that a message has in a chat request, "" for none of these."""
    kind = str(message.type)
    if kind.endswith("MessageChunk"):  # a piece of a stream has a type of its own
        kind = kind.removesuffix("MessageChunk").lower()
    if kind == "chat":
        return _CHAT_ROLES.get(str(getattr(message, "role", "")).lower(), "")
    return _ROLES.get(kind, "")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    pieces = [one if isinstance(one, str) else one.get("text") or "" for one in content or ()]
    return "\n".join(pieces)
