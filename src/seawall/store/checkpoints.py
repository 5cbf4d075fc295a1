"""Signed checkpoints of the audit log: one line of JSON each, only ever appended.

A line is a signed head (`store/chain.py`). The head file says where the log ends now; checkpoints
say where it ended before, so that a database and a head restored from an old copy are found out.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seawall.core.errors import IntegrityError
from seawall.store import chain
from seawall.store.chain import Head
from seawall.store.change import START, change_record
from seawall.store.locks import sync_folder

FILE = "audit.checkpoints"
EVERY_RECORDS = 1_000
EVERY_SECONDS = 300.0
_LONGEST_LINE = 4_096


class Checkpoints:
    """Appends checkpoints for one writer. `every_seconds` counts from the last checkpoint."""

    def __init__(
        self,
        folder: Path,
        *,
        every_records: int = EVERY_RECORDS,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self.path = folder / FILE
        self._every_records = every_records
        self._every_ns = int(every_seconds * 1e9)
        self._last: Head | None = None
        # The log has records but no checkpoint: the next head is one, once a record says so.
        self.missing = False

    def start(self, end: Head) -> None:
        """Go on after the last checkpoint; a line that a crash cut short is taken away.

        Raises IntegrityError when the log ends before its last checkpoint.
        """
        self._mend()
        self._last = last_checkpoint(self.path)
        self.missing = self._last is None and end.seq > 0
        if self._last is None and not self.missing:
            self._append(end)
        elif self._last is not None and self._last.seq > end.seq:
            raise IntegrityError(
                f"The audit log ends at record {end.seq}, but a signed checkpoint counts "
                f"{self._last.count}.",
                hint="An old copy was restored, or records were removed. Run `seawall audit "
                "verify`; keep the folder as evidence and start a new one.",
            )

    def note(self, head: Head, *, at_end: bool = False) -> None:
        """Append the head when enough records or time have passed, or at the end. Raises OSError.

        A head without new records is not appended again.
        """
        last = self._last
        if last is None and self.missing:
            self._append(head)
            self.missing = False
            return
        if last is None or head.seq == last.seq:
            return
        due = head.seq - last.seq >= self._every_records or head.time - last.time >= self._every_ns
        if due or at_end:
            self._append(head)

    def _append(self, head: Head) -> None:
        descriptor = os.open(
            self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
        try:
            size = os.fstat(descriptor).st_size
            line = chain.encode_head(head)
            if os.write(descriptor, line) != len(line):
                os.ftruncate(descriptor, size)
                raise OSError(28, "a checkpoint could not be written whole")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self.path.parent)
        self._last = head

    def _mend(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LONGEST_LINE))
            tail = file.read()
            if tail and not tail.endswith(b"\n"):
                file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)


def missing_record(seq: int) -> dict[str, Any]:
    """Return the audit record that says that a log of `seq` records had no checkpoint at a start.

    It has the shape of a change (`store/changes.py`), so that exports know it.
    """
    return change_record(START, "audit.checkpoints-missing", FILE, {"records": seq})


def last_checkpoint(path: Path) -> Head | None:
    """Return the newest checkpoint; None where there is none. Raises IntegrityError."""
    last = None
    for last in checkpoints(path):  # noqa: B007 - the last one is wanted
        pass
    return last


def checkpoints(path: Path) -> Iterator[Head]:
    """Yield the checkpoints in order, one line in memory at a time; none without a file.

    Raises IntegrityError for a line that is none. A last line without its end is left out, and so
    is what a running writer adds after the first was asked for: its records were not read either.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while file.tell() < size and (line := file.readline(_LONGEST_LINE)):
            if not line.endswith(b"\n"):
                if len(line) == _LONGEST_LINE:
                    raise IntegrityError("A checkpoint cannot be read.")
                return
            yield chain.decode_head(line)
