"""Tools, tool choice and text format of a Responses request in the chat form's shape."""

from typing import Any

from seawall.wire import checks

_HINT = "Its calls and what it fetches would not pass the guard; offer a function tool."
HOSTED = {
    "apply_patch": _HINT,
    "code_interpreter": _HINT,
    "computer": _HINT,
    "computer_use_preview": _HINT,
    "custom": "Free-text tools have no schema; offer a function tool.",
    "file_search": _HINT,
    "image_generation": "The guard cannot inspect generated images; leave it out.",
    "local_shell": _HINT,
    "mcp": "The gateway does not see what that server sends; offer its tools as function tools.",
    "namespace": "Offer each function tool by itself.",
    "programmatic_tool_calling": _HINT,
    "shell": _HINT,
    "tool_search": _HINT,
    "web_search": _HINT,
    "web_search_2025_08_26": _HINT,
    "web_search_preview": _HINT,
    "web_search_preview_2025_03_11": _HINT,
}
"""Kinds of tools that are refused by name, with what to do instead."""

_FUNCTION = ("name", "description", "parameters", "strict")
_PLAIN: dict[str, checks.Check] = {
    "allowed_callers": checks.only(["direct"], "Only the model itself may call tools."),
    "async": checks.only(False, "Leave it out: calls are answered in turn."),
    "defer_loading": checks.only(False, "Every tool must be in the request."),
    "output_schema": checks.refused("A chat has no place for it; say it in the description."),
}
"""Checked, and not sent on."""


def kind_of(value: Any, at: str) -> str:
    """Return a tool's `type` when it is function. Raises RequestError for hosted tools."""
    kind = checks.need(checks.obj(value, at), at, "type")
    if isinstance(kind, str) and kind in HOSTED:
        checks.unsupported(at, f"{kind}: {HOSTED[kind]}")
    checks.one_of("function")(kind, f"{at}/type")
    return "function"


def tools(value: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return the chat form's `tools` and where their fields stand. Raises RequestError."""
    found: list[dict[str, Any]] = []
    places: dict[str, str] = {}
    for index, item in enumerate(checks.array(value, "/tools", high=256)):
        at = f"/tools/{index}"
        kind_of(item, at)
        checks.known(item, at, ("type", *_FUNCTION, *_PLAIN))
        checks.each(item, at, _PLAIN)
        function = {key: item[key] for key in _FUNCTION if key in item}
        found.append({"type": "function", "function": function})
        places[f"{at}/function"] = at
    return found, places


def flat_tools(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the chat form's `tools` as a response repeats them."""
    empty: dict[str, Any] = {"parameters": None, "strict": None}
    return [{"type": "function", **empty, **item["function"]} for item in value]


def tool_choice(value: Any) -> tuple[Any, dict[str, str]]:
    """Return the chat form's `tool_choice` and its places. Raises RequestError."""
    at = "/tool_choice"
    if isinstance(value, str):
        return value, {}
    if checks.obj(value, at).get("type") != "allowed_tools":
        return _named(value, at), {f"{at}/function": at}
    checks.known(value, at, ("type", "mode", "tools"))
    named = [
        _named(item, f"{at}/tools/{index}")
        for index, item in enumerate(checks.array(checks.need(value, at, "tools"), f"{at}/tools"))
    ]
    places = {f"{at}/allowed_tools": at}
    for index in range(len(named)):
        places[f"{at}/allowed_tools/tools/{index}/function"] = f"{at}/tools/{index}"
    allowed = {"mode": checks.need(value, at, "mode"), "tools": named}
    return {"type": "allowed_tools", "allowed_tools": allowed}, places


def _named(value: Any, at: str) -> dict[str, Any]:
    kind_of(value, at)
    checks.known(value, at, ("type", "name"))
    return {"type": "function", "function": {"name": checks.need(value, at, "name")}}


_SCHEMA = ("name", "description", "schema", "strict")


def text(value: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the chat form's fields for `text` (`response_format`, `verbosity`), and places.

    Raises RequestError.
    """
    checks.known(checks.obj(value, "/text"), "/text", ("format", "verbosity"))
    found: dict[str, Any] = {}
    places = {"/verbosity": "/text/verbosity"}
    if "verbosity" in value:
        found["verbosity"] = value["verbosity"]
    if "format" not in value:
        return found, places
    at = "/text/format"
    places["/response_format"] = at
    wanted = checks.obj(value["format"], at)
    if checks.need(wanted, at, "type") != "json_schema":
        found["response_format"] = wanted
        return found, places
    checks.known(wanted, at, ("type", *_SCHEMA))
    schema = {key: wanted[key] for key in _SCHEMA if key in wanted}
    found["response_format"] = {"type": "json_schema", "json_schema": schema}
    places["/response_format/json_schema"] = at
    return found, places


def flat_text(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a response repeats as `text`, from the chat form's body."""
    wanted = body.get("response_format") or {"type": "text"}
    flat = {"type": wanted["type"], **wanted.get("json_schema", {})}
    more = {"verbosity": body["verbosity"]} if "verbosity" in body else {}
    return {"format": flat, **more}
