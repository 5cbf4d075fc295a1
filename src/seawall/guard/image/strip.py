"""Images without what stands beside the picture."""

import io
import struct
import zlib

from PIL import Image

from seawall.guard.image import tiff
from seawall.guard.image.container import Container
from seawall.guard.image.frames import checked, frames

_VP8X_BESIDE = 0b0010_1100


def strip(data: bytes) -> bytes:
    """Return the image without comments, EXIF, XMP, IPTC, colour profiles and what follows its end.

    Pixels stay as they are, and so does the orientation. Without such things the very same bytes
    come back. Raises UnreadableImageError.
    """
    container = checked(data)
    if container.kind in ("bmp", "tiff"):
        return _anew(data, container)
    if all(piece.keep for piece in container.pieces):
        return data
    kept = [data[piece.start : piece.end] for piece in container.pieces if piece.keep]
    turn = _orientation(container)
    if container.kind == "jpeg" and turn:
        block = b"Exif\0\0" + turn
        kept.insert(1, b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block)
    elif container.kind == "png" and turn:
        chunk = b"eXIf" + turn
        kept.insert(2, struct.pack(">I", len(turn)) + chunk + struct.pack(">I", zlib.crc32(chunk)))
    elif container.kind == "webp":
        return _webp(kept, turn)
    return b"".join(kept)


def _orientation(container: Container) -> bytes:
    """Return an EXIF block with the orientation alone, empty where the picture stands upright."""
    for piece in container.pieces:
        if piece.form == "exif":
            value = tiff.orientation(piece.text.removeprefix(b"Exif\0\0"))
            if value != 1:
                return tiff.only_orientation(value)
    return b""


def _webp(kept: list[bytes], turn: bytes) -> bytes:
    chunks = kept[1:]
    if chunks and chunks[0][:4] == b"VP8X":
        head = bytearray(chunks[0])
        head[8] &= ~_VP8X_BESIDE & 0xFF
        if turn:
            head[8] |= 0x08
        chunks[0] = bytes(head)
        if turn:
            chunks.append(b"EXIF" + struct.pack("<I", len(turn)) + turn)
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _anew(data: bytes, container: Container) -> bytes:
    """Write the pixels anew, losslessly: these formats let text stand between any two of them."""
    bare = [
        Image.frombytes(frame.mode, frame.size, frame.tobytes())
        for frame in frames(data, container)
    ]
    out = io.BytesIO()
    if container.kind == "bmp":
        bare[0].save(out, "BMP")
    else:
        bare[0].save(out, "TIFF", save_all=True, append_images=bare[1:], compression="tiff_deflate")
    return out.getvalue()
