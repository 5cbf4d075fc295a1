"""The pickles in a file: alone, packed, or inside an archive or a saved array."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from seawall.assess.discover.pickles import UnreadableError, dangerous, imports

MAX_BYTES = 200_000_000
MOST_MEMBERS = 20
SUFFIXES = frozenset(".pkl .pickle .p .pt .pth .ckpt .bin .joblib .dill .model .npy .npz".split())
_PICKLED = frozenset((".pkl", ".pickle", ".p", ".dill", ".joblib"))
_MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_ZIP, _NUMPY = b"PK\x03\x04", b"\x93NUMPY"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_PACKED: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
    b"]\x00\x00": lzma.open,
}
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)
# An archive or a member of it that cannot be opened: packed with a password, or in an unknown way.
_CLOSED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, *_BROKEN)


class Pickled(NamedTuple):
    """What a file would import: all names, those that are dangerous, and why it is unknown."""

    imports: tuple[str, ...]
    dangerous: tuple[str, ...]
    unknown: str = ""


def read_pickle(path: Path) -> Pickled | None:
    """Return what a file with pickles would import, None for a file that holds none.

    PyTorch's and NumPy's archives are opened and packed files unpacked, in memory. Raises OSError.
    """
    with path.open("rb") as file:
        found = _pickles(file, surely=path.suffix.lower() in _PICKLED)
        return None if found is None else _judged(found)


def _pickles(file: BinaryIO, *, surely: bool) -> Iterator[tuple[str, str]] | None:
    """Return the imports of the file's pickles; None where it holds none and need hold none."""
    head = file.read(8)
    file.seek(0)
    if head.startswith(_ZIP) or (zipfile.is_zipfile(file) and not head.startswith(_MAGIC)):
        file.seek(0)
        return _in_archive(file, surely=surely)
    file.seek(0)
    if head.startswith(_NUMPY):
        return _in_array(file)
    for magic, opened in _PACKED.items():
        if head.startswith(magic):
            return _unpacked(opened(file), surely=surely)
    if head.startswith(_ZLIB) and surely:
        return _unpacked(io.BytesIO(_inflated(file)), surely=surely)
    return imports(file) if head.startswith(_MAGIC) or surely else None


def _inflated(file: BinaryIO) -> bytes:
    try:
        return zlib.decompressobj().decompress(file.read(MAX_BYTES), MAX_BYTES)
    except zlib.error:
        return b""


def _unpacked(packed: BinaryIO, *, surely: bool) -> Iterator[tuple[str, str]]:
    """Give the imports of what a packed file holds. Raises UnreadableError."""
    try:
        inner = packed.read(MAX_BYTES + 1)
    except _BROKEN:
        raise UnreadableError("it cannot be unpacked") from None
    if len(inner) > MAX_BYTES:
        raise UnreadableError("it is too large to unpack")
    yield from _pickles(io.BytesIO(inner), surely=surely) or ()


def _in_array(file: BinaryIO) -> Iterator[tuple[str, str]] | None:
    """Return the imports of an array of objects, which is a header and a pickle."""
    start = file.read(12)
    wide = start[6:7] > b"\x01"
    size = int.from_bytes(start[8:12] if wide else start[8:10], "little")
    file.seek(12 if wide else 10)
    header = file.read(min(size, 100_000))
    return imports(file) if b"O" in header.partition(b"fortran_order")[0] else None


def _in_archive(file: BinaryIO, *, surely: bool) -> Iterator[tuple[str, str]] | None:
    try:
        archive = zipfile.ZipFile(file)
        members = [item for item in archive.infolist() if _may_pickle(archive, item)]
    except _CLOSED:
        return _unreadable("an archive that cannot be opened")
    if not members:
        return _unreadable("an archive without a pickle") if surely else None
    return _in_members(archive, members)


def _unreadable(why: str) -> Iterator[tuple[str, str]]:
    yield from ()
    raise UnreadableError(why)


def _may_pickle(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> bool:
    """Say whether a member is a pickle or an array, by its name or by its first bytes."""
    if _named(item):
        return True
    if item.is_dir() or not item.file_size:
        return False
    with archive.open(item) as member:
        return member.read(2) in _MAGIC


def _in_members(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]
) -> Iterator[tuple[str, str]]:
    """Give what the pickles of an archive import. Raises UnreadableError where one is not read."""
    for item in members[:MOST_MEMBERS]:
        if item.file_size > MAX_BYTES or item.compress_size * 1000 < item.file_size:
            raise UnreadableError("a member is too large to read")
        try:
            with archive.open(item) as member:
                inner = io.BytesIO(member.read(MAX_BYTES))
        except _CLOSED:
            raise UnreadableError("an archive that cannot be opened") from None
        yield from _in_member(inner, named=_named(item))
    if len(members) > MOST_MEMBERS:
        raise UnreadableError(f"it holds more than {MOST_MEMBERS} pickles")


def _named(item: zipfile.ZipInfo) -> bool:
    return Path(item.filename).suffix.lower() in (".pkl", ".npy")


def _in_member(inner: BinaryIO, *, named: bool) -> Iterator[tuple[str, str]]:
    """Give what a member imports; numbers that only begin like a pickle are none."""
    found = False
    try:
        for name in _pickles(inner, surely=False) or ():
            found = True
            yield name
    except UnreadableError:
        if named or found:
            raise


def _judged(found: Iterator[tuple[str, str]]) -> Pickled:
    names: dict[str, None] = {}
    unknown = ""
    try:
        for module, name in found:
            names[f"{module}.{name}"] = None
    except UnreadableError as error:
        unknown = str(error)
    return Pickled(tuple(names), tuple(name for name in names if dangerous(name)), unknown)
