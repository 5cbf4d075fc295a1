"""Text of images: what is printed in them, in bar codes, and in their metadata."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from seawall.guard.image.errors import UnreadableImageError

__all__ = ["UnreadableImageError", "read_image", "read_once", "remembering", "strip"]


def read_image(data: bytes) -> str:
    """Return the text of an image (PNG, JPEG, WebP, GIF, BMP, TIFF), one reading below the other.

    Metadata and bar codes come first, each on lines of its own. Raises MissingPartError without
    Tesseract or zxing-cpp, UnreadableImageError for what cannot be read.
    """
    # Imported here, as in `strip`: most gateways never see an image.
    from seawall.guard.image import barcodes, metadata, tesseract
    from seawall.guard.image.frames import checked, frames, pictures
    from seawall.guard.image.words import Reader

    tesseract.command()
    container = checked(data)
    beside = metadata.texts(data, container)
    reader, codes = Reader(), dict[str, None]()
    for frame in frames(data, container):
        for picture in pictures(frame):
            codes.update(dict.fromkeys(barcodes.codes(picture)))
            reader.picture(picture)
    return "\n\n".join(dict.fromkeys((*beside, *codes, *reader.texts)))


def strip(data: bytes) -> bytes:
    """Return the image without what stands beside the picture. Raises UnreadableImageError."""
    from seawall.guard.image import strip as stripping

    return stripping.strip(data)


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
