"""`seawall serve` stops while a provider hangs: every client hears why, and it is on record."""

import http.client
import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from gateway_support import POLICY, chunks
from test_gateway_serve import process, started

from seawall.gateway.drain import Drain, StoppedError
from seawall.store.db import open_for_reading, open_store
from seawall.store.keys import create_key
from seawall.store.verify import records, verify

HI: Any = [{"role": "user", "content": "Hi"}]
SAID = "A sentence that is released. Another one that is released. One that waits"


class _Hung(BaseHTTPRequestHandler):
    """Begins a stream and says no more, or nothing at all."""

    protocol_version = "HTTP/1.1"
    asked = threading.Semaphore(0)
    end = threading.Event()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if body.get("stream"):
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for event in chunks({"content": SAID}, finish=None):
                self.wfile.write(f"data: {event}\n\n".encode())
        self.asked.release()
        self.end.wait(30)
        self.close_connection = True

    def log_message(self, *args: Any) -> None: ...


@dataclass
class Ended:
    """What clients got, what is on record, and how the process ended."""

    got: dict[str, Any]
    kept: list[dict[str, Any]]
    code: int
    seconds: float
    stderr: str
    idle: tuple[bytes, float]

    def records(self, name: str) -> list[dict[str, Any]]:
        request = self.got[name]["seawall"]["request_id"]
        return [one for one in self.kept if one["request_id"] == request]


def heard(ask: Any) -> dict[str, Any]:
    """Return the error that ends an answer; one without is a fault."""
    events: list[Any] = [None, None]
    try:
        events += ask()
    except (openai.APIError, anthropic.APIError) as error:
        body: Any = error.body
        answer = getattr(error, "response", None)
        return {**body.get("error", body), "answer": answer}
    error, last = events[-2:]  # OpenAI's client raises none of the responses' errors
    assert (error.type, last.type) == ("error", "response.failed")
    return {**error.to_dict(), "seawall": last.response.to_dict()["seawall"]}


def questions(url: str, key: str) -> dict[str, Any]:
    ours = openai.OpenAI(base_url=url, api_key=key, max_retries=0, timeout=20)
    theirs = anthropic.Anthropic(
        base_url=url.removesuffix("/v1"), api_key=key, max_retries=0, timeout=20
    )
    chat: dict[str, Any] = {"model": "small", "messages": HI}
    return {
        "chat": lambda: ours.chat.completions.create(**chat),
        "chat stream": lambda: ours.chat.completions.create(**chat, stream=True),
        "messages": lambda: theirs.messages.create(**chat, max_tokens=50),
        "messages stream": lambda: theirs.messages.create(**chat, max_tokens=50, stream=True),
        "responses": lambda: ours.responses.create(model="small", input="Hi"),
        "responses stream": lambda: ours.responses.create(model="small", input="Hi", stream=True),
        "embeddings": lambda: ours.embeddings.create(model="small", input="Hi"),
    }


def half_sent(port: int, key: str) -> socket.socket:
    """Return a connection on which half of a body was sent."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
    connection.sendall(head.encode() + b"content-length: 100\r\n\r\n{")
    return connection


def kept_alive(port: int) -> Any:
    """Return the socket of a connection on which nothing is asked any more."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    return connection.sock


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    folder = tmp_path_factory.mktemp("drained")
    _Hung.end.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Hung) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        upstream = f"http://127.0.0.1:{server.server_address[1]}/v1"
        policy, data = folder / "policy.yaml", folder / "data"
        text = POLICY.format(upstream=upstream, mode="error")
        policy.write_text(text.replace("timeout_seconds: 1.2", "timeout_seconds: 60"))
        store = open_store(data)
        key = create_key(store, application="shop", function="chat")[1]
        store.close()
        with process(policy, data, "--drain", "1") as running, ThreadPoolExecutor(8) as pool:
            yield _stopped(running, pool, started(running)["url"], key, data)
        _Hung.end.set()
        server.shutdown()


def _stopped(running: Any, pool: ThreadPoolExecutor, url: str, key: str, data: Path) -> Ended:
    port = int(url.split(":")[2].split("/")[0])
    asked = {name: pool.submit(heard, ask) for name, ask in questions(url, key).items()}
    for _ in asked:
        assert _Hung.asked.acquire(timeout=30)
    half, idle = half_sent(port, key), kept_alive(port)
    time.sleep(0.3)
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    rest = idle.recv(100), time.monotonic() - began
    got: dict[str, Any] = {name: one.result(20) for name, one in asked.items()}
    head, _, body = half.makefile("rb").read().partition(b"\r\n\r\n")
    got["half"] = {**json.loads(body)["error"], "head": head}
    code = running.wait(20)
    seconds = time.monotonic() - began
    kept = open_for_reading(data)
    report = verify(kept)
    assert report.ok, report.problems
    bodies = [record.body for record in records(kept, limit=1000)]
    return Ended(got, bodies, code, seconds, running.stderr.read(), rest)


@pytest.mark.parametrize("name", ["chat", "messages", "responses", "embeddings"])
def test_a_whole_answer_is_refused_in_the_clients_format(ended: Ended, name: str) -> None:
    error = ended.got[name]
    assert (error["answer"].status_code, error["answer"].headers["retry-after"]) == (503, "1")
    assert error["code"] == "gateway_stopped"
    assert error["type"] == ("overloaded_error" if name == "messages" else "api_error")
    (record,) = ended.records(name)
    found = (record["event"], record["result"], record["code"], record["status"])
    assert found == ("request", "failed", "gateway_stopped", 503)
    assert record["cost"] > 0  # the provider was asked, and may bill it


@pytest.mark.parametrize("name", ["chat stream", "messages stream", "responses stream"])
def test_a_stream_ends_with_an_error_event(ended: Ended, name: str) -> None:
    error = ended.got[name]
    assert error["code"] == "gateway_stopped" and "stopped" in error["message"]
    opened, closed = ended.records(name)
    assert (opened["event"], closed["event"]) == ("stream.open", "stream.close")
    found = (closed["result"], closed["code"], closed["status"])
    assert found == ("failed", "gateway_stopped", 200)
    assert closed["cost"] > 0


def test_a_body_that_never_ends_is_answered(ended: Ended) -> None:
    head = ended.got["half"]["head"]
    assert head.startswith(b"HTTP/1.1 503 ") and b"\r\nretry-after: 1\r\n" in head
    assert ended.got["half"]["code"] == "gateway_stopped"
    (record,) = ended.records("half")
    assert (record["result"], record["code"], record["cost"]) == ("failed", "gateway_stopped", 0)


def test_the_process_ends_in_time_and_says_nothing_odd(ended: Ended) -> None:
    assert ended.code == 0 and 1 <= ended.seconds < 5
    assert "Traceback" not in ended.stderr and "ERROR" not in ended.stderr, ended.stderr
    assert "8 open requests are ended" in ended.stderr
    assert not [record for record in ended.kept if record.get("result") == "client_gone"]


def test_a_connection_that_asks_nothing_is_closed_at_once(ended: Ended) -> None:
    said, seconds = ended.idle
    assert said == b"" and seconds < 0.9


def test_whoever_interrupts_again_ends_it_at_once_and_hears_so_in_a_line(tmp_path: Path) -> None:
    policy, data = tmp_path / "policy.yaml", tmp_path / "data"
    policy.write_text(POLICY.format(upstream="http://127.0.0.1:9/v1", mode="error"))
    store = open_store(data)
    key = create_key(store, application="shop", function="chat")[1]
    store.close()
    with process(policy, data) as running:
        port = int(started(running)["url"].split(":")[2].split("/")[0])
        client = half_sent(port, key)
        time.sleep(0.3)
        for _ in range(2):
            running.send_signal(signal.SIGINT)
            time.sleep(0.5)  # two at once are heard as one
        assert running.wait(10) == 130
        (line,) = running.stderr.read().splitlines()
        assert line.endswith("WARNING the server stops: 1 open requests are ended")
        assert client.recv(100).startswith(b"HTTP/1.1 503 ")
        client.close()
    kept = open_for_reading(data)
    assert verify(kept).ok
    kept.close()


def test_only_the_end_of_a_drain_stops_what_runs() -> None:
    drain = Drain()
    drain.begin()
    drain.check()
    drain.end()
    with pytest.raises(StoppedError):
        drain.check()
