"""What the gateway costs: CPU of a call, a long prompt and a stream; memory and time to start.

Keys, limits, patterns, views, audit and metrics are on, against a provider that echoes. What a
machine's first start compiles is compiled before.
"""

import asyncio
import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

CALLS = int(os.environ.get("SEAWALL_COST_CALLS", "2000"))
CLIENTS = 16
CHUNKS = 50
GAP_SECONDS = 0.002
LIMIT_MS, LONG_MS, STREAM_MS = 0.5, 1.2, 1.5
RSS_MB, START_SECONDS = 150, 1.0
_NUMBERS = itertools.count()
# {n} is another number in every request.
_ORDER = "Where is my order 4711? {n}"
_LONG = "Parcel {n} left the depot on Monday and waits for a signature at the door. " * 437
_GROWN = _LONG.replace("{n}", "4711") + "{n}"
POLICY = """\
version: 1
application: bench
upstreams:
  - name: echo
    base_url: {url}
    max_concurrency: 64
    models: {{m: {{input_per_million: 1, output_per_million: 2}}}}
functions:
  chat: {{limits: {{requests_per_minute: 1000000, tokens_per_minute: 1000000000,
                   cost_per_day: 1000000, concurrent: 1000}}}}
guards:
  - {{detector: secrets, control: CTL-SECRETS, action: redact, stages: [input, output]}}
"""
MODELS = """\
  - {detector: learnt-attack, control: CTL-INJ-INPUT, action: block, stages: [input]}
"""
STATIC, QUICK = (MODELS.replace("]}", f"], depth: {depth}}}") for depth in ("static", "quick"))
ANSWER = json.dumps(
    {
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Your order is on its way."},
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 7},
    }
).encode()
SERVE = "from seawall.cli.main import main; main()"
COMPILE = "import sys; from seawall import Guard; Guard.from_policy(sys.argv[1]).check('hello')"


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of one connection with the same completion."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    _soon(writer)
    try:
        while True:
            length = _length(await reader.readuntil(b"\r\n\r\n"))
            if b'"stream":true' in await reader.readexactly(length):
                await _stream(writer)
            else:
                writer.write(head % len(ANSWER) + ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _soon(writer: asyncio.StreamWriter) -> None:
    """Let what is written leave at once, as every provider's server does.

    asyncio does so only for sockets that name their protocol, which an accepted one does not: small
    pieces would wait up to 40 ms for the receipt of the one before (Nagle's algorithm).
    """
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def _stream(writer: asyncio.StreamWriter) -> None:
    """Answer with a stream of `CHUNKS` words, each an event and a piece of its own."""
    kind = b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    writer.write(b"HTTP/1.1 200 OK\r\n" + kind)
    for number in range(CHUNKS):
        delta = {"choices": [{"index": 0, "delta": {"content": f"word {number} "}}]}
        writer.write(_piece(json.dumps(delta)))
        await asyncio.sleep(GAP_SECONDS)
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": CHUNKS}}  # fmt: skip
    writer.write(_piece(json.dumps(last)) + _piece("[DONE]") + b"0\r\n\r\n")


def _piece(data: str) -> bytes:
    event = f"data: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(event), event)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@contextlib.contextmanager
def _provider() -> Iterator[str]:
    """Run the provider in a thread of this process: only the gateway's time is measured."""
    listener = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()

    async def run() -> None:
        await asyncio.start_server(_echo, sock=listener)

    loop.run_until_complete(run())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    listener.close()


def _key(data: str) -> str:
    """Create a key of the function and return it."""
    command = [sys.executable, "-c", SERVE, "keys", "create", "--application", "bench"]
    command += ["--function", "chat", "--data", data, "--json"]
    return str(json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["key"])


def _cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process (seconds)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _request(key: str, prompt: str, stream: bool) -> bytes:
    """Return a request that nobody has sent before; the prompt says how much of it is new."""
    content = prompt.replace("{n}", str(next(_NUMBERS)))
    messages = [{"role": "user", "content": content}]
    body = json.dumps({"model": "m", "messages": messages, "stream": stream}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _client(port: int, key: str, calls: int, prompt: str, stream: bool) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(calls):
        writer.write(_request(key, prompt, stream))
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.partition(b"\r\n")[0]:
            raise RuntimeError(f"the gateway answered {answer[:60]!r}")
        if stream:
            await reader.readuntil(b"0\r\n\r\n")
        else:
            await reader.readexactly(_length(answer))
    writer.close()


async def _load(
    port: int, key: str, calls: int, prompt: str = _ORDER, *, stream: bool = False
) -> None:
    each = max(1, calls // CLIENTS)
    await asyncio.gather(*(_client(port, key, each, prompt, stream) for _ in range(CLIENTS)))


def _cost(pid: int, port: int, key: str, calls: int, prompt: str, *, stream: bool = False) -> float:
    """Return the milliseconds of CPU that the gateway needs for one call."""
    calls = max(1, calls // CLIENTS) * CLIENTS
    asyncio.run(_load(port, key, max(CLIENTS, calls // 4), prompt, stream=stream))
    before = _cpu_seconds(pid)
    asyncio.run(_load(port, key, calls, prompt, stream=stream))
    return (_cpu_seconds(pid) - before) / calls * 1000


def _rss_mb(pid: int) -> float:
    """Return the memory of a process (MB of 10^6 bytes)."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) * 1024 / 1e6


class Gateway:
    """A gateway process under a policy: `pid`, `port`, a `key` of its function, `seconds` to start.

    `cpu_seconds`: the time that its start took of a core.
    """

    def __init__(self, folder: str, name: str, policy: str) -> None:
        path, data = Path(folder) / f"{name}.yaml", f"{folder}/{name}"
        path.write_text(policy, encoding="utf-8")
        subprocess.run([sys.executable, "-c", COMPILE, str(path)], check=True)
        command = [sys.executable, "-c", SERVE, "serve", "--policy", str(path)]
        command += ["--data", data, "--port", "0", "--json"]
        began = time.perf_counter()
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        try:
            started = json.loads(self._process.stdout.readline() if self._process.stdout else "{}")
            self.seconds, self.cpu_seconds = time.perf_counter() - began, _cpu_seconds(self.pid)
            self.key = _key(data)
            self.port = int(started["url"].rpartition(":")[2].partition("/")[0])
        except BaseException:
            self.stop()
            raise

    def cost(self, calls: int, prompt: str, *, stream: bool = False) -> float:
        """Return the milliseconds of CPU of one call."""
        return _cost(self.pid, self.port, self.key, calls, prompt, stream=stream)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)


class Measured(NamedTuple):
    """A value beside its limit."""

    name: str
    value: float
    limit: float
    unit: str


def _measured(folder: str, name: str, policy: str, calls: int) -> Iterator[Measured]:
    """Yield what is measured of one policy."""
    few = max(CLIENTS, calls // 4)
    gateway = Gateway(folder, name, policy)
    try:
        yield Measured("CPU of a JSON call", gateway.cost(calls, _ORDER), LIMIT_MS, "ms")
        long = f"CPU of a prompt of {len(_LONG) // 1024} KiB"
        yield Measured(long, gateway.cost(few, _LONG), LONG_MS, "ms")
        yield Measured("the same, new at its end", gateway.cost(few, _GROWN), LONG_MS, "ms")
        streamed = gateway.cost(few, _ORDER, stream=True)
        yield Measured(f"CPU of a stream of {CHUNKS} chunks", streamed, STREAM_MS, "ms")
        yield Measured("memory after that", _rss_mb(gateway.pid), RSS_MB, "MB")
        yield Measured("start, to the first request", gateway.seconds, START_SECONDS, "s")
        yield Measured("start, CPU", gateway.cpu_seconds, START_SECONDS, "s")
    finally:
        gateway.stop()


# What is measured, in which order, and whether the limits hold for it: they are those of a
# gateway with a static model; of deeper ones the figures are shown beside them.
_POLICIES = (
    ("patterns alone", "", CALLS, True),
    ("a static model on", STATIC, CALLS, True),
    ("quick models on (the limits do not hold for them)", QUICK, CALLS, False),
    ("all models on (the limits do not hold for them)", MODELS, CALLS // 4, False),
)


def main() -> int:
    """Print each number beside its limit; 1 when one is beyond that must hold."""
    beyond = False
    with tempfile.TemporaryDirectory() as folder, _provider() as url:
        for number, (title, rules, calls, held) in enumerate(_POLICIES):
            print(f"with {title}:", flush=True)
            policy = POLICY.format(url=url) + rules
            for one in _measured(folder, f"policy-{number}", policy, calls):
                over = one.value > one.limit
                said = f"(limit {one.limit} {one.unit}{', beyond it' if over else ''})"
                print(f"  {one.name:<32} {one.value:8.3f} {one.unit:<2} {said}", flush=True)
                beyond = beyond or (over and held)
    return int(beyond)


if __name__ == "__main__":
    sys.exit(main())
