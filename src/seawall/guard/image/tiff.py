"""Entries of a TIFF structure, which EXIF is too: found by offset, bounded, never decoded."""

import struct
from collections.abc import Iterator
from typing import Literal

import msgspec

ORIENTATION = 0x0112
_SUB_FOLDERS = (0x8769, 0x8825, 0xA005, 0x014A)
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_FOLDERS, _MOST_ENTRIES = 64, 1024


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One tag: its number, TIFF type, raw value and byte order ("little" or "big")."""

    tag: int
    type: int
    value: bytes
    little: bool

    def number(self) -> int:
        """Return the first number of a SHORT or LONG value."""
        width = _WIDTHS.get(self.type, 1)
        return int.from_bytes(self.value[:width], "little" if self.little else "big")


def entries(data: bytes) -> Iterator[Entry]:
    """Yield the entries of all folders; what points outside of `data` is left out."""
    if data[:2] not in (b"II", b"MM") or len(data) < 8:
        return
    little = data[:2] == b"II"
    order = "<" if little else ">"
    todo, seen = [struct.unpack_from(f"{order}I", data, 4)[0]], set[int]()
    while todo and len(seen) < _MOST_FOLDERS:
        at = todo.pop()
        if at in seen or at + 2 > len(data) or at < 8:
            continue
        seen.add(at)
        count = min(struct.unpack_from(f"{order}H", data, at)[0], _MOST_ENTRIES)
        for number in range(count):
            entry = _entry(data, at + 2 + 12 * number, order)
            if entry is None:
                continue
            if entry.tag in _SUB_FOLDERS:
                todo.append(entry.number())
            yield entry
        after = at + 2 + 12 * count
        if after + 4 <= len(data):
            todo.append(struct.unpack_from(f"{order}I", data, after)[0])


def folders(data: bytes) -> Iterator[int]:
    """Yield where each folder of the main chain begins: one a picture, each once."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    at, seen = int.from_bytes(data[4:8], order), set[int]()
    while at and at not in seen and at + 2 <= len(data):
        seen.add(at)
        yield at
        after = at + 2 + 12 * int.from_bytes(data[at : at + 2], order)
        at = int.from_bytes(data[after : after + 4], order)


def _entry(data: bytes, at: int, order: str) -> Entry | None:
    if at + 12 > len(data):
        return None
    tag, kind, count = struct.unpack_from(f"{order}HHI", data, at)
    size = _WIDTHS.get(kind, 0) * count
    start = at + 8 if size <= 4 else struct.unpack_from(f"{order}I", data, at + 8)[0]
    if not size or start + size > len(data):
        return None
    return Entry(tag=tag, type=kind, value=data[start : start + size], little=order == "<")


def orientation(data: bytes) -> int:
    """Return how the picture is to be turned, 1 to 8; 1 where nothing is said."""
    for entry in entries(data):
        if entry.tag == ORIENTATION and entry.type == 3 and 1 <= entry.number() <= 8:
            return entry.number()
    return 1


def only_orientation(value: int) -> bytes:
    """Return an EXIF block that holds nothing but the orientation."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, ORIENTATION, 3, 1, value, 0, 0)
