"""Image files as pieces, without decoding pixels: what is picture, what is text beside it.

Linear in the file, bounded in memory: nothing is unpacked beyond MAX_TEXT.
"""

import zlib
from collections.abc import Callable, Iterator

import msgspec

from seawall.guard.image import tiff
from seawall.guard.image.errors import UnreadableImageError

MAX_TEXT = 200_000
MAX_BESIDE = 8_000_000
MAX_PIECES = 20_000
# Each scan of a progressive JPEG goes over all its pixels; encoders write some ten.
MAX_SCANS = 100
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB sBIT bKGD pHYs acTL fcTL fdAT cICP".split()
)
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD9)))
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"))


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes [start, end) of the file. `keep`: the picture needs them.

    `text`: what they hold beside the picture; `form`: text, exif, xmp, or empty for neither.
    """

    start: int
    end: int
    keep: bool
    form: str = ""
    text: bytes = b""


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed image file: its kind (png, jpeg, gif, webp, bmp, tiff), pieces and frames."""

    kind: str
    pieces: tuple[Piece, ...]
    frames: int = 1


def parse(data: bytes, most_frames: int) -> Container:
    """Split an image file. Raises UnreadableImageError for another format, damage, a bomb."""
    known = next((one for one in _KINDS if data.startswith(one[1])), None)
    if known is None:
        raise UnreadableImageError("not an image that is read (PNG, JPEG, WebP, GIF, BMP, TIFF)")
    kind, _, split = known
    if kind == "webp" and data[8:12] != b"WEBP":
        raise UnreadableImageError("not an image that is read")
    pieces: list[Piece] = []
    frames = beside = 0
    try:
        for piece, is_frame in split(data):
            pieces.append(piece)
            frames += is_frame
            beside += len(piece.text)
            if beside > MAX_BESIDE:
                raise UnreadableImageError(f"more than {MAX_BESIDE} bytes of metadata")
            if frames > most_frames:
                raise UnreadableImageError(f"more than {most_frames} frames")
            if len(pieces) > MAX_PIECES:
                raise UnreadableImageError("too many pieces")
    except (IndexError, ValueError):
        raise UnreadableImageError("damaged") from None
    return Container(kind=kind, pieces=tuple(pieces), frames=max(frames, 1))


def unpacked(data: bytes) -> bytes:
    """Return unpacked zlib data. Raises UnreadableImageError beyond MAX_TEXT, or for damage."""
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, MAX_TEXT + 1)
    except zlib.error:
        raise UnreadableImageError("damaged metadata") from None
    if len(text) > MAX_TEXT:
        raise UnreadableImageError("metadata that unpacks without end")
    return text


def _after(data: bytes, start: int) -> Iterator[tuple[Piece, bool]]:
    """Yield what stands behind the picture's end; a text there is judged, anything else is not."""
    if start < len(data):
        rest = data[start : start + MAX_TEXT + 1]
        try:
            rest.decode("utf-8")
            text = rest
        except UnicodeDecodeError:
            text = b""
        yield Piece(start=start, end=len(data), keep=False, form="text", text=text), False


def _png(data: bytes) -> Iterator[tuple[Piece, bool]]:
    at = len(_PNG)
    yield Piece(start=0, end=at, keep=True), False
    kind = b""
    while kind != b"IEND":
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = at + 12 + size
        if end > len(data):
            raise UnreadableImageError("cut off")
        form, text = _png_text(kind, data[at + 8 : end - 4])
        yield (
            Piece(start=at, end=end, keep=kind in _PNG_KEPT, form=form, text=text),
            kind == b"fcTL",
        )
        at = end
    yield from _after(data, at)


def _png_text(kind: bytes, body: bytes) -> tuple[str, bytes]:
    """Return the form and the text of a chunk: its keyword is dropped."""
    if kind == b"eXIf":
        return "exif", body
    if kind not in (b"tEXt", b"zTXt", b"iTXt"):
        return "", b""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        rest = unpacked(rest[1:])
    elif kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        rest = unpacked(rest) if packed else rest
    if keyword.startswith(b"Raw profile type"):
        hexed = b"".join(rest.split()[2:])
        raw = bytes.fromhex(hexed.decode("ascii", "replace")) if hexed else b""
        return ("exif", raw) if raw.startswith(b"Exif") else ("xmp", raw)
    return ("xmp" if keyword == b"XML:com.adobe.xmp" else "text"), rest


def _jpeg(data: bytes) -> Iterator[tuple[Piece, bool]]:
    yield Piece(start=0, end=2, keep=True), True
    at, scans = 2, 0
    while True:
        if data[at] != 0xFF:
            raise UnreadableImageError("damaged")
        start = at
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker == 0xD9:
            yield Piece(start=start, end=at, keep=True), False
            break
        if marker in _JPEG_BARE:
            yield Piece(start=start, end=at, keep=True), False
            continue
        end = at + int.from_bytes(data[at : at + 2])
        if end > len(data) or end < at + 2:
            raise UnreadableImageError("cut off")
        yield _jpeg_segment(marker, start, end, data[at + 2 : end]), False
        at = end
        if marker == 0xDA:
            scans += 1
            if scans > MAX_SCANS:
                raise UnreadableImageError(f"more than {MAX_SCANS} scans")
            at = _scan_end(data, end)
            yield Piece(start=end, end=at, keep=True), False
    yield from _after(data, at)


def _scan_end(data: bytes, at: int) -> int:
    """Return where the entropy-coded bytes end: at a marker that is neither stuffing nor RST."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise UnreadableImageError("cut off")
        following = data[at + 1]
        if following and not 0xD0 <= following <= 0xD7:
            return at
        at += 2


def _jpeg_segment(marker: int, start: int, end: int, body: bytes) -> Piece:
    form, text = "", b""
    if marker == 0xFE:
        form, text = "text", body
    elif marker == 0xE1 and body.startswith(b"Exif\0"):
        form, text = "exif", body
    elif marker == 0xE1:
        form, text = "xmp", body.partition(b"\0")[2]
    elif marker == 0xED:
        form, text = "iptc", body
    adobe = marker == 0xEE and body.startswith(b"Adobe")
    jfif = marker == 0xE0 and body.startswith(b"JFIF") and len(body) == 14
    keep = jfif or adobe or not (marker == 0xFE or 0xE0 <= marker <= 0xEF)
    return Piece(start=start, end=end, keep=keep, form=form, text=text)


def _blocks(data: bytes, at: int) -> tuple[int, bytes]:
    """Return the end of a chain of GIF sub-blocks and its first bytes."""
    held = bytearray()
    while data[at]:
        if len(held) <= MAX_TEXT:
            held += data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
    return at + 1, bytes(held)


def _gif(data: bytes) -> Iterator[tuple[Piece, bool]]:
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    yield Piece(start=0, end=at, keep=True), False
    while data[at] != 0x3B:
        start, label = at, data[at + 1]
        if data[at] == 0x2C:
            table = data[at + 9]
            at, _ = _blocks(data, at + 11 + (3 << (table & 7) + 1 if table & 0x80 else 0))
            yield Piece(start=start, end=at, keep=True), True
        elif data[at] == 0x21:
            at, held = _blocks(data, at + 2)
            loop = label == 0xFF and held.startswith((b"NETSCAPE2.0", b"ANIMEXTS1.0"))
            xmp = label == 0xFF and held.startswith(b"XMP Data")
            form = "xmp" if xmp else "text" if label in (0xFE, 0x01) else ""
            # XMP stands there without block lengths; as blocks it would lose characters.
            text = data[start + 14 : at][:MAX_TEXT] if xmp else held if form else b""
            yield (
                Piece(start=start, end=at, keep=label == 0xF9 or loop, form=form, text=text),
                False,
            )
        else:
            raise UnreadableImageError("damaged")
    yield Piece(start=at, end=at + 1, keep=True), False
    yield from _after(data, at + 1)


def _webp(data: bytes) -> Iterator[tuple[Piece, bool]]:
    last = 8 + int.from_bytes(data[4:8], "little")
    if last > len(data):
        raise UnreadableImageError("cut off")
    yield Piece(start=0, end=12, keep=True), False
    at = 12
    while at + 8 <= last:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = min(at + 8 + size + size % 2, last)
        if at + 8 + size > last:
            raise UnreadableImageError("cut off")
        form = {b"EXIF": "exif", b"XMP ": "xmp"}.get(kind, "")
        text = data[at + 8 : at + 8 + size] if form else b""
        keep = kind in _WEBP_KEPT
        yield Piece(start=at, end=end, keep=keep, form=form, text=text), kind == b"ANMF"
        at = end
    yield from _after(data, last)


def _whole(data: bytes) -> Iterator[tuple[Piece, bool]]:
    """Yield a file of which only the picture is kept by writing it anew (BMP, TIFF)."""
    form = "" if data.startswith(b"BM") else "tiff"
    yield Piece(start=0, end=len(data), keep=True, form=form), False
    for _ in tiff.folders(data) if form else ():
        yield Piece(start=0, end=0, keep=True), True


_KINDS: tuple[tuple[str, bytes, Callable[[bytes], Iterator[tuple[Piece, bool]]]], ...] = (
    ("png", _PNG, _png),
    ("jpeg", b"\xff\xd8\xff", _jpeg),
    ("gif", b"GIF87a", _gif),
    ("gif", b"GIF89a", _gif),
    ("webp", b"RIFF", _webp),
    ("bmp", b"BM", _whole),
    ("tiff", b"II*\0", _whole),
    ("tiff", b"MM\0*", _whole),
)
