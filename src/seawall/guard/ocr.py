"""Text in images, read by Tesseract."""

import hashlib
import io
import os
import re
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytesseract
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

from seawall.core.errors import MissingPartError

MAX_PIXELS = 40_000_000
MAX_FRAMES = 3
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_TIMEOUT_SECONDS = 20
_LEAST_WIDTH, _MOST_WIDTH = 900, 1800
_SKEW_WIDTH = 300
_SKEW_ANGLES = [step / 2 for step in range(-12, 13)]


class UnreadableImageError(Exception):
    """The image is damaged, too large or of a format that is not read."""


def _frames(data: bytes) -> list[Image.Image]:
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise UnreadableImageError("too many pixels")
        if getattr(image, "n_frames", 1) > MAX_FRAMES:
            raise UnreadableImageError(f"more than {MAX_FRAMES} frames")
        frames = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            frames.append(image.convert("RGBA"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableImageError(type(error).__name__) from None
    return frames


def _grey(frame: Image.Image) -> Image.Image:
    """Return the frame on white, grey, at a width Tesseract reads well."""
    white = Image.new("RGBA", frame.size, (255, 255, 255, 255))
    grey = Image.alpha_composite(white, frame).convert("L")
    width = min(max(grey.width, _LEAST_WIDTH), _MOST_WIDTH)
    if width != grey.width:
        height = max(1, round(grey.height * width / grey.width))
        grey = grey.resize((width, height), Image.Resampling.LANCZOS)
    return grey


def _strongest_channel(frame: Image.Image) -> Image.Image:
    """Return the colour channel (or saturation) with most contrast: red text on green shows."""
    channels = [*frame.convert("RGB").split(), frame.convert("RGB").convert("HSV").split()[1]]

    def spread(channel: Image.Image) -> int:
        low, high = channel.getextrema()
        return int(high) - int(low)  # type: ignore[arg-type]

    best = max(channels, key=spread)
    return _grey(best.convert("RGBA"))


def skew(image: Image.Image) -> float:
    """Return the angle in degrees that makes lines of text level: the rows' sums differ most."""
    height = max(1, round(image.height * _SKEW_WIDTH / image.width))
    small = image.resize((_SKEW_WIDTH, height), Image.Resampling.BOX)
    ground = int(np.median(np.asarray(small)))

    def evenness(angle: float) -> float:
        turned = small.rotate(angle, Image.Resampling.BILINEAR, fillcolor=ground)
        rows = np.asarray(turned, dtype=np.float64).sum(axis=1)
        return float(np.square(np.diff(rows)).sum())

    best = max(_SKEW_ANGLES, key=evenness)
    return best if evenness(best) > 1.2 * evenness(0.0) else 0.0


def _level(image: Image.Image) -> Image.Image:
    angle = skew(image)
    if not angle:
        return image
    ground = int(np.median(np.asarray(image)))
    return image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)


def _variants(frame: Image.Image) -> list[Image.Image]:
    """Return the readings of one frame: stretched contrast, its inverse, strongest channel."""
    stretched = _level(ImageOps.autocontrast(_grey(frame), cutoff=0.5))
    variants = [stretched, ImageOps.invert(stretched)]
    channel = _level(ImageOps.autocontrast(_strongest_channel(frame), cutoff=0.5))
    if channel.size != stretched.size:
        return [*variants, channel]
    difference = ImageChops.difference(channel, stretched)
    if sum(difference.histogram()[64:]) > difference.width * difference.height // 200:
        variants.append(channel)
    return variants


def read_image(data: bytes) -> str:
    """Return the text of an image (PNG, JPEG, WebP, GIF, BMP), all readings one below the other.

    Raises MissingPartError without Tesseract, UnreadableImageError for what cannot be read.
    """
    if shutil.which("tesseract") is None:
        raise MissingPartError(
            "Tesseract is not installed, so that images cannot be read.",
            hint="Install the package tesseract-ocr.",
        )
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    texts = _tesseract([variant for frame in _frames(data) for variant in _variants(frame)])
    return "\n\n".join(dict.fromkeys(text for text in texts if text))


def _tesseract(images: list[Image.Image]) -> list[str]:
    """Return the text of each image. One process reads them all: its start costs as much again."""
    with tempfile.TemporaryDirectory(prefix="seawall-") as folder:
        names = [str(Path(folder) / f"{number}.pgm") for number in range(len(images))]
        for name, image in zip(names, images, strict=True):
            image.save(name)
        listing = Path(folder) / "images.txt"
        listing.write_text("\n".join(names), encoding="utf-8")
        try:
            pages = pytesseract.image_to_string(
                str(listing), config="--psm 3", timeout=_TIMEOUT_SECONDS
            )
        except (RuntimeError, pytesseract.TesseractError) as error:
            raise UnreadableImageError(f"Tesseract: {type(error).__name__}") from None
    # A sans-serif "AI" reads as "Al"; nobody of that name gets instructions in pictures.
    return [
        re.sub(r"\bAl\b", "AI", " ".join(page.split("\n"))).strip() for page in pages.split("\f")
    ]


def remembering(read: Callable[[bytes], str], size: int = 64) -> Callable[[bytes], str]:
    """Return `read` with a memory of the last images: one image is read once, not per look."""
    known: OrderedDict[bytes, str] = OrderedDict()
    lock = threading.Lock()

    def read_it(data: bytes) -> str:
        digest = hashlib.sha256(data).digest()
        with lock:
            if digest in known:
                known.move_to_end(digest)
                return known[digest]
        text = read(data)
        with lock:
            known[digest] = text
            if len(known) > size:
                known.popitem(last=False)
        return text

    return read_it


read_once = remembering(read_image)
