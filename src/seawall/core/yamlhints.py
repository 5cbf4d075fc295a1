"""What to write instead, read from a type's JSON Schema: for errors in YAML files."""

from typing import Any

import msgspec

from seawall.core.spelling import instead

_MISSING, _UNKNOWN = "missing required field `", "unknown field `"
_PLAIN = {"string": "...", "integer": 1, "number": 1.0, "boolean": True, "null": None}
_Keys = list[str | int]


def hint(message: str, kind: type[Any], keys: _Keys) -> str:
    """Return what helps with msgspec's `message` about the place `keys`; "" for most."""
    if message.startswith("Expected `str` matching regex"):
        nodes = _at(msgspec.json.schema(kind), keys)
        shown = next((node["examples"][0] for node in nodes if "examples" in node), None)
        return f"Write it like {_shown(shown)}" if shown else ""
    if message.startswith("Invalid enum value"):
        choices = _choices(kind, keys)
        return f"Choose one of {', '.join(choices)}." if choices else ""
    if _MISSING in message:
        field = message.partition(_MISSING)[2].rstrip("`")
        choices = _choices(kind, [*keys, field])
        others = f", or {', '.join(choices[1:])}" if choices[1:] else ""
        return f"Add it, for example {field}: {_shown(example(kind, [*keys, field]))}{others}"
    if _UNKNOWN in message:
        return _instead(message.partition(_UNKNOWN)[2].rstrip("`"), kind, keys)
    return ""


def _instead(field: str, kind: type[Any], keys: _Keys) -> str:
    """Return what may stand where an unknown field does."""
    schema = msgspec.json.schema(kind)
    nodes = _resolved(schema, _at(schema, keys))
    known = {name for node in nodes for name in node.get("properties", ())}
    return instead(field, known, "Here may stand")


def example(kind: type[Any], keys: _Keys) -> Any:
    """Return a small value for a place: the field's own example, or what its type needs."""
    schema = msgspec.json.schema(kind)
    return _made(schema, next(iter(_at(schema, keys)), {}))


def _made(schema: dict[str, Any], node: dict[str, Any]) -> Any:
    """Return a value that fits a node: its example, else its first choice, else a plain one."""
    if "examples" in node:
        return node["examples"][0]
    node = _resolved(schema, [node])[0]
    if "enum" in node or "const" in node:
        return node.get("const", node.get("enum", [None])[0])
    if node.get("type") == "array":
        return [_made(schema, node.get("items", {}))]
    if node.get("type") != "object":
        return _PLAIN.get(node.get("type", ""), "...")
    properties = node.get("properties", {})
    if not properties and isinstance(more := node.get("additionalProperties"), dict):
        return {"name": _made(schema, more)}
    return {name: _made(schema, properties[name]) for name in node.get("required", ())}


def _shown(value: Any) -> str:
    """Return a value in YAML's flow style, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(x)}" for key, x in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, str) and value[:1].isalpha() and not set(value) & set("{}[],#\n"):
        return value
    return msgspec.json.encode(value).decode()


def _choices(kind: type[Any], keys: _Keys) -> list[str]:
    """Return what a field of a closed list may be; empty where the type does not say."""
    schema = msgspec.json.schema(kind)
    found = (node.get("enum", ()) for node in _resolved(schema, _at(schema, keys)))
    return [str(value) for values in found for value in values]


def _at(schema: dict[str, Any], keys: _Keys) -> list[dict[str, Any]]:
    """Return the schemas of a place, references not followed; none where no type says it."""
    nodes = [schema]
    for key in keys:
        steps = [_step(node, key) for node in _resolved(schema, nodes)]
        nodes = [node for node in steps if isinstance(node, dict)]
    return nodes


def _resolved(schema: dict[str, Any], nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return schemas with references followed and alternatives side by side."""
    found, left = [], list(nodes)
    while left:
        node = left.pop(0)
        if "$ref" in node:
            left.insert(0, schema["$defs"][node["$ref"].rpartition("/")[2]])
        elif "anyOf" in node:
            left = [*node["anyOf"], *left]
        else:
            found.append(node)
    return found


def _step(node: dict[str, Any], key: str | int) -> Any:
    """Return the schema of what stands under a key or at a place in a list."""
    if isinstance(key, int):
        return node.get("items")
    return node.get("properties", {}).get(key, node.get("additionalProperties"))
