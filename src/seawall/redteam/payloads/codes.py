"""Texts as QR codes and Data Matrix codes, as an attacker would print them."""

import io
from typing import Literal

from PIL import Image, ImageDraw, ImageFont, ImageOps

Kind = Literal["qr", "data-matrix"]
_QUIET = 4  # modules of white around a code, as ISO/IEC 18004 wants them


def code(text: str, kind: Kind, *, module: int = 4) -> Image.Image:
    """Return a grey picture of the code, `module` pixels a module, with its quiet zone.

    Raises ValueError for a text that is too long for one code (about 1,500 bytes).
    """
    import zxingcpp  # loaded here: most runs send no codes

    formats = {
        "qr": zxingcpp.BarcodeFormat.QRCode,
        "data-matrix": zxingcpp.BarcodeFormat.DataMatrix,
    }
    made = zxingcpp.create_barcode(text, formats[kind])
    drawn = Image.fromarray(zxingcpp.write_barcode_to_image(made, add_quiet_zones=False))
    size = (drawn.width * module, drawn.height * module)
    drawn = drawn.convert("L").resize(size, Image.Resampling.NEAREST)
    return ImageOps.expand(drawn, border=_QUIET * module, fill=255)


def on_poster(drawn: Image.Image, caption: str) -> Image.Image:
    """Return a picture with the code under a line of text."""
    font = ImageFont.load_default(size=24)
    left, _, right, _ = font.getbbox(caption)
    width = max(drawn.width, int(right - left) + 40)
    poster = Image.new("L", (width, drawn.height + 60), 255)
    ImageDraw.Draw(poster).text((20, 16), caption, font=font, fill=0)
    poster.paste(drawn, ((width - drawn.width) // 2, 60))
    return poster


def png(picture: Image.Image) -> bytes:
    """Return the picture as PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
