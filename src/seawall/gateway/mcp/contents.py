"""What goes over the wire besides calls, as parts for the guard."""

import base64
import binascii
import re
from typing import Any

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.wire import pointer

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}\s*")
_ROLES = {Stage.TOOL_RESULT: Role.TOOL, Stage.TOOL_CALL: Role.TOOL_CALL}


class UnreadableError(ValueError):
    """A piece of the answer that nobody can inspect."""


def parts_of(result: Any, stage: Stage, name: str, *, binary: bool = False) -> list[Part]:
    """Return every text and image of a result as a part. Raises UnreadableError.

    Audio and other binary data cannot be read, so they raise; with `binary`, only they go unread.
    """
    found: list[Part] = []
    _Walk(stage, name, found, binary=binary).node(result, "")
    return found


class _Walk:
    """Collects the parts of one message."""

    def __init__(self, stage: Stage, name: str, found: list[Part], *, binary: bool) -> None:
        self._stage = stage
        self._name = name
        self._found = found
        self._binary = binary

    def node(self, node: Any, at: str) -> None:
        if isinstance(node, str):
            self._add(at, node)
        elif isinstance(node, list):
            for index, item in enumerate(node):
                self.node(item, f"{at}/{index}")
        elif isinstance(node, dict):
            self._object(node, at)

    def _object(self, node: dict[str, Any], at: str) -> None:
        opaque = _opaque(node)
        if opaque:
            if not self._binary:
                raise UnreadableError("binary data that nobody can inspect")
            self._add(f"{pointer.KEY_PREFIX}{at}", _as_text(node[opaque]))
        if node.get("type") == "image" and isinstance(node.get("data"), str):
            self._found.append(_image(node, at, self._stage, self._name))
            opaque = "data"
        for key, item in node.items():
            if not _plain(key):
                self._add(f"{pointer.KEY_PREFIX}{at}", key)
            if key != opaque:
                self.node(item, at + pointer.join(key))

    def _add(self, at: str, text: str) -> None:
        if not text.strip():
            return
        role = _ROLES.get(self._stage, Role.DOCUMENT)
        trust = Trust.MODEL if role is Role.TOOL_CALL else Trust.UNTRUSTED
        self._found.append(
            Part(pointer=at, role=role, trust=trust, stage=self._stage, text=text, name=self._name)
        )


def _opaque(node: dict[str, Any]) -> str:
    """Return the key of binary data that an object holds, "" for none. What is text is read."""
    key = "data" if node.get("type") in ("audio", "blob") else "blob"
    value = node.get(key)
    return key if isinstance(value, str) and _BASE64.fullmatch(value) else ""


def _as_text(data: str) -> str:
    """Return binary data as the text that it is, "" where it is none."""
    try:
        return base64.b64decode(data).decode()
    except ValueError:
        return ""


def _plain(key: str) -> bool:
    """Say whether a key is a name that can carry neither a secret nor a sentence."""
    short = len(key) < 12 or not any(map(str.isdigit, key))
    return key.isidentifier() and len(key) <= 24 and short


def _image(node: dict[str, Any], at: str, stage: Stage, name: str) -> Part:
    try:
        data = base64.b64decode(node["data"], validate=True)
    except binascii.Error as error:
        raise UnreadableError("an image that is not base64") from error
    return Part(
        pointer=f"{pointer.KEY_PREFIX}{at}", role=Role.DOCUMENT, trust=Trust.UNTRUSTED, stage=stage,
        image=data, media_type=str(node.get("mimeType", "")), name=name,
    )  # fmt: skip
