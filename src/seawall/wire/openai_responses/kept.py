"""What is kept of one turn: its own messages and its response, both as they were inspected."""

from typing import Any

import msgspec

from seawall.core.exchange import Exchange
from seawall.wire import documents, strict_json
from seawall.wire.openai_responses import answer
from seawall.wire.openai_responses.items import Messages
from seawall.wire.openai_responses.request import Asked


class Kept(msgspec.Struct, kw_only=True):
    """One turn. `messages` are the chat messages of its input; no instructions, no turns before."""

    messages: list[dict[str, Any]]
    response: dict[str, Any]


def encode(exchange: Exchange, asked: Asked, response: dict[str, Any]) -> bytes:
    """Return a turn as it is stored."""
    return strict_json.dumps(Kept(messages=exchange.body["messages"][asked.own :],
                                  response=response))  # fmt: skip


def decode(body: bytes) -> Kept:
    """Return a stored turn. Raises msgspec.MsgspecError for anything else."""
    return msgspec.json.decode(body, type=Kept)


def history(turns: list[bytes], markers: documents.Markers) -> list[dict[str, Any]]:
    """Return the chat messages of stored turns, answers included."""
    found: list[dict[str, Any]] = []
    for body in turns:
        turn = decode(body)
        said = Messages(markers)
        said.input(turn.response["output"], "/previous_response_id")
        found += [*turn.messages, *said.messages]
    return found


def input_items(turn: Kept) -> list[dict[str, Any]]:
    """Return a turn's input as items, in order."""
    prefix = turn.response["id"].removeprefix("resp_")
    items: list[dict[str, Any]] = []
    for message in turn.messages:
        for item in _items(message):
            items.append({**item, "id": f"in_{prefix}_{len(items)}", "status": "completed"})
    return items


def _items(message: dict[str, Any]) -> list[dict[str, Any]]:
    role, content = message["role"], message["content"]
    if role == "tool":
        output = content if isinstance(content, str) else [_part(p, "input_text") for p in content]
        return [{"type": "function_call_output", "call_id": message["tool_call_id"],
                 "output": output}]  # fmt: skip
    found = []
    if content is not None:
        listed = [{"type": "text", "text": content}] if isinstance(content, str) else content
        kind = "output_text" if role == "assistant" else "input_text"
        parts = [_part(part, kind) for part in listed]
        found.append({"type": "message", "role": role, "content": parts})
    calls = message.get("tool_calls", [])
    return found + [answer.call_item("", call, "completed") for call in calls]


def _part(part: dict[str, Any], kind: str) -> dict[str, Any]:
    if part["type"] == "image_url":
        image = part["image_url"]
        return {"type": "input_image", "image_url": image["url"],
                "detail": image.get("detail", "auto")}  # fmt: skip
    if part["type"] == "refusal":
        return answer.part("refusal", part["refusal"])
    if kind == "output_text":
        return answer.part(kind, part["text"])
    return {"type": kind, "text": part["text"]}
