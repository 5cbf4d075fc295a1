"""What an uploaded file is: a text, a picture, or something nobody here can read."""

import re

from seawall.core.errors import RequestError
from seawall.wire import images, strict_json

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
    (b"\x1f\x8b", "application/gzip"),
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PIECE = 16_000


def kind_of(data: bytes) -> str:
    """Return the media type by content: `text/plain` for all text, `image/...`, or another."""
    if (picture := images.sniffed(data)) is not None:
        return picture
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    return "text/plain" if text_of(data) is not None else "application/octet-stream"


def text_of(data: bytes) -> str | None:
    """Return a file's text (UTF-8, or UTF-16 with its mark); None for what is no text."""
    encoding = "utf-8"
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def plain_text(text: str) -> str:
    """Return JSON and lines of JSON with every character as itself, any other text as it is.

    Escapes would let the guard and the provider's reader see two different texts.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return strict_json.dumps(_json(text)).decode()
    except RequestError:
        pass
    try:
        lines = [line for line in text.split("\n") if line.strip()]
        return "".join(strict_json.dumps(_json(line)).decode() + "\n" for line in lines)
    except RequestError:
        return text


def _json(text: str) -> object:
    data = text.encode("utf-8", "surrogatepass")
    return strict_json.loads(data, max_bytes=len(data) + 1)


def pieces(text: str) -> list[str]:
    """Return a text in pieces of at most 16,000 characters, cut behind lines or words if it can."""
    found, start = [], 0
    while len(text) - start > _PIECE:
        cut = (
            max(text.rfind("\n", start + _PIECE // 2, start + _PIECE), -1) + 1
            or text.rfind(" ", start + _PIECE // 2, start + _PIECE) + 1
        )
        cut = cut or start + _PIECE
        found.append(text[start:cut])
        start = cut
    return [*found, text[start:]]
