"""Text in QR codes and bar codes."""

from collections.abc import Iterator

from PIL import Image, ImageChops, ImageOps

from seawall.core.errors import MissingPartError

_COLOURED = 32


def codes(picture: Image.Image) -> list[str]:
    """Return the texts of all codes in an RGB picture, each once, whatever their angle.

    Raises MissingPartError.
    """
    try:
        import zxingcpp  # without it an image is UNKNOWN, but the guard loads
    except ImportError:
        raise MissingPartError(
            "zxing-cpp is not installed, so that bar codes in images cannot be read.",
            hint="Install Seawall's dependencies again.",
        ) from None
    found: dict[str, None] = {}
    for page in _pages(picture):
        for code in zxingcpp.read_barcodes(page, text_mode=zxingcpp.TextMode.Plain):
            found[code.text] = None
    return [text for text in found if text.strip()]


def _pages(picture: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture in grey, and red and blue where they show something else.

    Colours of equal brightness differ there. All are stretched: a code may be faint.
    """
    grey = picture.convert("L")
    yield ImageOps.autocontrast(grey)
    red, _, blue = picture.split()
    for channel in (red, blue):
        if ImageChops.difference(channel, grey).getextrema()[1] > _COLOURED:  # type: ignore[operator]
            yield ImageOps.autocontrast(channel)
