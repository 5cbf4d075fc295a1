"""Audit records that wait for a database that is away: one file, only ever appended.

A frame is its length (4 bytes, big endian), the SHA-256 of its content, and the content: one batch
as MessagePack. A frame that a crash cut short was never acknowledged and is taken away.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from seawall.core.errors import IntegrityError
from seawall.store.capture_rows import SealedCapture
from seawall.store.locks import sync_folder
from seawall.store.spend import Charge
from seawall.store.user_keys import UserKey

FILE = "audit.journal"
MAX_BYTES = 1 << 30
_HEADER = 36


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One record as the table holds it."""

    seq: int
    time: int
    body: bytes
    prev_hash: bytes
    hash: bytes


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction writes: records, the signed head after them, and what belongs to
    them: charges, users' keys, sealed content.
    """

    rows: list[Row]
    head: bytes
    chain: str
    charges: list[Charge]
    user_keys: list[UserKey]
    captures: list[SealedCapture] = []


class Journal:
    """The file beside a replica's signing key. One writer.

    `records` wait; the file has `bytes`, and what stands before `moved` is in the database.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = folder / FILE
        self._max = max_bytes
        self.records = 0
        self.bytes = 0
        self.moved = 0

    def open(self) -> None:
        """Count what waits, after a crash too. Raises IntegrityError when it was edited."""
        self.records, self.bytes, self.moved = 0, 0, 0
        if not self.path.exists():
            return
        for batch, end in self.batches():
            self.records += len(batch.rows)
            self.bytes = end
        if self.path.stat().st_size > self.bytes:
            os.truncate(self.path, self.bytes)

    def append(self, batch: Batch) -> None:
        """Make a batch durable. Raises OSError: no space, or more waits than may."""
        content = msgspec.msgpack.encode(batch)
        frame = len(content).to_bytes(4, "big") + hashlib.sha256(content).digest() + content
        if self.bytes + len(frame) > self._max:
            raise OSError(28, f"{self.path.name} holds as much as it may")
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        new = not self.path.exists()
        descriptor = os.open(self.path, flags, 0o600)
        try:
            try:
                view = memoryview(frame)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, self.bytes)
                raise
        finally:
            os.close(descriptor)
        if new:
            sync_folder(self.path.parent)
        self.records += len(batch.rows)
        self.bytes += len(frame)

    def batches(self) -> Iterator[tuple[Batch, int]]:
        """Yield what waits with where it ends, in order, one batch in memory at a time.

        Raises IntegrityError.
        """
        at = self.moved
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(at)
            while size - at >= _HEADER:
                header = file.read(_HEADER)
                length = int.from_bytes(header[:4], "big")
                if at + _HEADER + length > size:
                    return
                content = file.read(length)
                at += _HEADER + length
                if hashlib.sha256(content).digest() != header[4:]:
                    if at == size:
                        return  # the last frame, half on the disk when the power went
                    raise self._edited()
                yield self._decoded(content), at

    def passed(self, records: int, end: int) -> None:
        """Note that records are in the database; what is before `end` is not asked for again."""
        self.records -= records
        self.moved = end

    def clear(self) -> None:
        """Forget what was replayed. Raises OSError."""
        if self.path.exists():
            self.path.unlink()
            sync_folder(self.path.parent)
        self.records, self.bytes, self.moved = 0, 0, 0

    def _decoded(self, content: bytes) -> Batch:
        try:
            return msgspec.msgpack.decode(content, type=Batch)
        except msgspec.MsgspecError:
            raise self._edited() from None

    def _edited(self) -> IntegrityError:
        return IntegrityError(
            f"{self.path} cannot be read: it was edited or damaged.",
            hint="Keep the data folder as evidence; records that were acknowledged are in it.",
        )
