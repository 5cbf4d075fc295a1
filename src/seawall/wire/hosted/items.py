"""Items of a provider's tools, as a client replays them or a provider sends them.

What is read holds known fields only. A client's unknown field is refused, a provider's is dropped.
"""

import re
from collections.abc import Callable
from typing import Any

from seawall.core.errors import RequestError
from seawall.wire import checks, images, strict_json
from seawall.wire.hosted.citations import leads_to_a_page
from seawall.wire.hosted.kinds import APPROVAL, ITEMS, OWN

Item = dict[str, Any]
_ENDED = ("completed", "failed", "incomplete")
_RUNNING = ("in_progress", "searching", "interpreting", "calling")
_MOST = 512
# Formats, qualities and sizes: "png", "auto", "1024x1536".
_CLOSED = re.compile(r"[a-z]{2,12}|\d{2,4}x\d{2,4}")


class _Reader:
    """Reads objects: `strict` refuses what it does not know, else that is dropped."""

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict

    def obj(self, value: Any, at: str, known: tuple[str, ...]) -> Item:
        """Return the known fields of an object that are not null."""
        found = dict(checks.obj(value, at))
        if self.strict:
            checks.known(found, at, known)
        return {key: found[key] for key in known if found.get(key) is not None}

    def text(self, value: Item, at: str, *keys: str) -> Item:
        """Return those of the fields that are there, all of them texts."""
        return {key: checks.string(value[key], f"{at}/{key}") for key in keys if key in value}

    def rows(self, value: Item, at: str, key: str) -> list[tuple[Any, str]]:
        """Return the members of a list, with their places."""
        found = checks.array(value.get(key, []), f"{at}/{key}", high=_MOST)
        return [(item, f"{at}/{key}/{index}") for index, item in enumerate(found)]


_ACTIONS: dict[str, tuple[str, ...]] = {
    "search": ("query", "queries", "sources"),
    "open_page": ("url",),
    "find_in_page": ("pattern", "url"),
}


def _web_search(reader: _Reader, value: Any, at: str) -> Item:
    value = reader.obj(value, at, ("type", "id", "status", "action"))
    where, action = f"{at}/action", checks.obj(checks.need(value, at, "action"), f"{at}/action")
    kind = checks.need(action, where, "type")
    checks.one_of(*_ACTIONS)(kind, f"{where}/type")
    action = reader.obj(action, where, ("type", *_ACTIONS[kind]))
    found = {"type": kind, **reader.text(action, where, "query", "url", "pattern")}
    if "queries" in action:
        found["queries"] = [checks.string(*one) for one in reader.rows(action, where, "queries")]
    if "sources" in action:
        rows = [
            (reader.obj(row, place, ("type", "url")), place)
            for row, place in reader.rows(action, where, "sources")
        ]
        found["sources"] = [
            {"type": "url", "url": checks.string(checks.need(row, place, "url"), f"{place}/url")}
            for row, place in rows
            if reader.strict or _page(row)
        ]
    return {"action": found, "status": _status(reader, value, at)}


def _page(source: Item) -> bool:
    url = source.get("url")
    shown = not isinstance(url, str) or leads_to_a_page(url)
    return source.get("type") == "url" and shown


def _file_search(reader: _Reader, value: Any, at: str) -> Item:
    value = reader.obj(value, at, ("type", "id", "status", "queries", "results"))
    found: Item = {"queries": [checks.string(*one) for one in reader.rows(value, at, "queries")]}
    if "results" in value:
        rows = reader.rows(value, at, "results")
        found["results"] = [_result(reader, row, place) for row, place in rows]
    return {**found, "status": _status(reader, value, at)}


def _result(reader: _Reader, value: Any, at: str) -> Item:
    value = reader.obj(value, at, ("attributes", "file_id", "filename", "score", "text"))
    found = reader.text(value, at, "filename", "text")
    if "file_id" in value:
        found["file_id"] = checks.identifier(value["file_id"], f"{at}/file_id")
    if "score" in value:
        checks.number(-1_000_000, 1_000_000)(value["score"], f"{at}/score")
        found["score"] = value["score"]
    if "attributes" in value:
        attributes = checks.obj(value["attributes"], f"{at}/attributes")
        for one in attributes.values():
            if not isinstance(one, str | int | float):
                checks.refuse(f"{at}/attributes", "must hold texts, numbers or switches")
        found["attributes"] = attributes
    return found


def _code(reader: _Reader, value: Any, at: str) -> Item:
    known = ("type", "id", "status", "code", "container_id", "outputs")
    value = reader.obj(value, at, known)
    if "container_id" in value:  # nobody else's id goes on: the gateway names containers itself
        checks.identifier(value["container_id"], f"{at}/container_id")
    found = {"code": "", **reader.text(value, at, "code")}
    if "outputs" in value:
        rows = reader.rows(value, at, "outputs")
        found["outputs"] = [_output(reader, row, place) for row, place in rows]
    return {**found, "status": _status(reader, value, at)}


def _output(reader: _Reader, value: Any, at: str) -> Item:
    kind = checks.need(checks.obj(value, at), at, "type")
    checks.one_of("logs", "image")(kind, f"{at}/type")
    key = "logs" if kind == "logs" else "url"
    value = reader.obj(value, at, ("type", key))
    text = checks.string(checks.need(value, at, key), f"{at}/{key}")
    if key == "url" and not text.lower().startswith(("https://", "data:image/")):
        checks.refuse(f"{at}/url", "must be https or a picture as a data: URL")
    return {"type": kind, key: text}


def _named(value: Item, at: str) -> Item:
    """Return what a call of a server's tool and a request for its approval have in common."""
    raw = checks.string(checks.need(value, at, "arguments"), f"{at}/arguments")
    return {
        "name": checks.name(checks.need(value, at, "name"), f"{at}/name"),
        "server_label": _label(value, at),
        "arguments": _canonical(raw.strip() or "{}"),
    }


def _label(value: Item, at: str) -> str:
    """Return a server's label, which is not what the provider's own tools are told by."""
    where = f"{at}/server_label"
    label = checks.name(checks.need(value, at, "server_label"), where)
    if label == OWN:
        checks.refuse(where, f"must not be {OWN}")
    return label


def _canonical(raw: str) -> str:
    """Return JSON arguments with every character as itself, as calls of functions have them."""
    try:
        return strict_json.dumps(strict_json.loads(raw.encode("utf-8", "surrogatepass"))).decode()
    except RequestError:
        return raw


def _mcp_call(reader: _Reader, value: Any, at: str) -> Item:
    known = ("type", "id", "status", "name", "server_label", "arguments", "approval_request_id",
             "error", "output")  # fmt: skip
    value = reader.obj(value, at, known)
    if "approval_request_id" in value:
        checks.identifier(value["approval_request_id"], f"{at}/approval_request_id")
    found = {**_named(value, at), **reader.text(value, at, "output")}
    if "error" in value:
        found["error"] = _error(reader, value["error"], f"{at}/error")
    return {**found, "status": _status(reader, value, at)}


def _error(reader: _Reader, value: Any, at: str) -> Item:
    """Return a failure; what a tool says of it becomes one text."""
    if isinstance(value, str):
        return {"type": "mcp_tool_execution_error", "content": value}
    kind = checks.need(checks.obj(value, at), at, "type")
    checks.one_of("mcp_protocol_error", "mcp_tool_execution_error", "http_error")(
        kind, f"{at}/type"
    )
    if kind == "mcp_tool_execution_error":
        content = checks.need(reader.obj(value, at, ("type", "content")), at, "content")
        text = content if isinstance(content, str) else strict_json.dumps(content).decode()
        return {"type": kind, "content": text}
    value = reader.obj(value, at, ("type", "code", "message"))
    checks.integer(-(2**31), 2**31)(value.setdefault("code", 0), f"{at}/code")
    message = checks.string(checks.need(value, at, "message"), f"{at}/message")
    return {"type": kind, "code": value["code"], "message": message}


def _list_tools(reader: _Reader, value: Any, at: str) -> Item:
    value = reader.obj(value, at, ("type", "id", "server_label", "tools", "error"))
    label = _label(value, at)
    rows = reader.rows(value, at, "tools")
    tools = [_listed(reader, row, place) for row, place in rows]
    return {"server_label": label, "tools": tools, **reader.text(value, at, "error")}


def _listed(reader: _Reader, value: Any, at: str) -> Item:
    value = reader.obj(value, at, ("name", "description", "input_schema", "annotations"))
    name = checks.name(checks.need(value, at, "name"), f"{at}/name")
    where = f"{at}/input_schema"
    schema = checks.obj(checks.need(value, at, "input_schema"), where)
    return {"name": name, "input_schema": schema, **reader.text(value, at, "description")}


def _approval_request(reader: _Reader, value: Any, at: str) -> Item:
    value = reader.obj(value, at, ("type", "id", "name", "server_label", "arguments"))
    name = checks.identifier(checks.need(value, at, "id"), f"{at}/id")
    return {"id": name, **_named(value, at)}


def _approval_response(reader: _Reader, value: Any, at: str) -> Item:
    value = reader.obj(value, at, ("type", "id", "approval_request_id", "approve", "reason"))
    where = f"{at}/approval_request_id"
    name = checks.identifier(checks.need(value, at, "approval_request_id"), where)
    checks.boolean(checks.need(value, at, "approve"), f"{at}/approve")
    found = {"approval_request_id": name, "approve": value["approve"]}
    return {**found, **reader.text(value, at, "reason")}


_DRAWN = ("background", "output_format", "quality", "size")


def _picture(reader: _Reader, value: Any, at: str) -> Item:
    known = (
        "type",
        "id",
        "status",
        "result",
        "revised_prompt",
        "error",
        "svg_usage",
        "action",
        *_DRAWN,
    )
    value = reader.obj(value, at, known)
    if reader.strict and "svg_usage" in value:
        checks.unsupported(f"{at}/svg_usage", "Leave it out.")
    found = reader.text(value, at, "result", "revised_prompt")
    if "result" in found:
        images.decode_bare(found["result"], f"{at}/result")
    for key in _DRAWN:
        if isinstance(value.get(key), str) and _CLOSED.fullmatch(value[key]):
            found[key] = value[key]
    status = "failed" if "error" in value else _status(reader, value, at)
    return {**found, "status": status}


def _status(reader: _Reader, value: Item, at: str) -> str:
    """Return how a call ended; one that runs on in a finished answer did not end."""
    said = value.get("status", "completed")
    if reader.strict:
        checks.one_of(*_ENDED, *_RUNNING)(said, f"{at}/status")
    return said if said in _ENDED else "incomplete"


_READ: dict[str, Callable[[_Reader, Any, str], Item]] = {
    "code_interpreter_call": _code,
    "file_search_call": _file_search,
    "image_generation_call": _picture,
    "mcp_approval_request": _approval_request,
    "mcp_call": _mcp_call,
    "mcp_list_tools": _list_tools,
    "web_search_call": _web_search,
    APPROVAL: _approval_response,
}


def read(value: Item, at: str, *, strict: bool) -> Item:
    """Return a known kind of item with what is known of it. Raises RequestError.

    `strict`: as a client sends it; else as a provider does.
    """
    kind = value["type"]
    reader = _Reader(strict=strict)
    if strict and "id" in value and value["id"] is not None:
        checks.identifier(value["id"], f"{at}/id")
    return {"type": kind, **_READ[kind](reader, value, at)}


def kind_of(item: Item) -> str:
    """Return the kind of tool that an item belongs to."""
    return "mcp" if item["type"] == APPROVAL else ITEMS[item["type"]]
