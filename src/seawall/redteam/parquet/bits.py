"""How Parquet packs numbers: runs, bits, differences (Apache Parquet, Encodings.md)."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


class DamagedError(ValueError):
    """The bytes are not what they say they are; the message says why, without a full stop."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and the place behind it."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise DamagedError("a number does not end")
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def zigzag(data: bytes, at: int) -> tuple[int, int]:
    """Return a signed number and the place behind it."""
    value, at = varint(data, at)
    return value >> 1 ^ -(value & 1), at


def unpacked(data: bytes, width: int, count: int) -> Numbers:
    """Return `count` numbers of `width` bits each, the lowest bit first."""
    if not width:
        return np.zeros(count, np.int64)
    if width > 64 or len(data) * 8 < width * count:
        raise DamagedError("too few packed numbers")
    bits = np.unpackbits(np.frombuffer(data, np.uint8), count=width * count, bitorder="little")
    weights = np.left_shift(np.uint64(1), np.arange(width, dtype=np.uint64))
    return (bits.reshape(count, width) @ weights).astype(np.int64)


def runs(data: bytes, width: int, count: int, at: int = 0) -> Numbers:
    """Return `count` numbers of runs and packed groups (RLE/bit-packing hybrid)."""
    if width > 32:
        raise DamagedError("numbers of more than 32 bits")
    found: list[Numbers] = []
    left, size = count, (width + 7) // 8
    while left > 0:
        head, at = varint(data, at)
        number = head >> 1
        if not number:
            raise DamagedError("a run of nothing")
        if head & 1:
            number = min(number, (left + 7) // 8)
            end = at + (head >> 1) * width
            # The last group may lack bytes that hold no number.
            piece = data[at : at + number * width].ljust(number * width, b"\0")
            if at + number * width >= len(data) + max(1, width):
                raise DamagedError("too few packed numbers")
            found.append(unpacked(piece, width, number * 8)[:left])
        else:
            end = at + size
            if end > len(data):
                raise DamagedError("a run without its number")
            value = int.from_bytes(data[at:end], "little")
            found.append(np.full(min(number, left), value, np.int64))
        at = end
        left -= len(found[-1])
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def differences(data: bytes, at: int, most: int) -> tuple[Numbers, int]:
    """Return the numbers of a DELTA_BINARY_PACKED block at `at`, at most `most`, and its end."""
    block, at = varint(data, at)
    parts, at = varint(data, at)
    count, at = varint(data, at)
    first, at = zigzag(data, at)
    if count > most or not parts or parts > 512 or block % (parts * 8) or not 0 < block <= 65_536:
        raise DamagedError("differences of an impossible size")
    found = [np.array([_wrapped(first)], np.int64)][:count]
    left, each = count - 1, block // parts
    while left > 0:
        least, at = zigzag(data, at)
        widths = data[at : at + parts]
        at += len(widths)
        for width in widths:
            if left <= 0:
                break
            size = each * width // 8
            steps = unpacked(data[at : at + size], width, each)[:left]
            found.append(steps + np.int64(_wrapped(least)))
            at, left = at + size, left - len(steps)
        if len(widths) < parts:
            raise DamagedError("differences without their widths")
    # Sums wrap around, as the format says they do.
    with np.errstate(over="ignore"):
        return np.cumsum(np.concatenate(found)) if found else np.zeros(0, np.int64), at


def _wrapped(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)
