"""Type checks of single fields; each raises a RequestError that names the JSON pointer."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NoReturn

from seawall.core.errors import RequestError
from seawall.core.spelling import nearest

Check = Callable[[Any, str], None]
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:\-]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,128}")
_SLIP = 0.85  # so alike are a letter more or less, but not top_k and top_p


def refuse(
    pointer: str, message: str, *, code: str = "invalid_request", hint: str = ""
) -> NoReturn:
    """Raise the 400 of a field; `message` completes the sentence that starts with its pointer."""
    raise RequestError(f"{pointer or '/'} {message}.", code=code, param=pointer, hint=hint)


def unsupported(pointer: str, hint: str) -> NoReturn:
    """Raise the 400 of something that Seawall knows and does not let through."""
    refuse(pointer, "is not supported by this gateway", code="unsupported_field", hint=hint)


def obj(value: Any, pointer: str) -> dict[str, Any]:
    """Return `value` when it is an object."""
    if not isinstance(value, dict):
        refuse(pointer, "must be an object")
    return value


def array(value: Any, pointer: str, *, low: int = 0, high: int = 2048) -> list[Any]:
    """Return `value` when it is an array of `low` to `high` items."""
    if not isinstance(value, list):
        refuse(pointer, "must be an array")
    if not low <= len(value) <= high:
        refuse(pointer, f"must have {low} to {high} items")
    return value


def string(value: Any, pointer: str, *, high: int | None = None) -> str:
    """Return `value` when it is a string of at most `high` characters."""
    if not isinstance(value, str):
        refuse(pointer, "must be a string")
    if high is not None and len(value) > high:
        refuse(pointer, f"must have at most {high} characters")
    return value


def filled(value: Any, pointer: str, *, high: int) -> str:
    """Return `value` when it is a string of 1 to `high` characters."""
    if not string(value, pointer, high=high):
        refuse(pointer, "must not be empty")
    return str(value)


def identifier(value: Any, pointer: str) -> str:
    """Return `value` when it is an opaque id: 1 to 128 of A-Z a-z 0-9 _ . : -."""
    if not is_identifier(value):
        refuse(pointer, "must be an id of letters, digits, '_', '.', ':' or '-'")
    return str(value)


def is_identifier(value: Any) -> bool:
    """Return whether `value` is an opaque id."""
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def name(value: Any, pointer: str) -> str:
    """Return `value` when it is a tool's or schema's name: 1 to 128 of A-Z a-z 0-9 _ . -."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        refuse(pointer, "must be a name of letters, digits, '_', '.' or '-'")
    return value


def known(value: dict[str, Any], pointer: str, allowed: Collection[str]) -> None:
    """Refuse the first key of `value` that is not in `allowed`; drop keys that are null."""
    for key in list(value):
        if key not in allowed:
            where = pointer + "/" + key[:80].replace("~", "~0").replace("/", "~1")
            close = nearest(key[:80], allowed, least=_SLIP)
            hint = f"Did you mean {close}? " if close else ""
            hint += "Seawall passes no field that it does not know."
            refuse(where, "is not a known field", code="unknown_field", hint=hint)
        if value[key] is None:
            del value[key]


def each(value: dict[str, Any], pointer: str, table: Mapping[str, Check]) -> None:
    """Check the fields of `value` that have a check in `table`, in their own order."""
    for key, field in value.items():
        if key in table:
            table[key](field, f"{pointer}/{key}")


def need(value: dict[str, Any], pointer: str, key: str) -> Any:
    """Return `value[key]`; refuse when it is absent."""
    if key not in value:
        refuse(f"{pointer}/{key}", "is required")
    return value[key]


def boolean(value: Any, pointer: str) -> None:
    """Check for true or false."""
    if not isinstance(value, bool):
        refuse(pointer, "must be true or false")


def integer(low: int, high: int) -> Check:
    """Return a check for a whole number from `low` to `high`."""

    def check(value: Any, pointer: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            refuse(pointer, f"must be a whole number from {low} to {high}")

    return check


def number(low: float, high: float) -> Check:
    """Return a check for a number from `low` to `high`."""

    def check(value: Any, pointer: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse(pointer, "must be a number")
        if not low <= value <= high:
            refuse(pointer, f"must be from {low} to {high}")

    return check


def one_of(*values: str) -> Check:
    """Return a check for one of the given strings."""

    def check(value: Any, pointer: str) -> None:
        if not isinstance(value, str) or value not in values:
            refuse(pointer, f"must be one of {', '.join(values)}")

    return check


def only(allowed: Any, hint: str) -> Check:
    """Return a check that refuses every other value, by name, with what to do instead."""

    def check(value: Any, pointer: str) -> None:
        if value != allowed or isinstance(value, bool) is not isinstance(allowed, bool):
            unsupported(pointer, hint)

    return check


def refused(hint: str) -> Check:
    """Return a check that always refuses, by name, with what to do instead."""

    def check(value: Any, pointer: str) -> None:
        unsupported(pointer, hint)

    return check
