"""Records that wait for the audit log's writer, and how those who wait are told."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future

import msgspec

from seawall.store.capture_rows import SealedCapture
from seawall.store.chain import AuditError
from seawall.store.spend import Charge
from seawall.store.user_keys import UserKey

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
