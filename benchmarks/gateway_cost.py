"""CPU time of the gateway for one JSON call: patterns only, against a provider that echoes."""

import asyncio
import contextlib
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

CALLS = int(os.environ.get("SEAWALL_COST_CALLS", "2000"))
CLIENTS = 16
LIMIT_MS = 0.5
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


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request of one connection with the same completion."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    try:
        while True:
            length = _length(await reader.readuntil(b"\r\n\r\n"))
            await reader.readexactly(length)
            writer.write(head % len(ANSWER) + ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


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


async def _client(port: int, key: str, calls: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps(
        {"model": "m", "messages": [{"role": "user", "content": "Where is my order 4711?"}]}
    ).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()
    for _ in range(calls):
        writer.write(head + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.partition(b"\r\n")[0]:
            raise RuntimeError(f"the gateway answered {answer[:60]!r}")
        await reader.readexactly(_length(answer))
    writer.close()


async def _load(port: int, key: str, calls: int) -> None:
    each = max(1, calls // CLIENTS)
    await asyncio.gather(*(_client(port, key, each) for _ in range(CLIENTS)))


def main() -> int:
    """Print the gateway's CPU time a call beside its limit; 1 when it is beyond."""
    with tempfile.TemporaryDirectory() as folder, _provider() as url:
        policy = Path(folder) / "policy.yaml"
        policy.write_text(POLICY.format(url=url), encoding="utf-8")
        command = [sys.executable, "-c", SERVE, "serve", "--policy", str(policy)]
        command += ["--data", f"{folder}/data", "--port", "0", "--json"]
        gateway = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            started = json.loads(gateway.stdout.readline() if gateway.stdout else "{}")
            key = _key(f"{folder}/data")
            port = int(started["url"].rpartition(":")[2].partition("/")[0])
            asyncio.run(_load(port, key, CALLS // 4))
            before, began = _cpu_seconds(gateway.pid), time.perf_counter()
            asyncio.run(_load(port, key, CALLS))
            spent, wall = _cpu_seconds(gateway.pid) - before, time.perf_counter() - began
        finally:
            gateway.terminate()
            gateway.wait(10)
    each = spent / CALLS * 1000
    print(f"CPU of the gateway a JSON call: {each:.3f} ms (limit {LIMIT_MS} ms)")
    print(f"calls a second on one core's worth of gateway: {1000 / each:.0f}; wall {wall:.1f} s")
    return 0 if each <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
