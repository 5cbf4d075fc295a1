"""Child processes of the demo: started on free loopback ports, polled, always ended."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from seawall.core.errors import MissingPartError
from seawall.store.db import SHARED_ENV

_READY_SECONDS = 90.0
_STOP_SECONDS = 10.0
_LOG_LINES = 12


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _own_environment() -> dict[str, str]:
    """Return the environment without databases that others use: the demo writes to its own."""
    return {name: value for name, value in os.environ.items() if name not in SHARED_ENV}


# Reads `+pid` and `-pid` until its input ends: then whoever started it is gone, and they end too.
_KEEPER = (
    "import os, signal, sys\n"
    "pids = set()\n"
    "for line in sys.stdin:\n"
    "    (pids.add if line[0] == '+' else pids.discard)(int(line[1:]))\n"
    "for pid in pids:\n"
    "    try:\n"
    "        os.kill(pid, signal.SIGTERM)\n"
    "    except ProcessLookupError:\n"
    "        continue\n"
)


class Services:
    """A group of child processes; leaving the `with` block, or SIGTERM, ends all of them.

    So does the death of this process by SIGKILL: a keeper beside them sees its pipe close.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self._before: Any = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._logs.mkdir(parents=True, exist_ok=True)
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, _leave)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)

    def start(self, name: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        """Start `python <arguments>`; its output goes to `<logs>/<name>.log`."""
        with (self._logs / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own modules, no shell
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**_own_environment(), **env},
            )
        self._running.append((name, process))
        self._tell(f"+{process.pid}")

    def _tell(self, line: str) -> None:
        """Tell the keeper who lives; it is started with the first."""
        if self._keeper is None:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own words, no shell
                [sys.executable, "-I", "-S", "-c", _KEEPER],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        if self._keeper.stdin is not None:
            with suppress(BrokenPipeError):  # somebody killed it: nothing is left to keep
                self._keeper.stdin.write(f"{line}\n".encode())
                self._keeper.stdin.flush()

    def wait_ready(self, name: str, url: str, seconds: float = _READY_SECONDS) -> None:
        """Wait until `url` answers 200. Raises MissingPartError with the log's last lines."""
        process = next(found for known, found in self._running if known == name)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if process.poll() is not None:
                break
            if _answers(url):
                return
            time.sleep(0.05)
        raise MissingPartError(
            f"The demo's {name} did not start.", hint=f"Its log ends: {self._tail(name)}"
        )

    def _tail(self, name: str) -> str:
        text = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return " | ".join(text.strip().splitlines()[-_LOG_LINES:]) or "(empty)"

    def stop(self, name: str = "") -> None:
        """End one process, or all of them, politely first."""
        chosen = [pair for pair in self._running if not name or pair[0] == name]
        for _, process in reversed(chosen):
            if process.poll() is None:
                process.terminate()
        for _, process in reversed(chosen):
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._tell(f"-{process.pid}")
        self._running = [pair for pair in self._running if pair not in chosen]

    def wait_all(self) -> None:
        """Wait until one of the processes ends."""
        while all(process.poll() is None for _, process in self._running):
            time.sleep(0.3)


def _leave(number: int, _: object) -> NoReturn:
    """Turn the signal that ends this process into an exception, so that the children end too."""
    raise SystemExit(128 + number)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback http
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
