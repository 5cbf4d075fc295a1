"""RFC 6901 JSON pointers: read, replace, and put edited text back."""

from collections.abc import Mapping
from typing import Any

from seawall.core.errors import InputError

KEY_PREFIX = "key:"
"""Starts the pointer of a part that is an object's key (or several strings): not editable."""

Edits = Mapping[tuple[str, tuple[int, int] | None], str]


def join(*tokens: str | int) -> str:
    """Return the pointer of `tokens` ("" without tokens)."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def split(pointer: str) -> list[str]:
    """Return the tokens of a pointer. Raises InputError."""
    if pointer and not pointer.startswith("/"):
        raise InputError(f"Not a JSON pointer: {pointer[:80]!r}.")
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def editable(pointer: str) -> bool:
    """Return whether a part with this pointer can be replaced."""
    return pointer.startswith("/")


def _step(node: Any, token: str, pointer: str) -> Any:
    try:
        if isinstance(node, list) and token.isascii() and token.isdigit():
            return node[int(token)]
        if isinstance(node, dict):
            return node[token]
    except (KeyError, IndexError):
        pass
    raise InputError(f"Nothing stands at {pointer}.")


def get(document: Any, pointer: str) -> Any:
    """Return the value at `pointer`. Raises InputError when there is none."""
    node = document
    for token in split(pointer):
        node = _step(node, token, pointer)
    return node


def replace(document: Any, pointer: str, value: Any) -> None:
    """Replace the value at `pointer` in place. Raises InputError when there is none."""
    *path, last = split(pointer) or [""]
    parent = document
    for token in path:
        parent = _step(parent, token, pointer)
    _step(parent, last, pointer)
    if isinstance(parent, list):
        parent[int(last)] = value
    else:
        parent[last] = value


def splice(text: str, edits: list[tuple[tuple[int, int], str]]) -> str:
    """Replace character ranges of `text`; ranges must not overlap. Raises InputError."""
    following = len(text)
    for (start, end), new in sorted(edits, reverse=True):
        if not 0 <= start <= end <= following:
            raise InputError("Edits of one string overlap or leave it.")
        text = text[:start] + new + text[end:]
        following = start
    return text


def apply(document: Any, edits: Edits) -> None:
    """Put edited texts back in place.

    Keys are (pointer, span); span None replaces the whole string, otherwise a character range of
    the original string. Raises InputError for a pointer that is not a string, or overlapping edits.
    """
    ranges: dict[str, list[tuple[tuple[int, int], str]]] = {}
    for (pointer, span), new in edits.items():
        old = get(document, pointer)
        if not isinstance(old, str):
            raise InputError(f"Only text can be edited, not {pointer}.")
        ranges.setdefault(pointer, []).append((span or (0, len(old)), new))
    for pointer, pieces in ranges.items():
        replace(document, pointer, splice(get(document, pointer), pieces))
