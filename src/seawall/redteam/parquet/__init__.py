"""Columns of texts and numbers out of a Parquet file, with no library but NumPy.

After the Apache Parquet format 2.12 (parquet.thrift, Encodings.md). Lists and objects inside a row,
dates, decimals and encrypted files are not read; what is compressed: see `packing`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np

from seawall.redteam.parquet.bits import DamagedError, runs
from seawall.redteam.parquet.packing import PLAIN, unpack
from seawall.redteam.parquet.thrift import Fields, Reader
from seawall.redteam.parquet.values import (
    BOOLEAN,
    BYTE_ARRAY,
    DOUBLE,
    FLOAT,
    INT32,
    LARGEST_PAGE,
    decoded,
    plain,
)

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_OPTIONAL, _REPEATED = 1, 2
_DATA, _WORDS, _DATA_2 = 0, 2, 3
_READ = frozenset((BOOLEAN, INT32, 2, FLOAT, DOUBLE, BYTE_ARRAY))
# What numbers and bytes may be marked as and still are what they look like: text, enum, JSON, int.
_CONVERTED = frozenset((None, 0, 4, 19, 11, 12, 15, 16, 17, 18))
_LOGICAL = frozenset((1, 4, 10, 12))
# Bytes of a header, and of all that a column comes to: pages unpacked, and the values they repeat.
LARGEST_HEADER, LARGEST_COLUMN = 16_000_000, 1_000_000_000


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column at the top of a row; `kind` is its physical type, None where it can't be read."""

    name: str
    kind: int | None
    optional: bool


class _Room:
    """So many bytes a column may still come to: a small file may repeat a page for ever."""

    def __init__(self, size: int) -> None:
        self._left = size

    def spend(self, size: int) -> None:
        """Raises DamagedError where nothing is left."""
        self._left -= size
        if self._left < 0:
            raise DamagedError("a column comes to too much")


class ParquetFile:
    """A file's rows by column. Raises DamagedError where it cannot be read."""

    def __init__(self, data: bytes) -> None:
        if data[-4:] == _ENCRYPTED:
            raise DamagedError("it is encrypted")
        if len(data) < 12 or data[:4] != _MAGIC or data[-4:] != _MAGIC:
            raise DamagedError("it does not begin and end as Parquet does")
        size = int.from_bytes(data[-8:-4], "little")
        if size > len(data) - 12:
            raise DamagedError("its end is missing")
        self._data = data
        footer = Reader(data[len(data) - 8 - size : -8], most=LARGEST_HEADER).struct()
        self.rows = _number(footer, 3)
        self._groups = _structs(footer, 4)
        self.columns = {one.name: one for one in _columns(_structs(footer, 2))}

    def values(self, name: str) -> Iterator[Any]:
        """Yield a column's values, None for none.

        Raises DamagedError, also for what is no text, and for more than LARGEST_COLUMN.
        """
        column = self.columns[name]
        if column.kind is None:
            raise DamagedError(f"column {name!r} holds no texts or numbers")
        number = 0
        room = _Room(LARGEST_COLUMN)
        for group in self._groups:
            for value in self._chunk(group, column, room):
                room.spend(len(value) if isinstance(value, bytes) else 0)
                yield value
                number += 1
        if number != self.rows:
            raise DamagedError("rows are missing")

    def _chunk(self, group: Fields, column: Column, room: _Room) -> Iterator[Any]:
        path = [column.name.encode()]
        metas = [_inside(one, 3) for one in _structs(group, 1)]
        meta = next((one for one in metas if one.get(3) == path), None)
        if meta is None or _number(meta, 1) != column.kind:
            raise DamagedError(f"column {column.name!r} is not in every group of rows")
        left, words = _number(meta, 5), None
        if left > self.rows:
            raise DamagedError("more values than rows")
        at = _number(meta, 9)
        at = min(at, meta[11]) if isinstance(meta.get(11), int) and meta[11] > 0 else at
        while left > 0:
            reader = Reader(self._data, at, most=LARGEST_HEADER)
            head = reader.struct()
            room.spend(reader.at - at + _number(head, 2))
            at = reader.at + _number(head, 3)
            packed = self._data[reader.at : at]
            if len(packed) != _number(head, 3) or _number(head, 2) > LARGEST_PAGE:
                raise DamagedError("a page is not there")
            if head.get(1) == _WORDS:
                number = _number(_inside(head, 7), 1)
                if words is not None or number > self.rows:
                    raise DamagedError("a dictionary of more values than rows")
                data = unpack(_number(meta, 4), packed, _number(head, 2))
                words = plain(data, column.kind or 0, number)
            elif head.get(1) in (_DATA, _DATA_2):
                if not 0 < _values(head) <= left:
                    raise DamagedError("pages hold another number of values than they say")
                yield from _page(head, packed, _number(meta, 4), column, words)
                left -= _values(head)


def _page(
    head: Fields, packed: bytes, codec: int, column: Column, words: list[Any] | None
) -> list[Any]:
    """Return a data page's values, None for those that are not there."""
    count = _values(head)
    if head[1] == _DATA:
        encoding = _number(_inside(head, 5), 2)
        data = unpack(codec, packed, _number(head, 2))
        there = None
        if column.optional:
            size = int.from_bytes(data[:4], "little")
            there, data = runs(data[4 : 4 + size], 1, count), data[4 + size :]
    else:
        inner = _inside(head, 8)
        encoding = _number(inner, 4)
        levels = _number(inner, 5) + _number(inner, 6)
        codec = codec if inner.get(7, True) else PLAIN
        data = unpack(codec, packed[levels:], _number(head, 2) - levels)
        there = runs(packed[: _number(inner, 5)], 1, count) if column.optional else None
    number = count if there is None else int(np.count_nonzero(there))
    found = decoded(data, encoding, column.kind or 0, number, words)
    if there is None:
        return found
    values = iter(found)
    return [next(values) if one else None for one in there]


def _values(head: Fields) -> int:
    """Return how many values a data page says that it holds, those that are not there included."""
    return _number(_inside(head, 5 if head[1] == _DATA else 8), 1)


def _columns(elements: Sequence[Fields]) -> Iterator[Column]:
    """Yield the columns at the top; what has parts of its own is passed over as a whole."""
    if not elements:
        raise DamagedError("it has no columns")
    at = 1
    for _ in range(_number(elements[0], 5)):
        begin, at = at, _behind(elements, at)
        one = elements[begin]
        name = one.get(4, b"")
        flat = at == begin + 1 and not one.get(5) and one.get(3) != _REPEATED
        yield Column(
            name=name.decode(errors="replace") if isinstance(name, bytes) else "",
            kind=_number(one, 1) if flat and _plain(one) else None,
            optional=one.get(3) == _OPTIONAL,
        )


def _behind(elements: Sequence[Fields], at: int) -> int:
    """Return the place behind an element and all that it holds."""
    left = 1
    while left > 0:
        if at >= len(elements):
            raise DamagedError("its columns end too early")
        children = elements[at].get(5, 0)
        left += (children if isinstance(children, int) and children > 0 else 0) - 1
        at += 1
    return at


def _plain(element: Fields) -> bool:
    """Tell whether a column's values are the texts or numbers that they look like."""
    logical = element.get(10)
    marked = set(logical) if isinstance(logical, dict) else set()
    kind, converted = element.get(1), element.get(6)
    known = isinstance(kind, int) and isinstance(converted, int | None)
    return known and kind in _READ and converted in _CONVERTED and marked <= _LOGICAL


def _number(fields: Fields, field: int) -> int:
    value = fields.get(field)
    if not isinstance(value, int) or value < 0:
        raise DamagedError("a header lacks a number")
    return value


def _structs(fields: Fields, field: int) -> list[Fields]:
    value = fields.get(field, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise DamagedError("a header lacks a list")
    return value


def _inside(fields: Fields, field: int) -> Fields:
    value = fields.get(field)
    if not isinstance(value, dict):
        raise DamagedError("a part lacks its header")
    return value
