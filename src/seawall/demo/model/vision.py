"""Reads text in images with Tesseract, and codes; the same image is read once."""

import asyncio
import base64
import binascii
import hashlib
import io
import os

import pytesseract
import zxingcpp
from PIL import Image, ImageOps, ImageStat

_CACHE: dict[bytes, str] = {}
_MAX_CACHED = 1024
# Without its word lists Tesseract starts a third faster and reads the same.
_CONFIG = "--psm 6 -c load_system_dawg=0 -c load_freq_dawg=0"
# A blurred quotation mark reads as either kind.
_STRAIGHT = str.maketrans("“”„‘’", '"""\'\'')
os.environ.setdefault("OMP_THREAD_LIMIT", "1")


def decode_data_url(url: str) -> bytes:
    """Return the bytes of a base64 data URL; empty for anything else (nothing is fetched)."""
    head, _, body = url.partition(",")
    if not head.startswith("data:image/") or not head.endswith(";base64"):
        return b""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _prepared(data: bytes) -> Image.Image:
    image = ImageOps.autocontrast(Image.open(io.BytesIO(data)).convert("L"), cutoff=1)
    if ImageStat.Stat(image).mean[0] < 110:
        image = ImageOps.invert(image)
    if image.width < 700:
        image = image.resize((image.width * 2, image.height * 2), Image.Resampling.BICUBIC)
    return image


def read(data: bytes) -> str:
    """Return what codes or letters in an image say; empty when it cannot be opened."""
    try:
        codes = [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(data)))]
        text = str(pytesseract.image_to_string(_prepared(data), config=_CONFIG))
        # What a code says is whole; letters seen in its squares are noise.
        return "\n".join(codes) if codes else text.translate(_STRAIGHT)
    except (OSError, ValueError, Image.DecompressionBombError):
        return ""


async def read_cached(data: bytes) -> str:
    """Read an image in a thread."""
    key = hashlib.sha256(data).digest()
    if key not in _CACHE:
        if len(_CACHE) >= _MAX_CACHED:
            _CACHE.clear()
        _CACHE[key] = await asyncio.to_thread(read, data)
    return _CACHE[key]
