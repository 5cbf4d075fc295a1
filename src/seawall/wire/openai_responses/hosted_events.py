"""The events of a provider's tool in a stream: all of them after the whole item was inspected."""

from collections.abc import Iterator
from typing import Any

Event = tuple[str, dict[str, Any]]
_CALLS: dict[str, tuple[str, ...]] = {
    "code_interpreter_call": ("interpreting",),
    "file_search_call": ("searching",),
    "image_generation_call": ("generating",),
    "web_search_call": ("searching",),
}
_EMPTY: dict[str, dict[str, Any]] = {
    "code_interpreter_call": {"code": "", "outputs": None},
    "file_search_call": {"queries": [], "results": None},
    "image_generation_call": {"result": None},
    "mcp_call": {"arguments": "", "output": None, "error": None},
    "mcp_list_tools": {"tools": [], "error": None},
}
_LONG = {"code_interpreter_call": ("code", "_code"), "mcp_call": ("arguments", "_arguments")}


def events_of(item: dict[str, Any], place: dict[str, Any]) -> Iterator[Event]:
    """Yield the names and fields of an item's events; `place` is its id and index."""
    kind, index = item["type"], place["output_index"]
    begun = {**item, **_EMPTY.get(kind, {})}
    if "status" in item:
        begun["status"] = "in_progress"
    yield "response.output_item.added", {"item": begun, "output_index": index}
    if kind != "mcp_approval_request":
        yield from _running(item, f"response.{kind}", place)
    yield "response.output_item.done", {"item": item, "output_index": index}


def _running(item: dict[str, Any], name: str, place: dict[str, Any]) -> Iterator[Event]:
    kind = item["type"]
    yield f"{name}.in_progress", place
    if kind in _LONG:
        key, suffix = _LONG[kind]
        yield f"{name}{suffix}.delta", {**place, "delta": item[key]}
        yield f"{name}{suffix}.done", {**place, key: item[key]}
    for step in _CALLS.get(kind, ()):
        yield f"{name}.{step}", place
    failed = kind.startswith("mcp") and (item.get("error") or item.get("status") == "failed")
    yield f"{name}.{'failed' if failed else 'completed'}", place
