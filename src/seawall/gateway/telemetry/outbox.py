"""A bounded queue with its own thread: what is put in is sent later, or counted as dropped."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger("seawall.telemetry")
T = TypeVar("T")
MAX_WAITING = 10_000
MAX_BATCH = 256
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 2.0


class Outbox(Generic[T]):
    """Sends items in batches by `send`, which may block and raise OSError; `put` never does.

    A batch that fails is tried once more after `retry_seconds`, then dropped and counted. When
    `max_waiting` items wait, a new one is dropped: the audit log itself stays complete.
    """

    def __init__(
        self,
        name: str,
        send: Callable[[list[T]], None],
        *,
        max_waiting: int = MAX_WAITING,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self.name = name
        self.sent = 0
        self.dropped = 0
        self._send = send
        self._max_waiting = max_waiting
        self._retry_seconds = retry_seconds
        self._items: deque[T] = deque()
        self._sending = 0
        self._condition = threading.Condition()
        self._closed = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._work, name=f"sink-{name}", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many items wait or are being sent."""
        return len(self._items) + self._sending

    def put(self, item: T) -> None:
        """Queue one item; drop it when too many wait. Returns at once."""
        with self._condition:
            if self._closed.is_set() or len(self._items) >= self._max_waiting:
                self.dropped += 1
                return
            self._items.append(item)
            self._condition.notify()

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Send what waits for `seconds` at most; the rest counts as dropped."""
        with self._condition:
            self._closed.set()
            self._condition.notify()
        self._thread.join(seconds)
        with self._condition:
            self.dropped += len(self._items)
            self._items.clear()

    def _work(self) -> None:
        while batch := self._next():
            if self._try(batch) or (
                not self._closed.wait(self._retry_seconds) and self._try(batch)
            ):
                self.sent += len(batch)
            else:
                self.dropped += len(batch)
            self._sending = 0

    def _next(self) -> list[T]:
        with self._condition:
            self._condition.wait_for(lambda: self._items or self._closed.is_set())
            batch = [self._items.popleft() for _ in range(min(MAX_BATCH, len(self._items)))]
            self._sending = len(batch)
            return batch

    def _try(self, batch: list[T]) -> bool:
        try:
            self._send(batch)
        except Exception as error:  # noqa: BLE001 - a broken collector must not end the thread
            if not self._failing:
                log.warning("the sink %s cannot send: %s", self.name, type(error).__name__)
            self._failing = True
            return False
        self._failing = False
        return True
