"""Images made to cost: refused by what they declare, before a pixel is decoded."""

import struct
import time
import tracemalloc
import zlib

import pytest
from image_support import chunk, line, saved
from PIL import Image

from seawall import Guard
from seawall.core.errors import MissingPartError
from seawall.core.verdicts import Action, Outcome
from seawall.guard import ocr
from seawall.guard.image import frames, tesseract

PNG = b"\x89PNG\r\n\x1a\n"
SECONDS, BYTES = 2.0, 60_000_000


def png(width: int, height: int, body: bytes) -> bytes:
    """A grey PNG that declares any size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def gif(count: int) -> bytes:
    """A GIF that repeats its frame."""
    data = saved(Image.new("L", (4, 4)), "GIF")
    start = data.index(b",", 13)
    return data[:start] + data[start:-1] * count + data[-1:]


def jpeg_of_many_scans() -> bytes:
    data = saved(line(), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * 150 + data[-2:]


def tiff_of_many_folders(count: int) -> bytes:
    folders = b"".join(struct.pack("<HI", 0, 8 + 6 * (number + 1)) for number in range(count))
    return b"II*\0" + struct.pack("<I", 8) + folders


BOMBS = {
    "pixels": (png(60_000, 60_000, zlib.compress(b"\0" * 1_000_000)), "pixels"),
    "very wide": (png(2**31 - 1, 2, b""), "pixels"),
    "frames": (gif(5_000), "frames"),
    "scans": (jpeg_of_many_scans(), "scans"),
    "folders": (tiff_of_many_folders(100_000), "frames"),
    "pieces": (PNG + chunk(b"IHDR", bytes(13)) + chunk(b"aaAa", b"") * 100_000, "pieces"),
    "declared size beyond the file": (PNG + b"\xff\xff\xff\xffIHDR", "cut off"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><text>hello</text></svg>", "not an image"),
    "SVG with a head": (b"<?xml version='1.0'?><svg/>", "not an image"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(40), "not an image"),
    "no WebP": (b"RIFF\x04\0\0\0WAVE", "not an image"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_with_their_reason_at_little_cost(name: str) -> None:
    data, reason = BOMBS[name]
    tracemalloc.start()
    begun = time.process_time()
    try:
        with pytest.raises(ocr.UnreadableImageError, match=reason):
            ocr.read_image(data)
        assert time.process_time() - begun < SECONDS
        assert tracemalloc.get_traced_memory()[1] < BYTES
    finally:
        tracemalloc.stop()


def test_the_guard_answers_unknown_with_the_reason() -> None:
    check = Guard().check("", "document", image=BOMBS["frames"][0])
    assert check.outcome is Outcome.UNKNOWN
    assert check.action is Action.BLOCK
    assert check.unknown[0] == "reading: image: more than 16 frames"


def test_too_many_pixels_in_all_frames_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = Image.new("RGB", (100, 100), "white")
    data = saved(empty, "GIF", save_all=True, append_images=[Image.new("RGB", (100, 100))])
    assert ocr.read_image(data) == ""
    monkeypatch.setattr(frames, "MAX_PIXELS", 15_000)
    with pytest.raises(ocr.UnreadableImageError, match="pixels"):
        ocr.read_image(data)


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_BYTES", 100)
    with pytest.raises(ocr.UnreadableImageError, match="bytes"):
        ocr.read_image(saved(line()))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damage_anywhere_is_an_error_or_a_reading_never_a_crash(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tesseract, "read", lambda pages, seconds: [[] for _ in pages])
    image = Image.new("RGB", (16, 12), (90, 20, 10))
    data = saved(image, kind)
    step = max(1, len(data) // 150)
    for place in range(0, len(data), step):
        for wrong in (data[:place], data[:place] + b"\xff" + data[place + 1 :]):
            try:
                assert len(ocr.read_image(wrong)) < 1000
                ocr.strip(wrong)
            except (ocr.UnreadableImageError, MissingPartError):
                continue
