"""Thrift's compact protocol, as far as Parquet's headers need it: structs as fields by number.

After the Apache Thrift specification of the compact protocol (THRIFT-110).
"""

import struct
from typing import Any

from seawall.redteam.parquet.bits import DamagedError

_DEEPEST = 24
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_NUMBERS = (4, 5, 6)
Fields = dict[int, Any]


class Reader:
    """Reads values one after the other from `data` at `at`. Raises DamagedError at its end.

    No more than `most` bytes are read.
    """

    def __init__(self, data: bytes, at: int = 0, *, most: int) -> None:
        self._data, self.at, self._end = data, at, at + most

    def struct(self, depth: int = 0) -> Fields:
        """Return a struct's fields by number."""
        found: Fields = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._zigzag()
            found[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise DamagedError("nested too deeply")
        if kind == _BYTE:
            return self._byte()
        if kind in _NUMBERS:
            return self._zigzag()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._take(8))[0]
        if kind == _BINARY:
            return self._take(self._varint())
        if kind in (_LIST, _SET):
            return self._list(depth + 1)
        if kind == _MAP:
            return self._map(depth + 1)
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise DamagedError("an unknown kind of field")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size, kind = head >> 4, head & 15
        return [self._item(kind, depth) for _ in range(self._varint() if size == 15 else size)]

    def _map(self, depth: int) -> list[tuple[Any, Any]]:
        size = self._varint()
        kinds = self._byte() if size else 0
        first, second = kinds >> 4, kinds & 15
        return [(self._item(first, depth), self._item(second, depth)) for _ in range(size)]

    def _item(self, kind: int, depth: int) -> Any:
        """Return an element of a list: there a truth value has a byte of its own."""
        return self._byte() == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)

    def _byte(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        piece = self._data[self.at : min(self.at + size, self._end)]
        if len(piece) < size:
            raise DamagedError("it ends too early")
        self.at += size
        return piece

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 128:
            value |= (byte & 127) << shift
            shift += 7
            if shift > 63:
                raise DamagedError("a number is too long")
        return value | byte << shift

    def _zigzag(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)
