"""`seawall mcp http` as a process: addresses that cannot be, and one that is free."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import uvicorn
from test_gateway_mcp import POLICY, Wire

from seawall.gateway.mcp.http import HttpProxy
from seawall.gateway.serve import bind
from seawall.store.db import open_store

NO_STORE = "a start that ends before a store is opened"


def command(folder: Path, url: str, *more: str) -> list[str]:
    (folder / "policy.yaml").write_text(POLICY.format(allow="[]", action="block"))
    return [sys.executable, "-m", "seawall", "mcp", "http", url, "--name", "files", "--policy",
            str(folder / "policy.yaml"), "--data", str(folder / "data"), *more]  # fmt: skip


def refused(folder: Path, url: str, *more: str) -> str:
    done = subprocess.run(
        command(folder, url, *more), capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr


@pytest.mark.one_place(NO_STORE)
def test_a_port_in_use_is_refused_before_an_address_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = refused(tmp_path, "http://127.0.0.1:1/mcp", "--port", port)
    assert f"127.0.0.1:{port} cannot be used" in told and "Choose another --port." in told


@pytest.mark.one_place(NO_STORE)
@pytest.mark.parametrize("url", ["notaurl", "ftp://a.example/mcp", "http://", "http://a:x/mcp",
                                 "http://me:secret@a.example/mcp"])  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused(tmp_path: Path, url: str) -> None:
    told = refused(tmp_path, url)
    assert "The server's address" in told and "secret" not in told


def test_the_address_that_is_told_answers_at_once(tmp_path: Path) -> None:
    child = subprocess.Popen(
        command(tmp_path, "http://127.0.0.1:1/mcp", "--port", "0", "--json"),
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        url = json.loads(child.stdout.readline())["url"]
        message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        answer = httpx.post(url, json=message, timeout=60)
        assert answer.status_code == 502 and "cannot be reached" in answer.text
    finally:
        child.terminate()
        child.wait(60)


class _Pong(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"jsonrpc":"2.0","id":1,"result":{}}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def test_a_drained_proxy_closes_its_connections(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pong) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/mcp"
        child = subprocess.Popen(
            command(tmp_path, address, "--port", "0", "--json"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert child.stdout is not None
            url = json.loads(child.stdout.readline())["url"]
            message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
            assert httpx.post(url, json=message, timeout=60).json()["result"] == {}
            child.send_signal(signal.SIGINT)
            told = child.communicate(timeout=60)[1]
        finally:
            child.kill()
            server.shutdown()
    assert told == ""


class _Slow(_Pong):
    """Begins a stream and says no more, or nothing at all."""

    stream = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.stream:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            said = b'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'
            self.wfile.write(b"%x\r\n%b\r\n" % (len(said), said))
        time.sleep(8)


class _Silent(_Slow):
    stream = False


@pytest.mark.parametrize("handler", [_Slow, _Silent])
def test_what_is_cut_off_when_it_stops_is_answered(
    handler: type[_Slow], tmp_path: Path, capfd: Any
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        session = Wire(open_store(str(tmp_path / "data"))).session
        proxy = HttpProxy(f"http://127.0.0.1:{server.server_address[1]}/mcp", session)
        config = uvicorn.Config(proxy.app(), log_level="warning", timeout_graceful_shutdown=1)
        listener = bind("127.0.0.1", 0)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        message = {"jsonrpc": "2.0", "id": 7, "method": "ping"}
        threading.Timer(0.8, lambda: setattr(running, "should_exit", True)).start()
        answer = httpx.post(url, json=message, timeout=20)
        thread.join(10)
        server.shutdown()
    assert answer.status_code == (200 if handler.stream else 503)
    last = answer.text.strip().rpartition("data: ")[2]
    assert json.loads(last)["id"] == 7 and "stopped" in json.loads(last)["error"]["message"]
    told = capfd.readouterr().err
    assert "Traceback" not in told and told.count("\n") <= 1
