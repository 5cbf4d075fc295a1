"""Real processes: a provider that is killed, a drain, clients that leave, many open streams."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from gateway_support import POLICY, Provider, chunks, gateway_of
from test_gateway_serve import process, started

from seawall.gateway.settings import Settings
from seawall.policy.load import decode_policy
from seawall.store.db import open_for_reading, open_store
from seawall.store.keys import create_key
from seawall.store.verify import records, verify

LONG = "A sentence that is released. Another one that says more. And a third one after it. "
HI: Any = [{"role": "user", "content": "Hi"}]
UPSTREAM = """
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": "Hello."}
        body = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                           "usage": {"prompt_tokens": 1, "completion_tokens": 1}}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
print("up", flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def upstream(port: int) -> Iterator[subprocess.Popen[str]]:
    code = UPSTREAM.replace("PORT", str(port))
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None and running.stdout.readline().strip() == "up"
        yield running
    finally:
        running.kill()
        running.communicate()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def code_of(client: openai.OpenAI) -> str:
    try:
        client.chat.completions.create(model="small", messages=HI)
    except openai.APIStatusError as error:
        return str(error.code)
    return ""


def test_a_killed_provider_is_told_from_and_used_again_when_it_is_back(
    provider: Provider, tmp_path: Path
) -> None:
    """No restart of the gateway, no budget lost: what failed costs nothing."""
    port = free_port()
    text = POLICY.format(upstream=f"http://127.0.0.1:{port}/v1", mode="error")
    text = text.replace("max_output_tokens: 500", "max_output_tokens: 500, "
                        "limits: {cost_per_day: 0.0012}")  # fmt: skip
    text = text.replace("    models:", "    breaker: {failures: 3, seconds: 0.2}\n    models:", 1)
    with gateway_of(decode_policy(text, "test"), provider, tmp_path) as gateway:
        client = gateway.client()
        with upstream(port) as running:
            assert code_of(client) == ""
            running.send_signal(signal.SIGKILL)
            running.wait(10)
            codes = {code_of(client) for _ in range(8)}
        assert codes <= {"upstream_unreachable", "upstream_unavailable"}
        with upstream(port):
            # Each request reserves nearly the whole budget: a lost reservation would refuse it.
            answers = []
            while "" not in answers and len(answers) < 200:
                answers.append(code_of(client))
            assert answers[-1] == ""
            assert set(answers[:-1]) <= {"upstream_unavailable", "upstream_unreachable"}


def test_sigterm_makes_unready_first_and_lets_running_streams_end(
    provider: Provider, tmp_path: Path
) -> None:
    provider.reset()
    gate = threading.Event()
    first, *rest = chunks({"content": LONG}, {"content": "Bye."})
    provider.script = [first, gate, *rest, "[DONE]"]
    policy, data = tmp_path / "policy.yaml", tmp_path / "data"
    policy.write_text(
        POLICY.format(upstream=provider.url, mode="error").replace(": 1.2", ": 30", 1)
    )
    key = create_key(open_store(data), application="shop", function="chat")[1]
    with process(policy, data, "--drain-notice", "3") as running:
        url = started(running)["url"]
        client = openai.OpenAI(base_url=url, api_key=key, max_retries=0, timeout=20)
        stream = client.chat.completions.create(model="small", messages=HI, stream=True)
        events = iter(stream)
        next(events)
        running.send_signal(signal.SIGTERM)
        status = 0
        while status != 503:  # the port is open during the notice
            status, body = readyz(int(url.rpartition(":")[2].partition("/")[0]))
        assert body["status"] == "draining"
        gate.set()
        text = "".join(e.choices[0].delta.content or "" for e in events if e.choices)
        assert text.endswith("Bye.")
        assert running.wait(20) == 0
    report = verify(open_for_reading(data))
    assert report.ok, report.problems
    assert [r.body["event"] for r in records(open_for_reading(data), limit=100)][-1] == (
        "stream.close"
    )


def readyz(port: int) -> tuple[int, dict[str, Any]]:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    value: dict[str, Any] = json.loads(answer.read())
    connection.close()
    return answer.status, value


async def open_stream(port: int, key: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a streamed request and read up to its first event."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"model": "small", "messages": HI, "stream": True}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await reader.readuntil(b"\r\n\r\n")
    await reader.readuntil(b"data: ")
    return reader, writer


STREAMS = int(os.environ.get("SEAWALL_OPEN_STREAMS", "100"))


@pytest.mark.parametrize("leave", [False, True])
def test_many_streams_are_open_at_once_and_every_one_is_settled(
    provider: Provider, tmp_path: Path, leave: bool
) -> None:
    """With SEAWALL_OPEN_STREAMS=1000 as many as the issue asks for; 100 in ordinary runs."""
    provider.reset()
    gate = threading.Event()
    held = chunks({"content": LONG}, finish=None)
    end = chunks({"content": "The end."})
    provider.script = [*held, gate, *end, "[DONE]"]
    text = POLICY.format(upstream=provider.url, mode="error").replace(": 1.2", ": 700", 1)
    text = text.replace("    models:", f"    max_concurrency: {STREAMS}\n    models:", 1)
    settings = Settings(drain_seconds=2, max_connections=STREAMS + 50)
    with gateway_of(decode_policy(text, "test"), provider, tmp_path, settings) as gateway:

        async def run() -> int:
            opened = [await open_stream(gateway.port, gateway.key) for _ in range(STREAMS)]
            if leave:
                for _, writer in opened:
                    writer.transport.abort()
                return STREAMS
            gate.set()
            ends = [(await reader.read()).count(b"[DONE]") for reader, _ in opened]
            for _, writer in opened:
                writer.close()
            return sum(ends)

        assert asyncio.run(run()) == STREAMS
        closed: list[dict[str, Any]] = []
        for _ in range(2_000):
            closed = [r for r in gateway.records() if r["event"] == "stream.close"]
            if len(closed) == STREAMS:
                break
        assert len(closed) == STREAMS
        assert {r["result"] for r in closed} == {"client_gone" if leave else "answered"}
        assert all(r["cost"] > 0 for r in closed)
        # Every slot and every reservation is free again.
        gate.set()
        provider.reset()
        assert code_of(gateway.client()) == ""


def test_a_slow_client_holds_nobody_up(provider: Provider, tmp_path: Path) -> None:
    """A client that reads nothing blocks its own stream only."""
    provider.reset()
    piece = "A sentence about nothing in particular, number {}. " * 4
    endless = chunks(*({"content": piece.format(*[n] * 4)} for n in range(200)))
    provider.script = lambda body: [*endless, "[DONE]"] if body.get("stream") else None
    text = POLICY.format(upstream=provider.url, mode="error").replace(": 500", ": 500000", 1)
    with gateway_of(decode_policy(text, "test"), provider, tmp_path) as gateway:

        async def run() -> None:
            _, writer = await open_stream(gateway.port, gateway.key)
            codes = await asyncio.gather(
                *(asyncio.to_thread(code_of, gateway.client()) for _ in range(4))
            )
            assert set(codes) == {""}
            writer.transport.abort()

        asyncio.run(run())
