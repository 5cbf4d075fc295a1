"""Text that an image file carries beside its picture: comments, EXIF, XMP, IPTC."""

import html
import re
from collections.abc import Iterator

from seawall.guard.image import tiff
from seawall.guard.image.container import MAX_TEXT, Container
from seawall.guard.image.errors import UnreadableImageError

_USER_COMMENT, _XMP, _IPTC = 0x9286, 700, 33723
_WINDOWS = range(0x9C9B, 0x9CA0)
_ASCII, _BYTE, _UNDEFINED = 2, 1, 7
_LEAST = 3
# Names of fields and of namespaces are XMP's own; values and texts are anybody's.
_XMP_TEXT = re.compile(
    r">([^<>]+)<|(?<![\w:])(?!xmlns)[\w:.-]{1,80}\s{0,3}=\s{0,3}([\"'])(.*?)\2", re.S
)
_XMP_NOTE = re.compile(r"<!--(.*?)-->|<!\[CDATA\[(.*?)\]\]>", re.S)
_DULL = re.compile(
    r"[\d\s:.,/+TZ-]*|(?:xmp|uuid|adobe|http|https)[.:][\w.:/#-]*|[0-9A-Fa-f-]{16,64}|"
    r"W5M0MpCehiHzreSzNTczkc9d|/9j/[\w+/=\s]*|iVBORw0KGgo[\w+/=\s]*"
)
_RECORD = re.compile(rb"\x1c[\x01-\x09].", re.S)


def texts(data: bytes, container: Container) -> list[str]:
    """Return the texts beside the picture, each once. Raises UnreadableImageError: too many."""
    found: dict[str, None] = {}
    room = MAX_TEXT
    for piece in container.pieces:
        held = data if piece.form == "tiff" else piece.text
        for text in _READERS.get(piece.form, _nothing)(held):
            line = " ".join(text.replace("\0", " ").split())
            if len(line) < _LEAST or _DULL.fullmatch(line) or line in found:
                continue
            room -= len(line)
            if room < 0:
                raise UnreadableImageError(f"more than {MAX_TEXT} characters of metadata")
            found[line] = None
    return list(found)


def _nothing(_held: bytes) -> Iterator[str]:
    return iter(())


def _decoded(held: bytes) -> str:
    """Return bytes as text, empty for what is none: UTF-8, UTF-16 with a mark, else Latin-1."""
    if held[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return held.decode("utf-16", "replace")
    try:
        text = held.decode("utf-8")
    except UnicodeDecodeError:
        text = held.decode("latin-1")
    marks = sum(not (c.isprintable() or c.isspace() or c == "\0") for c in text)
    return text if marks * 10 <= len(text) else ""


def _plain(held: bytes) -> Iterator[str]:
    yield _decoded(held)


def _exif(held: bytes) -> Iterator[str]:
    body = held.removeprefix(b"Exif\0\0")
    for entry in tiff.entries(body):
        if entry.tag == _XMP and entry.type in (_BYTE, _UNDEFINED):
            yield from _xmp(entry.value)
        elif entry.tag == _IPTC:
            yield from _iptc(entry.value)
        elif entry.tag in _WINDOWS:
            yield entry.value[: len(entry.value) // 2 * 2].decode("utf-16-le", "replace")
        elif entry.tag == _USER_COMMENT and entry.type in (_UNDEFINED, _ASCII, _BYTE):
            yield _comment(entry)
        elif entry.type == _ASCII:
            yield _decoded(entry.value)
        elif entry.type in (_BYTE, _UNDEFINED) and len(entry.value) <= MAX_TEXT:
            yield _if_text(entry.value)


def _if_text(held: bytes) -> str:
    """Return what is text from its first to its last byte; binary values are not."""
    try:
        text = held.rstrip(b"\0").decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if all(c.isprintable() or c.isspace() for c in text) else ""


def _comment(entry: tiff.Entry) -> str:
    code, text = entry.value[:8], entry.value[8:]
    if code.startswith(b"UNICODE"):
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return text.decode("utf-16", "replace")
        order = "utf-16-le" if entry.little else "utf-16-be"
        # Writers disagree on the order of bytes; Latin letters tell.
        if text[:2].count(0) == 1:
            order = "utf-16-be" if text[0] == 0 else "utf-16-le"
        return text[: len(text) // 2 * 2].decode(order, "replace")
    if code.startswith(b"JIS"):
        return text.decode("iso2022_jp", "replace")
    known = code.rstrip(b"\0") in (b"", b"ASCII")
    return _decoded(text if known else entry.value)


def _xmp(held: bytes) -> Iterator[str]:
    wide = b"\0" in held[:64]
    text = held.decode("utf-16" if wide else "utf-8", "replace")
    for note in _XMP_NOTE.findall(text):
        yield from note
    for match in _XMP_TEXT.finditer(_XMP_NOTE.sub(" ", text)):
        yield html.unescape(match[1] or match[3] or "")


def _iptc(held: bytes) -> Iterator[str]:
    """Yield the values of IPTC's data sets, wherever they stand among Photoshop's resources."""
    at = 0
    while record := _RECORD.search(held, at):
        start = record.end() + 2
        size = int.from_bytes(held[record.end() : start])
        if size >= 0x8000 or start + size > len(held):
            at = record.start() + 1
            continue
        yield _decoded(held[start : start + size])
        at = start + size


_READERS = {"text": _plain, "exif": _exif, "tiff": _exif, "xmp": _xmp, "iptc": _iptc}
