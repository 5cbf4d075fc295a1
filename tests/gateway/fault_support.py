"""Faults on real processes: a paced provider, a gateway, its memory, a disk that gets full."""

import asyncio
import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from test_gateway_serve import process, started

from seawall.store.db import open_for_reading, open_store
from seawall.store.keys import create_key
from seawall.store.verify import records, verify

WAIT = 90.0
POLICY = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {upstream}
    api_key_env: UPSTREAM_KEY
    max_concurrency: 1200
    timeout_seconds: 60
{main}
    models:
      small: {{input_per_million: 1, output_per_million: 2, training_per_million: 3}}
functions:
  chat: {{max_output_tokens: {tokens}, limits: {{{limits}}}}}
guards:
  - {{detector: secrets, control: CTL-SECRETS, action: redact, stages: [input, output]}}
"""


def until(holds: Callable[[], bool], seconds: float = WAIT) -> None:
    """Wait until something holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@dataclass
class Paced:
    """The simulated provider."""

    running: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self, path: str = "/stats") -> dict[str, int]:
        value: dict[str, int] = json.loads(got(self.port, "GET", path)[2])
        return value

    def release(self) -> None:
        self.stats("/release")

    def hang(self) -> None:
        self.running.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.running.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def paced() -> Iterator[Paced]:
    script = str(Path(__file__).with_name("paced_upstream.py"))
    running = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        yield Paced(running, int(running.stdout.readline()))
    finally:
        running.kill()
        running.communicate()


def got(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, headers or {})
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@dataclass
class Served:
    """A gateway process, and every request id that it answered."""

    running: Any
    port: int
    key: str
    data: Path
    answered: set[str] = field(default_factory=set)

    def ask(self, **wanted: Any) -> str:
        """Ask once; return the error's code, or "". What got an answer is remembered."""
        status, headers, body = got(
            self.port, "POST", "/v1/chat/completions", question(wanted),
            {"authorization": f"Bearer {self.key}"},
        )  # fmt: skip
        if status == 200:
            self.answered.add(headers["x-seawall-request-id"])
            return ""
        return str(json.loads(body)["error"]["code"])

    def ready(self) -> int:
        return got(self.port, "GET", "/readyz")[0]

    def memory(self, line: str = "VmRSS") -> int:
        """Return the process's memory in MiB; VmHWM is the most it ever had."""
        text = Path(f"/proc/{self.running.pid}/status").read_text()
        return int(text.split(f"{line}:")[1].split()[0]) // 1024

    def records(self) -> list[dict[str, Any]]:
        store = open_for_reading(self.data)
        found = [record.body for record in records(store, limit=1_000_000)]
        store.close()
        return found

    def closed(self) -> list[dict[str, Any]]:
        """Return the last records of streams."""
        return [body for body in self.records() if body["event"] == "stream.close"]

    async def open(self, **wanted: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a streamed request and read up to its first event."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=8192)
        writer.write(streaming(self.key, wanted))
        first = await reader.readuntil(b"\r\n\r\n")
        assert first.startswith(b"HTTP/1.1 200 "), first
        await reader.readuntil(b"data: ")
        return reader, writer


def streaming(key: str, wanted: dict[str, Any]) -> bytes:
    """Return a streamed request as bytes."""
    body = json.dumps(question(wanted) | {"stream": True}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
        f"authorization: Bearer {key}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def slow_client(port: int, key: str, room: int = 4096, **wanted: Any) -> socket.socket:
    """Send a streamed request from a client that has room for few bytes."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    connection.sendall(streaming(key, wanted))
    return connection


def question(wanted: dict[str, Any]) -> dict[str, Any]:
    return {"model": "small", "messages": [{"role": "user", "content": json.dumps(wanted)}]}


@contextlib.contextmanager
def gateway_process(
    folder: Path, upstream: Paced, *, data: Path | None = None, main: str = "", limits: str = "",
    tokens: int = 500,
) -> Iterator[Served]:  # fmt: skip
    """Run a gateway as a process; kill it if it still runs."""
    data = data or folder / "data"
    policy = folder / "policy.yaml"
    policy.write_text(POLICY.format(upstream=upstream.url, main=main, limits=limits, tokens=tokens))
    store = open_store(data)
    key = create_key(store, application="shop", function="chat")[1]
    store.close()
    with process(policy, data) as running:
        url = started(running)["url"]
        yield Served(running, int(url.rpartition(":")[2].partition("/")[0]), key, data)


@contextlib.contextmanager
def served(folder: Path, upstream: Paced, **more: Any) -> Iterator[Served]:
    """Run a gateway; afterwards each answer has its record, and the log verifies."""
    with gateway_process(folder, upstream, **more) as gateway:
        yield gateway
        gateway.running.send_signal(signal.SIGTERM)
        assert gateway.running.wait(60) == 0
    assert gateway.answered <= {body["request_id"] for body in gateway.records()}
    store = open_for_reading(gateway.data)
    report = verify(store)
    store.close()
    assert report.ok, report.problems


@dataclass
class Disk:
    """A place for a data folder that can be filled and freed while a process writes there."""

    folder: Path

    def fill(self, pid: int) -> None:
        raise NotImplementedError

    def free(self, pid: int) -> None:
        raise NotImplementedError


class SmallDisk(Disk):
    """A file system in memory; it takes root to mount."""

    def fill(self, pid: int) -> None:
        with (self.folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self, pid: int) -> None:
        (self.folder / "filler").unlink()


class Quota(Disk):
    """A process that may write no file beyond its first 4 KiB (RLIMIT_FSIZE)."""

    def fill(self, pid: int) -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def free(self, pid: int) -> None:
        everything = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, everything)


def mounts() -> bool:
    """Say whether a small file system can be mounted here.

    It tries a folder of its own: workers ask at the same moment and must all hear the same.
    """
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as place:
        return _mount(Path(place)) and _unmount(Path(place))


def _mount(at: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(at)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _unmount(at: Path) -> bool:
    command = ["umount", "--lazy", str(at)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def small_disk(folder: Path, kind: str) -> Iterator[Disk]:
    """Return a disk of the kind `quota` or `tmpfs`."""
    place = folder / "disk"
    place.mkdir()
    if kind == "quota":
        yield Quota(place)
        return
    assert _mount(place)
    try:
        yield SmallDisk(place)
    finally:
        _unmount(place)
