"""`seawall controls --gateway`: what a running gateway refuses, and one that does not."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from seawall.catalog.load import load_catalog
from seawall.cli._live import KEY, tried
from seawall.cli.main import run
from seawall.core.errors import InputError

OWN = "sk-own"


@contextmanager
def serving(known: int, broken: int, asked: list[tuple[str, str]]) -> Iterator[str]:
    """Serve; answer `broken` to whoever has the key, `known` to others."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            key = self.headers.get("authorization", "")
            asked.append((key, body))
            self.send_response(broken if key == f"Bearer {OWN}" else known)
            self.send_header("location", "http://127.0.0.1:9/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def register(tmp_path: Path) -> str:
    profile, out = tmp_path / "profile.yaml", tmp_path / "register.json"
    profile.write_text("application: shop\nfacts: {audience: [customers]}\n")
    assert run(["assess", str(profile), "--draws", "1000", "--out", str(out)]) == 0
    return str(out)


@pytest.mark.parametrize(
    ("known", "broken", "callers", "bodies"),
    [
        (401, 400, "tested-pass", "tested-pass"),
        (200, 400, "tested-fail", "tested-pass"),
        (401, 200, "tested-pass", "tested-fail"),
        (307, 307, "tested-fail", "tested-fail"),
        (500, 401, "tested-fail", "tested-fail"),
    ],
)
def test_what_is_not_refused_fails_its_control(
    register: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    known: int, broken: int, callers: str, bodies: str,
) -> None:  # fmt: skip
    monkeypatch.setenv(KEY, OWN)
    asked: list[tuple[str, str]] = []
    with serving(known, broken, asked) as address:
        capsys.readouterr()
        assert run(["controls", "--register", register, "--gateway", address, "--json"]) == 0
    found = {one["control"]: one for one in json.loads(capsys.readouterr().out)["controls"]}
    assert found["CTL-KNOWN-CALLERS"]["state"] == callers
    assert found["CTL-WRITE-ANEW"]["state"] == bodies
    assert "gateway" in {item["source"] for item in found["CTL-KNOWN-CALLERS"]["evidence"]}
    assert len(asked) == 5, "a redirect is not followed"
    assert asked[0][0] == "" and all(OWN not in key for key, _ in asked[:2])


def test_without_a_key_only_keys_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY, raising=False)
    asked: list[tuple[str, str]] = []
    with serving(401, 400, asked) as address:
        assert set(tried(address + "/", load_catalog())) == {"CTL-KNOWN-CALLERS"}
    assert len(asked) == 2


@pytest.mark.parametrize("address", ["file:///etc/passwd", "127.0.0.1:9", "http://127.0.0.1:9"])
def test_where_no_gateway_answers_nothing_is_said_of_controls(address: str) -> None:
    with pytest.raises(InputError, match="--gateway"):
        tried(address, load_catalog())


def test_a_key_with_a_line_end_is_sent_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, f"{OWN}\r\n")
    asked: list[tuple[str, str]] = []
    with serving(401, 400, asked) as address:
        tried(address, load_catalog())
    assert {key for key, _ in asked[2:]} == {f"Bearer {OWN}"}


@pytest.mark.parametrize("key", ["sk-a\r\nsecret", "sk-\u20acsecret"])
def test_a_key_that_no_header_can_hold_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(KEY, key)
    with serving(401, 400, []) as address, pytest.raises(InputError, match="Error") as said:
        tried(address, load_catalog())
    assert "secret" not in f"{said.value} {said.value.hint}"
