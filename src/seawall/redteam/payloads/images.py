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


def render(text: str, look: Look, rng: Random) -> bytes:
    """Return a PNG with the text's lines, left-aligned, with a margin of one letter height."""
    font = _font(rng.choice(_FONTS), look.size)
    box = ImageDraw.Draw(Image.new("RGB", (8, 8))).multiline_textbbox(
        (0, 0), text, font=font, spacing=look.size // 2
    )
    width, height = int(box[2]) + 2 * look.size, int(box[3]) + 2 * look.size
    picture = Image.new("RGB", (width, height), look.paper)
    draw = ImageDraw.Draw(picture)
    draw.multiline_text(
        (look.size, look.size), text, font=font, fill=look.ink, spacing=look.size // 2
    )
    for _ in range(look.dots):
        draw.point((rng.randrange(width), rng.randrange(height)), fill=look.ink)
    if look.angle:
        picture = picture.rotate(
            look.angle, expand=True, fillcolor=look.paper, resample=Image.Resampling.BICUBIC
        )
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
