"""Tool definitions and response formats: every string a model would read becomes a part."""

from collections.abc import Iterator
from typing import Any

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.wire import checks, pointer

_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_MAX_STRINGS = 20_000
# A shorter number is no card, account or phone that a rule could find.
_LONG_NUMBER = 10**6


def _part(where: str, text: str, name: str) -> Part:
    return Part(
        pointer=where,
        role=Role.TOOL_DEFINITION,
        trust=Trust.OPERATOR,
        stage=Stage.TOOL_DEFINITION,
        text=text,
        name=name,
    )


def _strings(schema: Any, where: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (pointer, text, editable) of keys, strings, long numbers; descriptions are editable."""
    stack: list[tuple[Any, str, str]] = [(schema, where, "")]
    while stack:
        node, at, key = stack.pop()
        if isinstance(node, str):
            if key == "type" and node in _TYPES:
                continue
            yield at, node, key == "description"
        elif isinstance(node, int | float) and abs(node) >= _LONG_NUMBER:
            yield at, str(node), False
        elif isinstance(node, dict):
            for name, item in node.items():
                if name not in _KEYWORDS:
                    yield at, name, False
                stack.append((item, at + pointer.join(name), name))
        elif isinstance(node, list):
            stack.extend((item, f"{at}/{index}", key) for index, item in enumerate(node))


_KEYWORDS = frozenset(
    {
        "$defs", "$ref", "additionalProperties", "allOf", "anyOf", "const", "default",
        "definitions", "description", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum",
        "format", "items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems",
        "minLength", "minProperties", "minimum", "multipleOf", "not", "nullable", "oneOf",
        "pattern", "patternProperties", "prefixItems", "properties", "required", "strict",
        "title", "type", "uniqueItems"
    }
)  # fmt: skip


def schema_parts(schema: Any, where: str, name: str) -> list[Part]:
    """Return the parts of a JSON Schema: one per description, one for all other strings.

    The second has a pointer that is not editable. Remote references are refused: nobody here
    could know what they would bring in.
    """
    checks.obj(schema, where)
    parts: list[Part] = []
    rest: list[str] = []
    for count, (at, text, editable) in enumerate(_strings(schema, where)):
        if count > _MAX_STRINGS:
            checks.refuse(where, f"has more than {_MAX_STRINGS} strings")
        if at.endswith(("/$ref", "/$dynamicRef", "/$recursiveRef")) and not text.startswith("#"):
            checks.unsupported(at, "Only references inside the schema (#/...) are followed.")
        if editable:
            parts.append(_part(at, text, name))
        else:
            rest.append(text)
    if rest:
        parts.append(_part(pointer.KEY_PREFIX + where, "\n".join(rest), name))
    return parts


def _function(value: Any, where: str) -> tuple[dict[str, Any], list[Part]]:
    function = checks.obj(value, where)
    checks.known(function, where, ("name", "description", "parameters", "strict"))
    name = checks.name(checks.need(function, where, "name"), f"{where}/name")
    parts = [_part(pointer.KEY_PREFIX + f"{where}/name", name, name)]
    if "description" in function:
        text = checks.string(function["description"], f"{where}/description")
        parts.append(_part(f"{where}/description", text, name))
    if "strict" in function:
        checks.boolean(function["strict"], f"{where}/strict")
    if "parameters" in function:
        parts += schema_parts(function["parameters"], f"{where}/parameters", name)
    return function, parts


def parse_tools(value: Any, where: str = "/tools") -> tuple[dict[str, dict[str, Any]], list[Part]]:
    """Return the offered tools by name (their function objects) and their parts.

    Raises RequestError for anything but function tools with unique names.
    """
    tools: dict[str, dict[str, Any]] = {}
    parts: list[Part] = []
    for index, item in enumerate(checks.array(value, where, high=256)):
        at = f"{where}/{index}"
        kind = checks.need(checks.obj(item, at), at, "type")
        if kind == "custom":
            checks.unsupported(at, "Free-text tools have no schema; offer a function tool.")
        checks.one_of("function")(kind, f"{at}/type")
        checks.known(item, at, ("type", "function"))
        function, found = _function(checks.need(item, at, "function"), f"{at}/function")
        if function["name"] in tools:
            checks.refuse(f"{at}/function/name", "is offered twice")
        tools[function["name"]] = function
        parts += found
    return tools, parts


def _named(value: Any, where: str, tools: dict[str, dict[str, Any]]) -> None:
    checks.known(checks.obj(value, where), where, ("type", "function"))
    checks.one_of("function")(checks.need(value, where, "type"), f"{where}/type")
    function = checks.obj(checks.need(value, where, "function"), f"{where}/function")
    checks.known(function, f"{where}/function", ("name",))
    name = checks.need(function, f"{where}/function", "name")
    if not isinstance(name, str) or name not in tools:
        checks.refuse(f"{where}/function/name", "names no tool of this request")


def check_tool_choice(value: Any, where: str, tools: dict[str, dict[str, Any]]) -> None:
    """Check `tool_choice`: a mode, one offered function, or a list of offered functions."""
    if isinstance(value, str):
        checks.one_of("none", "auto", "required")(value, where)
        return
    if checks.obj(value, where).get("type") != "allowed_tools":
        _named(value, where, tools)
        return
    checks.known(value, where, ("type", "allowed_tools"))
    at = f"{where}/allowed_tools"
    allowed = checks.obj(checks.need(value, where, "allowed_tools"), at)
    checks.known(allowed, at, ("mode", "tools"))
    checks.one_of("auto", "required")(checks.need(allowed, at, "mode"), f"{at}/mode")
    for index, item in enumerate(checks.array(checks.need(allowed, at, "tools"), f"{at}/tools")):
        _named(item, f"{at}/tools/{index}", tools)


def answer_schema(value: Any) -> dict[str, Any] | None:
    """Return the JSON Schema that a checked `response_format` wants answers to fit, if any."""
    kind = value["type"]
    if kind == "json_schema":
        schema = value["json_schema"].get("schema", {})
        return schema if isinstance(schema, dict) else {}
    return {"type": "object"} if kind == "json_object" else None


def parse_response_format(value: Any, where: str = "/response_format") -> list[Part]:
    """Return the parts of `response_format` (a schema's strings; the plain modes have none)."""
    kind = checks.need(checks.obj(value, where), where, "type")
    checks.one_of("text", "json_object", "json_schema")(kind, f"{where}/type")
    if kind != "json_schema":
        checks.known(value, where, ("type",))
        return []
    checks.known(value, where, ("type", "json_schema"))
    at = f"{where}/json_schema"
    schema = checks.obj(checks.need(value, where, "json_schema"), at)
    checks.known(schema, at, ("name", "description", "schema", "strict"))
    name = checks.name(checks.need(schema, at, "name"), f"{at}/name")
    parts = [_part(pointer.KEY_PREFIX + f"{at}/name", name, "response_format")]
    if "strict" in schema:
        checks.boolean(schema["strict"], f"{at}/strict")
    if "description" in schema:
        text = checks.string(schema["description"], f"{at}/description")
        parts.append(_part(f"{at}/description", text, "response_format"))
    if "schema" in schema:
        parts += schema_parts(schema["schema"], f"{at}/schema", "response_format")
    return parts
