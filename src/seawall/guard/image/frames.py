"""Frames of an image: the size that it declares is checked before a pixel is decoded."""

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageChops

from seawall.guard.image.container import Container, parse
from seawall.guard.image.errors import UnreadableImageError

MAX_BYTES = 40_000_000
MAX_PIXELS = 40_000_000
MAX_FRAMES = 16
# What is shown larger than this, models see smaller too.
LARGEST = 2_500_000
_FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"}
_FORMATS["tiff"] = "TIFF"
_DAMAGE = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError)


def checked(data: bytes) -> Container:
    """Return the parts of an image file. Raises UnreadableImageError: too large, other format."""
    if len(data) > MAX_BYTES:
        raise UnreadableImageError(f"more than {MAX_BYTES} bytes")
    return parse(data, MAX_FRAMES)


def frames(data: bytes, container: Container) -> Iterator[Image.Image]:
    """Yield every frame as RGB or RGBA. Raises UnreadableImageError, also for too many pixels."""
    try:
        image = Image.open(io.BytesIO(data), formats=(_FORMATS[container.kind],))
        count = getattr(image, "n_frames", 1)
        if count > MAX_FRAMES:
            raise UnreadableImageError(f"more than {MAX_FRAMES} frames")
        total = 0
        for index in range(count):
            image.seek(index)
            total += image.width * image.height
            if total > MAX_PIXELS:
                raise UnreadableImageError(f"more than {MAX_PIXELS} pixels")
            yield _colours(image)
    except (*_DAMAGE, struct.error, OverflowError, MemoryError) as error:
        raise UnreadableImageError(f"damaged ({type(error).__name__})") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnreadableImageError(f"more than {MAX_PIXELS} pixels") from None


def _colours(image: Image.Image) -> Image.Image:
    """Return 8-bit colours; what holds more is stretched to them, not cut off."""
    if image.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        low, high = float(values.min()), float(values.max())
        grey = (values - low) * (255 / max(high - low, 1))
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    alpha = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if alpha else "RGB")


def pictures(frame: Image.Image) -> Iterator[Image.Image]:
    """Yield what a frame can look like: on white, on black, and with its transparency ignored.

    At most LARGEST pixels each, none twice.
    """
    if frame.mode == "RGB":
        yield _shrunk(frame)
        return
    kept: list[Image.Image] = []
    for ground in (255, 0, None):
        if ground is None:
            one = frame.convert("RGB")
        else:
            paper = Image.new("RGBA", frame.size, (ground, ground, ground, 255))
            one = Image.alpha_composite(paper, frame).convert("RGB")
        one = _shrunk(one)
        if all(ImageChops.difference(one, other).getbbox() for other in kept):
            kept.append(one)
            yield one


def _shrunk(picture: Image.Image) -> Image.Image:
    share = (LARGEST / (picture.width * picture.height)) ** 0.5
    if share >= 1:
        return picture
    size = max(1, int(picture.width * share)), max(1, int(picture.height * share))
    return picture.resize(size, Image.Resampling.LANCZOS)
