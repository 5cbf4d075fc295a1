"""The signed head's file: one line of JSON, overwritten in place once for each batch of records.

A head fits into one sector of a disk, which is written whole or not at all, also when the power
fails (SQLite builds on the same, SQLITE_IOCAP_POWERSAFE_OVERWRITE). Replacing the file would cost
two flushes and a new inode each time, several times what the records themselves cost.
"""

import os
from pathlib import Path

from seawall.store.locks import replace_file

SECTOR = 512
_TRIES = 100
# macOS has only the slower one.
_flush = getattr(os, "fdatasync", os.fsync)


class HeadFile:
    """Writes one head after another. One writer; `close` ends it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1

    def write(self, head: bytes) -> None:
        """Make `head` durable, padded with blanks to a sector. Raises OSError."""
        padded = head.rstrip(b"\n").ljust(SECTOR - 1) + b"\n"
        if len(padded) != SECTOR or not self._opened() or not self._overwritten(padded):
            self.close()
            replace_file(self.path, padded)

    def _overwritten(self, padded: bytes) -> bool:
        """Overwrite the file; False: it may hold half a head now, so that a new one must come."""
        try:
            whole = os.pwrite(self._descriptor, padded, 0) == SECTOR
            if whole:
                _flush(self._descriptor)
        except OSError:
            return False
        return whole

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

    def close(self) -> None:
        """Close the file; a later `write` opens it again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def read_head(path: Path) -> bytes:
    """Return the bytes of a head file that a writer may be writing to. Raises OSError."""
    found = path.read_bytes()
    for _ in range(_TRIES):
        before, found = found, path.read_bytes()
        if found == before:
            break
    return found
