"""Multipart forms as the official clients write them, from a value with files in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class File:
    """One file of a form."""

    data: bytes
    name: str = "a.png"
    kind: str = "image/png"


def flat(value: Any) -> Iterator[Any]:
    """Yield every leaf of a value."""
    items = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for item in items:
            yield from flat(item)
    else:
        yield value


def _pairs(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pairs(item, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(item, f"{name}[]")
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else value


def multipart(value: dict[str, Any]) -> tuple[bytes, str]:
    """Return (body, content type)."""
    mark, out = b"leak-boundary-7d2", b""
    for name, item in _pairs(value, ""):
        head = f'form-data; name="{name}"'
        kind = ""
        if isinstance(item, File):
            head += f'; filename="{item.name}"'
            kind = f"\r\nContent-Type: {item.kind}"
        data = item.data if isinstance(item, File) else str(item).encode()
        out += b"--" + mark + f"\r\nContent-Disposition: {head}{kind}\r\n\r\n".encode()
        out += data + b"\r\n"
    return out + b"--" + mark + b"--\r\n", f"multipart/form-data; boundary={mark.decode()}"
