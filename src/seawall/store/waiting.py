"""Records that wait for the audit log's writer, and how those who wait are told."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import msgspec

from seawall.core.errors import InputError
from seawall.store import chain
from seawall.store.capture_rows import SealedCapture
from seawall.store.chain import AuditError
from seawall.store.journal import Batch, Row
from seawall.store.spend import Charge
from seawall.store.user_keys import UserKey

# What the books hold for many such charges; one beyond would fail the batch it is written in.
_MOST_BOOKED = 10**18
Done = Future[int] | asyncio.Future[int]
Outcome = int | AuditError


class Waiting(msgspec.Struct):
    """One record that waits for the writer; `done` becomes its seq.

    `since`: monotonic seconds. `patience`: for how long it may wait for others (seconds).
    """

    body: bytes
    charges: tuple[Charge, ...]
    done: Done
    since: float
    user_key: UserKey | None = None
    capture: SealedCapture | None = None
    patience: float = 0.0


def patience_of(entries: Iterable[Waiting], now: float) -> float:
    """Return for how long (s) the writer may wait for more; 0 as soon as one entry is due."""
    return max(0.0, min(entry.since + entry.patience for entry in entries) - now)


class Gatherer:
    """Hands the records that one turn of an event loop appends over together.

    A writer that is woken by the first of them would write it alone: that costs a commit, a
    signature and a wake-up more for each.
    """

    def __init__(self, hand_over: Callable[[list[Waiting]], None]) -> None:
        self._hand_over = hand_over
        self._found: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}

    def add(self, entry: Waiting, loop: asyncio.AbstractEventLoop) -> None:
        """Take a record whose future is one of `loop`, which runs in this thread."""
        found = self._found.get(loop)
        if found is None:
            self._found[loop] = [entry]
            loop.call_soon(self._flush, loop)
        else:
            found.append(entry)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        self._hand_over(self._found.pop(loop))


def tell(outcomes: Iterable[tuple[Waiting, Outcome]]) -> None:
    """Settle what waits, from any thread; an event loop is woken once for all of its futures."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Done, Outcome]]] = {}
    for entry, outcome in outcomes:
        if isinstance(entry.done, Future):
            _settle([(entry.done, outcome)])
        else:
            by_loop.setdefault(entry.done.get_loop(), []).append((entry.done, outcome))
    for loop, found in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_settle, found)


def _settle(found: list[tuple[Done, Outcome]]) -> None:
    for done, outcome in found:
        if done.done():  # who waited was cancelled; the record stands
            continue
        if isinstance(outcome, AuditError):
            done.set_exception(outcome)
        else:
            done.set_result(outcome)


def entry_of(
    record: dict[str, Any], done: Done, charge: Charge | None, credits: Sequence[Charge],
    user_key: UserKey | None, capture: SealedCapture | None,
) -> Waiting:  # fmt: skip
    """Return what waits for the writer.

    Raises InputError for a record that is no plain JSON, or a charge that cannot be booked.
    """
    charges = (*((charge,) if charge is not None else ()), *credits)
    if any(max(abs(booked.nanos), abs(booked.tokens)) > _MOST_BOOKED for booked in charges):
        raise InputError("A charge is larger than the books can hold.")
    return Waiting(chain.canonical(record), charges, done, time.monotonic(), user_key, capture)


def batch_of(rows: Sequence[Row], head: bytes, name: str, entries: Sequence[Waiting]) -> Batch:
    """Return what one transaction writes of entries that became `rows` of the chain `name`."""
    return Batch(
        rows=list(rows),
        head=head,
        chain=name,
        charges=[charge for entry in entries for charge in entry.charges],
        user_keys=[entry.user_key for entry in entries if entry.user_key is not None],
        captures=[
            msgspec.structs.replace(entry.capture, seq=row.seq)
            for entry, row in zip(entries, rows, strict=True)
            if entry.capture is not None
        ],
    )
