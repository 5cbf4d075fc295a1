"""Text in images: whatever the colours, size and angle, it is read; the rest is refused."""

import re

import numpy as np
import pytest
from image_support import (
    BLACK,
    TEXT,
    WHITE,
    line,
    page,
    saved,
    with_faint_line,
    with_line_upside_down,
)
from PIL import Image, ImageDraw, ImageFont, ImageOps

from seawall.core.errors import MissingPartError
from seawall.guard import ocr
from seawall.guard.image import words


def letters(text: str) -> str:
    return re.sub(r"\W", "", text.lower())


def in_channel(channel: int, step: int) -> Image.Image:
    """The sentence in one colour channel only."""
    drawn = np.asarray(line().convert("L")) < 128
    colours = np.full((*drawn.shape, 3), 255, dtype=np.uint8)
    colours[drawn, channel] = 255 - step
    return Image.fromarray(colours)


def on_photograph() -> Image.Image:
    """White letters on soft colours with noise, as on an advertisement."""
    random = np.random.default_rng(5)
    soft = random.integers(30, 200, (6, 9, 3), dtype=np.uint8)
    image = Image.fromarray(soft).resize((1200, 700), Image.Resampling.BICUBIC)
    noisy = np.asarray(image) + random.normal(0, 4, (700, 1200, 3))
    image = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(image).text((80, 500), TEXT, fill="white", font=ImageFont.load_default(36))
    return image


PICTURES = {
    "plain": line(),
    "inverse": line(BLACK, WHITE),
    "low contrast": line((250, 250, 250), (225, 225, 225)),
    "hardly visible": line(WHITE, (251, 251, 251)),
    "red on green": line((200, 30, 30), (30, 160, 30)),
    "equally bright": line((200, 60, 60), (60, 131, 60)),
    "blue channel": in_channel(2, 20),
    "left": line(angle=3.0),
    "right": line(angle=-4.0),
    "steep": line(angle=28.0),
    "quarter": line(angle=90.0),
    "on its head": line(angle=180.0),
    "three quarters": line(angle=270.0),
    "in a mirror": ImageOps.mirror(line()),
    "mirrored in water": ImageOps.flip(line()),
    "in a mirror, upwards": ImageOps.mirror(line(angle=90.0)),
    "in a mirror, downwards": ImageOps.mirror(line(angle=270.0)),
    "in a mirror, inverse and tilted": ImageOps.mirror(line(BLACK, WHITE, angle=4.0)),
    "small": line(size=16),
    "tiny": line(size=10),
    "faint below a letter": with_faint_line(6, 440),
    "faint between lines": with_faint_line(12, 92, 18),
    "upside down below a letter": with_line_upside_down(),
    "on a photograph": on_photograph(),
}


@pytest.mark.parametrize("name", PICTURES)
def test_text_is_read(name: str) -> None:
    assert letters(TEXT) in letters(ocr.read_image(saved(PICTURES[name])))


def test_a_turned_photograph_of_a_page_is_read() -> None:
    image = page().rotate(93, Image.Resampling.BICUBIC, expand=True, fillcolor=(235, 230, 220))
    assert "thankyouforyourorder" in letters(ocr.read_image(saved(image, "JPEG", quality=80)))


@pytest.mark.parametrize("ink", ["white", "black"])
def test_letters_on_transparent_ground_are_read(ink: str) -> None:
    image = Image.new("RGBA", (900, 120), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((20, 40), TEXT, fill=ink, font=ImageFont.load_default(28))
    assert letters(TEXT) in letters(ocr.read_image(saved(image)))


def test_letters_under_full_transparency_are_read() -> None:
    image = line().convert("RGBA")
    image.putalpha(0)
    assert letters(TEXT) in letters(ocr.read_image(saved(image)))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG"])
def test_every_frame_is_read(kind: str) -> None:
    empty = Image.new("RGB", line().size, "white")
    data = saved(empty, kind, save_all=True, append_images=[empty, line()])
    assert letters(TEXT) in letters(ocr.read_image(data))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_is_read(kind: str) -> None:
    assert letters(TEXT) in letters(ocr.read_image(saved(line(), kind)))


def test_sixteen_bits_of_grey_are_read() -> None:
    grey = np.where(np.asarray(line().convert("L")) < 128, 20_000, 21_000).astype(np.uint16)
    assert letters(TEXT) in letters(ocr.read_image(saved(Image.fromarray(grey))))


def pages(image: Image.Image) -> int:
    """How many pages Tesseract is given."""
    reader = words.Reader()
    reader.picture(image.convert("RGB"))
    return reader.pages


def test_easy_pictures_cost_one_page_and_blank_ones_none() -> None:
    assert pages(page()) == pages(line(BLACK, WHITE)) == 1
    assert pages(Image.new("RGB", (900, 500), (20, 90, 160))) == 0
    assert pages(with_faint_line(6, 440)) > 1


def test_a_mirror_is_tried_only_where_signs_say_nothing() -> None:
    assert pages(ImageOps.mirror(line())) == 5
    assert pages(with_line_upside_down()) == 3
    assert pages(with_faint_line(6, 440)) == 3
    soft = np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    photograph = Image.fromarray(soft).resize((1200, 800), Image.Resampling.BICUBIC)
    assert pages(photograph) <= 5


def test_a_picture_that_comes_again_is_not_read_again() -> None:
    reader = words.Reader()
    for _ in range(3):
        reader.picture(line())
    assert reader.pages == 1


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg xmlns='x'/>", saved(line())[:200]])
def test_what_cannot_be_read_is_an_error(data: bytes) -> None:
    with pytest.raises(ocr.UnreadableImageError):
        ocr.read_image(data)


def test_missing_tesseract_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(MissingPartError, match="Tesseract"):
        ocr.read_image(saved(line()))


def test_too_much_work_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "SECONDS", 0.001)
    with pytest.raises(ocr.UnreadableImageError, match="TimeoutExpired"):
        ocr.read_image(saved(line()))
