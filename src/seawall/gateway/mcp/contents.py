"""What a server sends back, as parts for the guard; and redactions put back."""

import base64
import binascii
from typing import Any

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.wire import pointer

_OPAQUE = frozenset({"audio", "blob"})


class UnreadableError(ValueError):
    """A piece of the answer that nobody can inspect."""


def parts_of(result: Any, stage: Stage, name: str) -> list[Part]:
    """Return every text and image of a result as a part. Raises UnreadableError.

    Audio and other binary data cannot be read, so they raise.
    """
    found: list[Part] = []
    _walk(result, "", stage, name, found)
    return found


def _walk(node: Any, at: str, stage: Stage, name: str, found: list[Part]) -> None:
    if isinstance(node, str):
        if node.strip():
            found.append(_part(at, stage, name, node))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            _walk(item, f"{at}/{index}", stage, name, found)
    elif isinstance(node, dict):
        if node.get("type") == "image" and isinstance(node.get("data"), str):
            found.append(_image(node, at, stage, name))
            return
        if node.get("type") in _OPAQUE or isinstance(node.get("blob"), str):
            raise UnreadableError("binary data that nobody can inspect")
        for key, item in node.items():
            if not _plain(key):
                found.append(_part(f"{pointer.KEY_PREFIX}{at}", stage, name, key))
            _walk(item, at + pointer.join(key), stage, name, found)


def _plain(key: str) -> bool:
    return key.isidentifier() and len(key) <= 40


def _part(at: str, stage: Stage, name: str, text: str) -> Part:
    role = Role.TOOL if stage is Stage.TOOL_RESULT else Role.DOCUMENT
    return Part(pointer=at, role=role, trust=Trust.UNTRUSTED, stage=stage, text=text, name=name)


def _image(node: dict[str, Any], at: str, stage: Stage, name: str) -> Part:
    try:
        data = base64.b64decode(node["data"], validate=True)
    except binascii.Error as error:
        raise UnreadableError("an image that is not base64") from error
    return Part(
        pointer=f"{pointer.KEY_PREFIX}{at}", role=Role.DOCUMENT, trust=Trust.UNTRUSTED, stage=stage,
        image=data, media_type=str(node.get("mimeType", "")), name=name,
    )  # fmt: skip
