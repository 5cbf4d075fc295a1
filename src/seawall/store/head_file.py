"""The signed head's file: one line of JSON, overwritten in place once for each batch of records.

A head fits into one sector of a disk, which is written whole or not at all, also when the power
fails (SQLite builds on the same, SQLITE_IOCAP_POWERSAFE_OVERWRITE). Replacing the file would cost
two flushes and a new inode each time, several times what the records themselves cost.

The database holds the same head in the transaction of its records, so that after a power cut a file
that is a second behind covers them all; a flush of its own for each batch would buy nothing.
"""

import os
import time
from pathlib import Path

from seawall.store.locks import replace_file

SECTOR = 512
FLUSH_SECONDS = 1.0
_TRIES = 100
# macOS has only the slower one.
_flush = getattr(os, "fdatasync", os.fsync)


class HeadFile:
    """Writes one head after another. One writer; `close` ends it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._unflushed = b""
        self._since = 0.0

    def write(self, head: bytes) -> None:
        """Put `head` in place, padded with blanks to a sector, for every reader to see.

        It is durable when `flush` was called; after a second, `write` does that. Raises OSError.
        """
        padded = head.rstrip(b"\n").ljust(SECTOR - 1) + b"\n"
        if len(padded) != SECTOR or not self._opened() or not self._overwritten(padded):
            self._replace(padded)
            return
        if not self._unflushed:
            self._since = time.monotonic()
        self._unflushed = padded
        if self.due == 0.0:
            self.flush()

    @property
    def due(self) -> float | None:
        """Return in how many seconds `flush` should be called; None where all is durable."""
        if not self._unflushed:
            return None
        return max(0.0, self._since + FLUSH_SECONDS - time.monotonic())

    def flush(self) -> None:
        """Make the head durable that was written last. Raises OSError."""
        if not self._unflushed:
            return
        try:
            _flush(self._descriptor)
        except OSError:
            self._replace(self._unflushed)
        self._unflushed = b""

    def _replace(self, padded: bytes) -> None:
        self._drop()
        replace_file(self.path, padded)
        self._unflushed = b""

    def _overwritten(self, padded: bytes) -> bool:
        """Overwrite the file; False: it may hold half a head now, so that a new one must come."""
        try:
            return os.pwrite(self._descriptor, padded, 0) == SECTOR
        except OSError:
            return False

    def _opened(self) -> bool:
        """Say whether the file is open and has its size; one that was moved or linked is not."""
        try:
            named = self.path.lstat()
            if self._descriptor < 0:
                flags = os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
                self._descriptor = os.open(self.path, flags)
            ours = os.fstat(self._descriptor)
        except OSError:
            return False
        same = (named.st_ino, named.st_dev) == (ours.st_ino, ours.st_dev)
        return same and ours.st_size == SECTOR and ours.st_nlink == 1

    def _drop(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def close(self) -> None:
        """Make the last head durable and close the file; a later `write` opens it again."""
        try:
            self.flush()
        finally:
            self._drop()


def read_head(path: Path) -> bytes:
    """Return the bytes of a head file that a writer may be writing to. Raises OSError."""
    found = path.read_bytes()
    for _ in range(_TRIES):
        before, found = found, path.read_bytes()
        if found == before:
            break
    return found
