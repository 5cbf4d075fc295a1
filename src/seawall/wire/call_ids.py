"""Ids of tool calls carry nothing: each side sees ids that the gateway made.

An id is free text of up to 128 characters that no detector can judge: random letters are what ids
are made of. So no id of a client reaches a provider, and none of a provider reaches a client.
"""

from collections.abc import Callable
from typing import Any


def for_provider(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return chat messages with calls and their results numbered in order of appearance.

    The same conversation gets the same ids again, so that a provider's prompt cache still works.
    Nine letters and digits are what every provider takes.
    """
    names: dict[str, str] = {}

    def number(value: str) -> str:
        return names.setdefault(value, f"call{len(names) + 1:05d}")

    return [_numbered(message, number) for message in messages]


def _numbered(message: dict[str, Any], number: Callable[[str], str]) -> dict[str, Any]:
    if message.get("tool_calls"):
        calls = [{**call, "id": number(call["id"])} for call in message["tool_calls"]]
        return {**message, "tool_calls": calls}
    if "tool_call_id" in message:
        return {**message, "tool_call_id": number(message["tool_call_id"])}
    return message


def for_client(request_id: str, choice: int, position: int) -> str:
    """Return the id of an answer's call: unique in every conversation."""
    return f"call_{request_id.removeprefix('sw_')}_{choice}_{position}"
