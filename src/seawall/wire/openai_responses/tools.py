"""Tools, tool choice and text format of a Responses request in the chat form's shape."""

from typing import Any

from seawall.wire import checks
from seawall.wire.hosted import definitions, kinds

_HINT = "Its calls and what it fetches would not pass the guard; offer a function tool."
HOSTED = {
    "apply_patch": _HINT,
    "computer": _HINT,
    "computer_use_preview": _HINT,
    "custom": "Free-text tools have no schema; offer a function tool.",
    "local_shell": _HINT,
    "namespace": "Offer each function tool by itself.",
    "programmatic_tool_calling": _HINT,
    "shell": _HINT,
    "tool_search": _HINT,
}
"""Kinds of tools that no policy can allow, with what to do instead."""

_FUNCTION = ("name", "description", "parameters", "strict")
_PLAIN: dict[str, checks.Check] = {
    "allowed_callers": checks.only(["direct"], "Only the model itself may call tools."),
    "async": checks.only(False, "Leave it out: calls are answered in turn."),
    "defer_loading": checks.only(False, "Every tool must be in the request."),
    "output_schema": checks.refused("A chat has no place for it; say it in the description."),
}
"""Checked, and not sent on."""


class Offered:
    """The tools of a request: functions in the chat form's shape, and the provider's own.

    `places` maps their fields to those of the request.
    """

    def __init__(self, rules: kinds.Rules, ids: definitions.Ids) -> None:
        self._rules, self._ids = rules, ids
        self.functions: list[dict[str, Any]] = []
        self.hosted: list[dict[str, Any]] = []
        self.places: dict[str, str] = {}

    def read(self, value: Any) -> None:
        """Take a request's `tools`. Raises RequestError."""
        for index, item in enumerate(checks.array(value, "/tools", high=256)):
            at = f"/tools/{index}"
            if self.kind_of(item, at) == "function":
                self._function(item, at)
                continue
            allowed = self._rules[kinds.TYPES[item["type"]]]
            definitions.read(item, at, allowed, self._ids)
            self._once(item, at)
            self.places[f"/hosted_tools/{len(self.hosted)}"] = at
            self.hosted.append(item)

    def kind_of(self, value: Any, at: str) -> str:
        """Return a tool's `type` when it is one that may be used here. Raises RequestError."""
        kind = checks.need(checks.obj(value, at), at, "type")
        if isinstance(kind, str) and kind in HOSTED:
            checks.unsupported(at, f"{kind}: {HOSTED[kind]}")
        if isinstance(kind, str) and kind in kinds.TYPES:
            kinds.require(kinds.TYPES[kind], self._rules, at)
            return kind
        checks.one_of("function")(kind, f"{at}/type")
        return "function"

    def _function(self, item: dict[str, Any], at: str) -> None:
        checks.known(item, at, ("type", *_FUNCTION, *_PLAIN))
        checks.each(item, at, _PLAIN)
        function = {key: item[key] for key in _FUNCTION if key in item}
        inside = f"/tools/{len(self.functions)}"
        self.places[inside] = self.places[f"{inside}/function"] = at
        self.functions.append({"type": "function", "function": function})

    def _once(self, item: dict[str, Any], at: str) -> None:
        """Refuse a second tool of one kind, or a second server of one label."""
        if any(_same(item, other) for other in self.hosted):
            checks.refuse(at, "is offered twice")

    def choose(self, value: Any) -> Any:
        """Return a `tool_choice` that is or holds a provider's own tool. Raises RequestError."""
        at = "/tool_choice"
        if isinstance(value, str) or value.get("type") != "allowed_tools":
            return value if isinstance(value, str) else self._meant(value, at)
        checks.known(value, at, ("type", "mode", "tools"))
        checks.one_of("auto", "required")(checks.need(value, at, "mode"), f"{at}/mode")
        listed = checks.array(checks.need(value, at, "tools"), f"{at}/tools")
        meant = [self._meant(item, f"{at}/tools/{index}") for index, item in enumerate(listed)]
        return {"type": "allowed_tools", "mode": value["mode"], "tools": meant}

    def _meant(self, value: Any, at: str) -> dict[str, Any]:
        """Return one tool that a choice names, if the request offers it."""
        kind = self.kind_of(value, at)
        known = {"function": ("type", "name"), "mcp": ("type", "server_label", "name")}
        checks.known(value, at, known.get(kind, ("type",)))
        if kind == "function":
            name = checks.need(value, at, "name")
            fits = any(one["function"].get("name") == name for one in self.functions)
        else:
            checks.name(value.get("name", "any"), f"{at}/name")
            fits = any(_same(value, other) for other in self.hosted)
        if not fits:
            checks.refuse(at, "names no tool of this request")
        return dict(value)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    kind = kinds.TYPES[one["type"]]
    labels = one.get("server_label"), other.get("server_label")
    return kind == kinds.TYPES[other["type"]] and labels[0] == labels[1]


def names_hosted(value: Any) -> bool:
    """Say whether a `tool_choice` names a provider's own tool."""
    if not isinstance(value, dict):
        return False
    listed = value.get("tools")
    found = [value, *(listed if isinstance(listed, list) else ())]
    kinds_of = [one.get("type") for one in found if isinstance(one, dict)]
    return any(isinstance(kind, str) and kind in kinds.TYPES | HOSTED for kind in kinds_of)


def flat_tools(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tools of the form inside as a response repeats them."""
    empty: dict[str, Any] = {"parameters": None, "strict": None}
    functions = [
        {"type": "function", **empty, **item["function"]} for item in body.get("tools", [])
    ]
    hosted: list[dict[str, Any]] = body.get("hosted_tools", [])
    return functions + hosted


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
    checks.one_of("function")(checks.need(checks.obj(value, at), at, "type"), f"{at}/type")
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
