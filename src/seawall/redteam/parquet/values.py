"""The values of one page: plain, by dictionary or differences (Apache Parquet, Encodings.md)."""

from typing import Any

import numpy as np

from seawall.redteam.parquet.bits import DamagedError, differences, runs, unpacked

BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY = 0, 1, 2, 4, 5, 6
_TYPES = {INT32: "<i4", INT64: "<i8", FLOAT: "<f4", DOUBLE: "<f8"}
_PLAIN, _PLAIN_DICTIONARY, _RLE, _DELTA, _DELTA_LENGTH, _DELTA_BYTES = 0, 2, 3, 5, 6, 7
_DICTIONARY, _SPLIT = 8, 9
LARGEST_PAGE = 512_000_000


def decoded(
    data: bytes, encoding: int, kind: int, count: int, words: list[Any] | None
) -> list[Any]:
    """Return `count` values of a physical type; `words` is the column's dictionary."""
    if encoding in (_PLAIN_DICTIONARY, _DICTIONARY):
        return _looked_up(data, count, words)
    if encoding == _PLAIN:
        return plain(data, kind, count)
    if encoding == _RLE and kind == BOOLEAN:
        return [bool(value) for value in runs(data, 1, count, 4)]
    if encoding == _DELTA and kind in (INT32, INT64):
        found, _ = differences(data, 0, count)
        narrow = found.astype(np.int32) if kind == INT32 else found
        return _whole([int(value) for value in narrow], count)
    if encoding == _DELTA_LENGTH and kind == BYTE_ARRAY:
        lengths, at = differences(data, 0, count)
        return _whole(_cut(data, at, [int(one) for one in lengths])[0], count)
    if encoding == _DELTA_BYTES and kind == BYTE_ARRAY:
        return _whole(_prefixed(data, count), count)
    if encoding == _SPLIT and kind in _TYPES:
        width = np.dtype(_TYPES[kind]).itemsize
        if len(data) < width * count:
            raise DamagedError("too few values")
        split = np.frombuffer(data, np.uint8, width * count).reshape(width, count)
        return list(np.ascontiguousarray(split.T).view(_TYPES[kind]).ravel().tolist())
    raise DamagedError(f"encoding {encoding} of type {kind} is not read")


def plain(data: bytes, kind: int, count: int) -> list[Any]:
    """Return `count` values one after the other."""
    if kind == BOOLEAN:
        return [bool(value) for value in unpacked(data, 1, count)]
    if kind in _TYPES:
        if len(data) < np.dtype(_TYPES[kind]).itemsize * count:
            raise DamagedError("too few values")
        return list(np.frombuffer(data, _TYPES[kind], count).tolist())
    if kind != BYTE_ARRAY:
        raise DamagedError(f"type {kind} is not read")
    found: list[bytes] = []
    at = 0
    for _ in range(count):
        begin = at + 4
        at = begin + int.from_bytes(data[at:begin], "little")
        if at > len(data) or begin > len(data):
            raise DamagedError("a text ends too early")
        found.append(data[begin:at])
    return found


def _looked_up(data: bytes, count: int, words: list[Any] | None) -> list[Any]:
    if words is None:
        raise DamagedError("a page without its dictionary")
    if not count:
        return []
    if not data:
        raise DamagedError("a page without numbers")
    places = runs(data, data[0], count, 1)
    if places.size and int(places.max()) >= len(words):
        raise DamagedError("a number that the dictionary has not")
    return [words[int(place)] for place in places]


def _cut(data: bytes, at: int, lengths: list[int]) -> tuple[list[bytes], int]:
    """Return pieces of these lengths one after the other, and the place behind them."""
    found: list[bytes] = []
    for length in lengths:
        if length < 0 or at + length > len(data):
            raise DamagedError("a text ends too early")
        found.append(data[at : at + length])
        at += length
    return found, at


def _prefixed(data: bytes, count: int) -> list[bytes]:
    """Return texts that each begin as the one before does."""
    shared, at = differences(data, 0, count)
    lengths, at = differences(data, at, count)
    if len(shared) != len(lengths):
        raise DamagedError("prefixes without their texts")
    rests, _ = _cut(data, at, [int(one) for one in lengths])
    found: list[bytes] = []
    last, left = b"", LARGEST_PAGE
    for prefix, rest in zip(shared, rests, strict=True):
        if not 0 <= prefix <= len(last):
            raise DamagedError("a prefix that is not there")
        last = last[: int(prefix)] + rest
        # Each may be as long as all before it together.
        left -= len(last)
        if left < 0:
            raise DamagedError("a page comes to too much")
        found.append(last)
    return found


def _whole(found: list[Any], count: int) -> list[Any]:
    if len(found) != count:
        raise DamagedError("too few values")
    return found
