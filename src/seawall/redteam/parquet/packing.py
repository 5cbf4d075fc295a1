"""What a Parquet page is compressed with: Snappy and LZ4 here, gzip and Zstandard by libraries."""

import importlib
import zlib
from collections.abc import Callable

from seawall.core.errors import MissingPartError
from seawall.redteam.parquet.bits import DamagedError, varint

PLAIN, SNAPPY, GZIP, ZSTD, LZ4_RAW = 0, 1, 2, 6, 7
_NAMES = {3: "LZO", 4: "Brotli", 5: "LZ4 of Hadoop"}


def unpack(codec: int, data: bytes, size: int) -> bytes:
    """Return the page, `size` bytes. Raises DamagedError, and MissingPartError for Zstandard."""
    if size < 0:
        raise DamagedError("a page has another size than it says")
    if codec == PLAIN:
        found = data
    elif codec in _WAYS:
        found = _WAYS[codec](data, size)
    else:
        raise DamagedError(
            f"it is packed with {_NAMES.get(codec, 'something unknown')}; snappy, gzip, zstd and "
            "lz4 are read"
        )
    if len(found) != size:
        raise DamagedError("a page has another size than it says")
    return found


def _gzip(data: bytes, size: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=47)
    try:
        return unpacker.decompress(data, size + 1)
    except zlib.error as error:
        raise DamagedError(f"gzip: {error}") from None


def _zstd(data: bytes, size: int) -> bytes:
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise MissingPartError(
            "This Parquet file is packed with Zstandard.",
            hint="Install the package zstandard, or save it with snappy or gzip, or as CSV.",
        ) from None
    try:
        # Read, not `decompress`: that makes room for whatever size the packed bytes tell.
        found = zstandard.ZstdDecompressor().stream_reader(data).read(size + 1)
    except zstandard.ZstdError as error:
        raise DamagedError(f"zstd: {error}") from None
    return bytes(found)


def _snappy(data: bytes, size: int) -> bytes:
    """Unpack one block (format_description.txt of Snappy): its size, literals and copies."""
    told, at = varint(data, 0)
    if told != size:
        raise DamagedError("a page has another size than it says")
    out = bytearray()
    while at < len(data) and len(out) <= size:
        tag, at = data[at], at + 1
        kind = tag & 3
        if kind == 0:
            length, at = _literal(data, at, tag >> 2)
            out += data[at : at + length]
            at += length
            continue
        width = (1, 2, 4)[kind - 1]
        offset = int.from_bytes(data[at : at + width], "little")
        if kind == 1:
            length, offset = 4 + (tag >> 2 & 7), (tag >> 5) << 8 | offset
        else:
            length = 1 + (tag >> 2)
        at += width
        _copy(out, offset, length)
    return bytes(out)


def _literal(data: bytes, at: int, code: int) -> tuple[int, int]:
    """Return a literal's length and where it begins."""
    more = max(0, code - 59)
    length = int.from_bytes(data[at : at + more], "little") if more else code
    at += more
    if at + length + 1 > len(data):
        raise DamagedError("a literal ends too early")
    return length + 1, at


def _lz4(data: bytes, size: int) -> bytes:
    """Unpack one block (lz4_Block_format.md): literals, then a copy, and so on."""
    out = bytearray()
    at = 0
    while at < len(data) and len(out) <= size:
        tag, at = data[at], at + 1
        length, at = _longer(data, at, tag >> 4)
        out += data[at : at + length]
        at += length
        if at >= len(data):
            break
        offset = int.from_bytes(data[at : at + 2], "little")
        length, at = _longer(data, at + 2, tag & 15)
        if len(out) + length + 4 > size:
            raise DamagedError("a page has another size than it says")
        _copy(out, offset, length + 4)
    return bytes(out)


def _longer(data: bytes, at: int, length: int) -> tuple[int, int]:
    """Return a length of LZ4 with the bytes that add to it."""
    if length == 15:
        while True:
            if at >= len(data):
                raise DamagedError("a length does not end")
            byte, at = data[at], at + 1
            length += byte
            if byte < 255:
                break
    return length, at


def _copy(out: bytearray, offset: int, length: int) -> None:
    """Repeat `length` bytes that begin `offset` before the end; they may run into themselves."""
    begin = len(out) - offset
    if offset <= 0 or begin < 0:
        raise DamagedError("a copy from before the page")
    if offset >= length:
        out += out[begin : begin + length]
    else:
        piece = bytes(out[begin:])
        out += (piece * (length // offset + 1))[:length]


_WAYS: dict[int, Callable[[bytes, int], bytes]] = {
    SNAPPY: _snappy, GZIP: _gzip, ZSTD: _zstd, LZ4_RAW: _lz4,
}  # fmt: skip
