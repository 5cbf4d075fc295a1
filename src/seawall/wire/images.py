"""Images in a request: data URLs only, because nobody can guard what a provider would fetch."""

import base64
import binascii
from typing import Any

from seawall.wire import checks

_MAGIC: dict[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}


TYPES = tuple(_MAGIC)
"""The media types that pass."""


_JPG = "data:image/jpg;"


def named(url: str) -> str:
    """Return an image's URL with the media type that providers know; many write image/jpg."""
    return f"data:image/jpeg;{url[len(_JPG) :]}" if url[: len(_JPG)].lower() == _JPG else url


def decode(url: str, pointer: str) -> tuple[bytes, str]:
    """Return (bytes, media type) of a base64 data URL.

    Raises RequestError for other URLs, other media types, and bytes that are not of that type.
    """
    head, comma, data = named(url).partition(",")
    if not head.lower().startswith("data:"):
        checks.unsupported(pointer, "Send the image as a data: URL; remote images cannot be seen.")
    media_type, _, encoding = head[5:].lower().partition(";")
    if not comma or encoding != "base64":
        checks.refuse(pointer, "must be data:<type>;base64,<data>")
    if media_type not in _MAGIC:
        checks.refuse(pointer, f"must be one of {', '.join(TYPES)}")
    try:
        image = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        checks.refuse(pointer, "is not valid base64")
    if not image.startswith(_MAGIC[media_type]):
        found = sniffed(image)
        hint = f"It holds {found}: say so." if found else ""
        checks.refuse(pointer, f"does not hold {media_type} data", hint=hint)
    return image, media_type


def sniffed(data: bytes) -> str | None:
    """Return the media type of a picture by its first bytes; None for any other file."""
    for media_type, starts in _MAGIC.items():
        if data.startswith(starts):
            return media_type if media_type != "image/webp" or data[8:12] == b"WEBP" else None
    return None


def decode_bare(value: Any, pointer: str) -> bytes:
    """Return the bytes of a base64 data URL or of base64 alone. Raises RequestError."""
    text = checks.string(value, pointer)
    if text[:5].lower() == "data:":
        return decode(text, pointer)[0]
    try:
        image = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        checks.refuse(pointer, "is not valid base64")
    return image or checks.refuse(pointer, "holds no image")
