"""`seawall mcp http` as a process: addresses that cannot be, and one that is free."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import httpx2 as httpx
import pytest
from test_gateway_mcp import POLICY


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


def test_a_port_in_use_is_refused_before_an_address_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = refused(tmp_path, "http://127.0.0.1:1/mcp", "--port", port)
    assert f"127.0.0.1:{port} cannot be used" in told and "Choose another --port." in told


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
