"""Places that the published types leave open: schemas, arguments, pictures, signatures."""

import base64
import io
from typing import Any

from leak_walk import MARK, Place

Body = dict[str, Any]


def png_with(text: str) -> bytes:
    """Return a picture that has `text` in its pixels, as a bar code; without text, a blank one."""
    import numpy
    import zxingcpp
    from PIL import Image

    picture = Image.new("L", (16, 16), 255)
    if text:
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
        picture = Image.fromarray(numpy.array(zxingcpp.write_barcode_to_image(code, scale=2)))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


PLAIN = base64.b64encode(png_with("")).decode()
SHOWN = base64.b64encode(png_with(MARK)).decode()
TEXT = base64.b64encode(f"It is {MARK}.".encode()).decode()


def text(path: str, value: Any, label: str | None = None) -> Place:
    """Return a place that the types leave open."""
    return Place(path, path.replace("/", ".") if label is None else label, "text", value)


def image(value: Any, label: str = " (picture)") -> Place:
    """Return a place for a picture that shows the marker."""
    return Place("", label, "image", value)


def schema(properties: bool = True) -> list[Place]:
    """Return the places of a JSON Schema."""
    base: Body = {"type": "object", "properties": {}}
    found = [
        text(f"/{key}", {**base, key: MARK})
        for key in ("description", "title", "$comment", "x-note")
    ]
    inner: list[tuple[str, Any, Any]] = [
        ("description", MARK, ""), ("title", MARK, ""), ("enum", [MARK], "/0"), ("const", MARK, ""),
        ("default", MARK, ""), ("examples", [MARK], "/0"), ("pattern", MARK, ""),
    ]  # fmt: skip
    found += [
        text(f"/properties/a/{key}{more}", {**base, "properties": {"a": {key: v}}},
             f".properties.*.{key}")
        for key, v, more in inner
    ]  # fmt: skip
    key = {**base, "properties": {MARK: {"type": "string"}}}
    found.append(Place(f"/properties/{MARK}", ".properties.*", "key", key))
    found.append(text("/$defs/a/description", {**base, "$defs": {"a": {"description": MARK}}}))
    return found


def arguments() -> list[Place]:
    """Return the places of a tool call's arguments, which are JSON in a string."""
    return [
        text("", MARK, " (not JSON)"),
        text("", f'{{"a": "{MARK}"}}', ".*"),
        text("", f'{{"{MARK}": 1}}', ".* (key)"),
        text("", '{"a": "' + "".join(f"\\u{ord(c):04x}" for c in MARK) + '"}', ".* (escaped)"),
    ]


def signature() -> list[Place]:
    """Return the places of `extra_content`, which Gemini adds to tool calls."""
    at, key = "/google/thought_signature", ".google.thought_signature"
    return [
        text(at, {"google": {"thought_signature": MARK}}, key),
        text(at, {"google": {"thought_signature": TEXT}}, f"{key} (base64)"),
        text(at, {"google": {"thought_signature": f"It is {MARK}."}}, f"{key} (no base64)"),
        text("/google/note", {"google": {"note": MARK}}, ".google.*"),
        text("/other", {"other": MARK}, ".*"),
    ]


SIGNED = {"extra_content": signature()}
