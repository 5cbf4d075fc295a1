"""The OpenAPI 3.1 document of the admin API, made from the operations and their types."""

import functools
from typing import Any

import msgspec

from seawall import __version__
from seawall.gateway.admin.operations import OPERATIONS, Operation

_JSON = "application/json"
_ERRORS = {
    "400": "The request is not valid.",
    "401": "No key, or none that is good.",
    "403": "The key's roles do not allow this.",
    "404": "There is no such thing.",
    "409": "It is not here, but with another gateway.",
    "413": "The body is too long.",
    "503": "A part is missing, or the audit record could not be written.",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True, rename={"kind": "type"}):
    """What went wrong; `code` is stable."""

    message: str
    kind: str
    param: str | None
    code: str
    seawall: dict[str, Any]


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """An error's body."""

    error: Problem


@functools.cache
def document() -> dict[str, Any]:
    """Return the document; equal for every gateway of a version."""
    types = [op.answer for op in OPERATIONS] + [op.body for op in OPERATIONS if op.body] + [Error]
    unique = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(
        unique, ref_template="#/components/schemas/{name}"
    )
    refs = dict(zip(unique, schemas, strict=True))
    places: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        method = operation.method.lower()
        places.setdefault(operation.path, {})[method] = _described(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Seawall admin API", "version": __version__},
        "security": [{"key": []}],
        "paths": places,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(operation: Operation, refs: dict[Any, Any]) -> dict[str, Any]:
    summary = (operation.run.__doc__ or "").partition(" Raises")[0].strip()
    value: dict[str, Any] = {
        "operationId": operation.name,
        "summary": summary,
        "description": f"Permission: `{operation.permission}`.",
        "responses": {
            str(operation.status): {
                "description": "Done.",
                "content": {_JSON: {"schema": refs[operation.answer]}},
            },
            **{
                status: {"description": text, "content": {_JSON: {"schema": refs[Error]}}}
                for status, text in _ERRORS.items()
            },
        },
    }
    if operation.parameter:
        value["parameters"] = [
            {"name": operation.parameter, "in": "path", "required": True,
             "schema": {"type": "string", "minLength": 1, "maxLength": 200}}
        ]  # fmt: skip
    if operation.body is not None:
        value["requestBody"] = {
            "required": True, "content": {_JSON: {"schema": refs[operation.body]}}
        }  # fmt: skip
    return value
