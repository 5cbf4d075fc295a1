"""Text rendered into PNG images, as an attacker would print it on a flyer."""

import io
from functools import cache
from random import Random

import msgspec
from PIL import Image, ImageDraw, ImageFont

_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf")
Colour = tuple[int, int, int]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How the picture looks: letter height in pixels, colours, rotation in degrees, dots."""

    size: int = 28
    ink: Colour = (0, 0, 0)
    paper: Colour = (255, 255, 255)
    angle: float = 0.0
    dots: int = 0


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a DejaVu font where the system has it, else Pillow's own at the same height."""
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return ImageFont.load_default(size=size)


def lettered(text: str, look: Look, rng: Random) -> Image.Image:
    """Return a picture of the text's lines, left-aligned, with a margin of one letter height."""
    font = _font(rng.choice(_FONTS), look.size)
    box = ImageDraw.Draw(Image.new("RGB", (8, 8))).multiline_textbbox(
        (0, 0), text, font=font, spacing=look.size // 2
    )
    width, height = int(box[2]) + 2 * look.size, int(box[3]) + 2 * look.size
    picture = Image.new("RGB", (width, height), look.paper)
    ImageDraw.Draw(picture).multiline_text(
        (look.size, look.size), text, font=font, fill=look.ink, spacing=look.size // 2
    )
    return picture


def render(text: str, look: Look, rng: Random) -> bytes:
    """Return a PNG of the text's lines, with dots and turned as the look says."""
    picture = lettered(text, look, rng)
    draw = ImageDraw.Draw(picture)
    for _ in range(look.dots):
        draw.point((rng.randrange(picture.width), rng.randrange(picture.height)), fill=look.ink)
    if look.angle:
        picture = picture.rotate(
            look.angle, expand=True, fillcolor=look.paper, resample=Image.Resampling.BICUBIC
        )
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
