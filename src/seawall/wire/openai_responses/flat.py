"""Chat messages as the items of the Responses API."""

from typing import Any

from seawall.wire.chat_fields import BREAKPOINT
from seawall.wire.openai_responses import answer


def items_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a chat message as items, without ids."""
    if "hosted" in message:
        return [answer.hosted_item("", message["hosted"])]
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
    more = {BREAKPOINT: part[BREAKPOINT]} if BREAKPOINT in part else {}
    if part["type"] == "image_url":
        image = part["image_url"]
        return {"type": "input_image", "image_url": image["url"],
                "detail": image.get("detail", "auto"), **more}  # fmt: skip
    if part["type"] == "refusal":
        return answer.part("refusal", part["refusal"])
    if kind == "output_text":
        return answer.part(kind, part["text"])
    return {"type": kind, "text": part["text"], **more}
