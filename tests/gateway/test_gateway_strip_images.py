"""Images reach the provider without their metadata; other requests stay byte for byte."""

import base64
import io
from typing import Any

import msgspec
import pytest
from PIL import Image

from seawall.core.exchange import Exchange
from seawall.gateway.steps.strip_images import strip_images
from seawall.guard.ocr import strip
from seawall.wire import openai_chat

pytestmark = pytest.mark.once

NOTE = b"taken by mallory at 52.5N 13.4E"


def png(**options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), (1, 2, 3)).save(out, "PNG", **options)
    return out.getvalue()


def request(*images: bytes) -> bytes:
    parts: list[dict[str, Any]] = [{"type": "text", "text": "What is this?"}]
    for image in images:
        url = "data:image/png;base64," + base64.b64encode(image).decode()
        parts.append({"type": "image_url", "image_url": {"url": url, "detail": "low"}})
    return msgspec.json.encode(
        {"model": "m", "messages": [{"role": "user", "content": parts}], "temperature": 0.5}
    )


def parsed(raw: bytes) -> Exchange:
    return openai_chat.parse_request(raw, request_id="r")


def test_metadata_is_gone_and_nothing_else_has_changed() -> None:
    held = Image.Exif()
    held[0x010E] = NOTE.decode()
    exchange = parsed(request(png(exif=held.tobytes()), png()))
    strip_images(exchange)
    assert msgspec.json.encode(exchange.body) == request(png(), png())
    assert all(part.image in (None, png()) for part in exchange.parts)


def test_what_cannot_be_taken_apart_stays_as_the_policy_left_it() -> None:
    damaged = png()[:40] + bytes(30)
    exchange = parsed(request(damaged))
    strip_images(exchange)
    assert msgspec.json.encode(exchange.body) == request(damaged)


def test_the_picture_is_the_same() -> None:
    with Image.open(io.BytesIO(strip(png(exif=b"MM\0*\0\0\0\x08\0\0\0\0\0\0")))) as image:
        assert image.getpixel((0, 0)) == (1, 2, 3)
