"""Ends conversations with a server that has fallen silent: a hung server must not hang callers."""

import contextlib
import os
import socket
import threading
import time
from typing import Any

import sqlalchemy as sa

_LOOK_SECONDS = 0.25
_NEVER = float("inf")


class _Watched:
    """One connection of a pool, and until when its server has to answer."""

    __slots__ = ("connection", "deadline")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.deadline = _NEVER


class Watchdog:
    """Shuts the sockets of connections whose server owes an answer for `seconds`.

    The caller that waits then hears of a lost connection. One thread; it ends with `close`.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._watched: dict[int, _Watched] = {}
        self._wake = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, engine: sa.Engine) -> None:
        """Watch every statement, commit and rollback of an engine."""
        sa.event.listen(engine, "connect", self._connected)
        sa.event.listen(engine, "close", self._gone)
        sa.event.listen(engine, "before_cursor_execute", self._asked)
        sa.event.listen(engine, "commit", self._asked)
        sa.event.listen(engine, "rollback", self._asked)
        sa.event.listen(engine, "after_cursor_execute", self._answered)
        sa.event.listen(engine, "checkin", self._returned)

    def close(self) -> None:
        """End the thread; the next new connection starts another one."""
        with self._guard:
            thread, self._thread = self._thread, None
            self._wake.set()
        if thread is not None:
            thread.join()

    def _connected(self, raw: Any, record: Any) -> None:
        with self._guard:
            record.info["watched"] = self._watched[id(raw)] = _Watched(raw)
            if self._thread is None:
                self._wake.clear()
                self._thread = threading.Thread(target=self._work, name="store-watch", daemon=True)
                self._thread.start()

    def _gone(self, raw: Any, record: Any) -> None:
        with self._guard:
            self._watched.pop(id(raw), None)

    def _asked(self, connection: sa.Connection, *_: Any) -> None:
        if not connection.invalidated and (entry := connection.info.get("watched")):
            entry.deadline = time.monotonic() + self._seconds

    def _answered(self, connection: sa.Connection, *_: Any) -> None:
        if entry := connection.info.get("watched"):
            entry.deadline = _NEVER

    def _returned(self, raw: Any, record: Any) -> None:
        if entry := record.info.get("watched"):
            entry.deadline = _NEVER

    def _work(self) -> None:
        while not self._wake.wait(_LOOK_SECONDS):
            now = time.monotonic()
            with self._guard:
                late = [entry for entry in self._watched.values() if now >= entry.deadline]
            for entry in late:
                entry.deadline = _NEVER
                _shut(entry.connection)


def _shut(connection: Any) -> None:
    """Shut a socket that another thread waits on; the descriptor stays that thread's."""
    try:
        copy = socket.socket(fileno=os.dup(connection.fileno()))
    except (OSError, sa.exc.DBAPIError, connection.Error):
        return  # it was closed in the meantime
    with contextlib.closing(copy), contextlib.suppress(OSError):
        copy.shutdown(socket.SHUT_RDWR)
