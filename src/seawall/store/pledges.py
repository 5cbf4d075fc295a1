"""What requests that are being answered may cost, in a file that outlives a killed gateway.

A line is written before the provider is asked, another when the request's cost is on record. It is
not flushed: that would cost every request a flush of the disk more. A killed process leaves it
whole, a power cut may take the last lines. What a start finds open is booked as used.
"""

import logging
import os
from pathlib import Path
from typing import Any

import msgspec

from seawall.store.audit import AuditLog
from seawall.store.change import START, change_record
from seawall.store.locks import replace_file
from seawall.store.spend import Charge

log = logging.getLogger("seawall.audit")
FILE = "audit.pledges"
_MOST_BYTES = 1 << 20


class Pledge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: what a request may cost; without a charge, its end."""

    request_id: str
    charge: Charge | None = None


class Pledges:
    """The open pledges of the one gateway of a data folder. Used by its event loop alone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._open: dict[str, Pledge] = {}
        self._file: int | None = None
        self._bytes = 0

    def start(self, audit: AuditLog) -> int:
        """Book what a killed gateway left, put it on record, and begin anew; return how many.

        Raises AuditError, OSError; then the next start finds it again.
        """
        left = self._left()
        done = [audit.submit(_record(pledge), charge=pledge.charge) for pledge in left]
        for waiting in done:
            waiting.result()
        if left:
            log.warning(
                "%d requests were being answered when the gateway was killed; what they may have "
                "cost is booked", len(left),
            )  # fmt: skip
        self._anew()
        return len(left)

    def add(self, request_id: str, charge: Charge) -> None:
        """Note what a request may cost, before it is asked. Raises OSError."""
        if self._bytes > _MOST_BYTES:
            self._anew()
        pledge = Pledge(request_id=request_id, charge=charge)
        self._write(pledge)
        self._open[request_id] = pledge

    def end(self, request_id: str) -> None:
        """Note that a request's cost is on record; one that pledged nothing is passed over."""
        if self._open.pop(request_id, None) is None:
            return
        try:
            self._write(Pledge(request_id=request_id))
        except OSError as error:  # a start would book it a second time: never too little
            log.error("%s cannot be written: %s", FILE, error)  # noqa: TRY400

    def close(self) -> None:
        """Close the file; what is open stays in it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, pledge: Pledge) -> None:
        if self._file is None:
            raise OSError(9, f"{FILE} is not open")
        line = msgspec.json.encode(pledge) + b"\n"
        if os.write(self._file, line) != len(line):
            os.ftruncate(self._file, self._bytes)
            raise OSError(28, f"{FILE} could not be written")
        self._bytes += len(line)

    def _anew(self) -> None:
        """Begin a file with what is open alone."""
        self.close()
        lines = b"".join(msgspec.json.encode(x) + b"\n" for x in self._open.values())
        replace_file(self._path, lines)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(self._path, flags)
        self._bytes = len(lines)

    def _left(self) -> list[Pledge]:
        """Return what is open in the file; a line that a crash cut short was never asked."""
        left: dict[str, Pledge] = {}
        if not self._path.exists():
            return []
        for line in self._path.read_bytes().split(b"\n"):
            try:
                pledge = msgspec.json.decode(line, type=Pledge)
            except msgspec.MsgspecError:
                continue
            left.pop(pledge.request_id, None)
            if pledge.charge is not None:
                left[pledge.request_id] = pledge
        return list(left.values())


def _record(pledge: Pledge) -> dict[str, Any]:
    """Return the audit record of a request without an answer, in the shape of a change."""
    charge = pledge.charge
    details = {"function": charge.function, "day": charge.day, "tokens": charge.tokens,
               "cost": charge.nanos / 1e9} if charge else {}  # fmt: skip
    return change_record(START, "spend.unanswered", pledge.request_id, details)
