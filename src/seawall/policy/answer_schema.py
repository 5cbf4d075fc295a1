"""Does an answer fit a JSON Schema? Schemas are compiled once; nothing is fetched."""

from functools import lru_cache
from typing import Any

import msgspec

from seawall.core.errors import InputError, RequestError
from seawall.wire import pointer, strict_json

Schema = dict[str, Any]
# What a map's keys are called is the answer's own text; only names of the schema are told.
_UNNAMED = "*"
_MOST_BYTES = 16 * 1024 * 1024


def check(schema: Schema) -> None:
    """Raise InputError for a schema that nothing could be checked with."""
    _compiled(msgspec.json.encode(schema))


def problem(text: str, schema: Schema) -> str:
    """Return why `text` is no JSON of this schema, or "": keyword and JSON pointer, never a value.

    Raises InputError for a schema that cannot be used.
    """
    validator, names = _compiled(msgspec.json.encode(schema))
    try:
        body = text.strip().encode("utf-8", "surrogatepass")
        value = strict_json.loads(body, max_bytes=_MOST_BYTES)
    except RequestError as error:
        return f"not JSON ({error.code})"
    broken = next(iter(validator.iter_errors(value)), None)
    if broken is None:
        return ""
    path = [_told(token, names) for token in broken.instance_path]
    keyword = next((str(k) for k in reversed(broken.schema_path) if isinstance(k, str)), "schema")
    return f"{keyword} at {pointer.join(*path) or 'the root'}"


def _told(token: str | int, names: frozenset[str]) -> str | int:
    return token if isinstance(token, int) or token in names else _UNNAMED


def _refuse_retrieval(uri: str) -> Any:
    raise ValueError(f"schemas are not fetched: {uri}")


@lru_cache(maxsize=256)
def _compiled(encoded: bytes) -> tuple[Any, frozenset[str]]:
    import jsonschema_rs  # 4 MB, which answers without a schema do not need

    schema = msgspec.json.decode(encoded)
    try:
        validator = jsonschema_rs.validator_for(
            schema, retriever=_refuse_retrieval, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (ValueError, jsonschema_rs.ReferencingError):
        raise InputError(
            "The schema for answers is not a JSON Schema that can be used.",
            hint="References may only point inside it (#/...); patterns have no look-around.",
        ) from None
    return validator, frozenset(_names(schema))


def _names(schema: Any) -> set[str]:
    """Return the property names that a schema declares."""
    names: set[str] = set()
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            declared = node.get("properties")
            names.update(declared if isinstance(declared, dict) else ())
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return names
