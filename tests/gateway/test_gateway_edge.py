"""Bad input: always a 4xx, never a traceback, never the provider."""

import gzip
import json
import logging
import socket
from pathlib import Path
from typing import Any

import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.gateway.settings import Settings

GOOD = {"model": "small", "messages": [{"role": "user", "content": "Hi"}], "temperature": 1}


@pytest.fixture
def quiet(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> Any:
    """A gateway whose log must stay without errors."""
    with caplog.at_level(logging.WARNING):
        yield gateway
    assert [r for r in caplog.records if r.levelno >= logging.ERROR or r.exc_info] == []


def exchange(gateway: Gateway, data: bytes, *, close: bool = False, port: int = 0) -> bytes:
    """Send raw bytes, half-close if asked, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port or gateway.port), timeout=10) as link:
        link.sendall(data)
        if close:
            link.shutdown(socket.SHUT_WR)
        received = b""
        while piece := link.recv(65536):
            received += piece
    return received


def exchange_early(gateway: Gateway, data: bytes) -> bytes:
    """Do `exchange` where the answer comes before all is read: a close may overtake it."""
    for _ in range(10):
        try:
            return exchange(gateway, data)
        except (ConnectionResetError, BrokenPipeError):
            continue
    raise AssertionError("no answer in ten tries")


def request(
    gateway: Gateway,
    body: bytes,
    *,
    path: str = "/v1/chat/completions",
    method: str = "POST",
    headers: str = "",
    length: int | None = None,
) -> bytes:
    size = len(body) if length is None else length
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.key}\r\n"
        f"content-type: application/json\r\ncontent-length: {size}\r\nconnection: close\r\n"
        f"{headers}\r\n"
    )
    return head.encode() + body


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:80]
    return int(answer[9:12])


def error_of(answer: bytes) -> dict[str, Any]:
    body = answer.partition(b"\r\n\r\n")[2]
    value: dict[str, Any] = json.loads(body)["error"]
    assert value["seawall"]["request_id"] in answer.partition(b"\r\n\r\n")[0].decode()
    assert b"Traceback" not in answer
    return value


BODIES: list[tuple[bytes, int, str]] = [
    (b"", 400, "invalid_json"),
    (b"{", 400, "invalid_json"),
    (b"null", 400, "invalid_request"),
    (b"[]", 400, "invalid_request"),
    (b"{}", 400, "invalid_request"),
    (b'"x"', 400, "invalid_request"),
    (b"\xff\xfe{}", 400, "invalid_utf8"),
    (json.dumps(GOOD).encode("utf-16"), 400, "invalid_utf8"),
    (b"[" * 100_000, 400, "too_deep"),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400, "too_deep"),
    (b'{"model":"small","model":"other","messages":[]}', 400, "invalid_json"),
    (
        b'{"model":"small","messages":[{"role":"user","content":"hi","content":"bad"}]}',
        400,
        "invalid_json",
    ),
    (
        b'{"model":"small","messages":[{"role":"user","content":"hi","cont\\u0065nt":"bad"}]}',
        400,
        "invalid_json",
    ),
    (json.dumps({**GOOD, "messages": "hi"}).encode(), 400, "invalid_request"),
    (json.dumps({**GOOD, "n": "2"}).encode(), 400, "invalid_request"),
    (json.dumps({**GOOD, "stream": 1}).encode(), 400, "invalid_request"),
    (json.dumps({**GOOD, "evil": 1}).encode(), 400, "unknown_field"),
    (json.dumps({**GOOD, "audio": {}}).encode(), 400, "unsupported_field"),
    (b'{"x":"' + b"a" * 10_000_000 + b'"}', 413, "body_too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=range(len(BODIES)))
def test_bad_bodies(quiet: Gateway, body: bytes, status: int, code: str) -> None:
    answer = exchange(quiet, request(quiet, body))
    error = error_of(answer)
    assert (status_of(answer), error["code"]) == (status, code)
    record = quiet.record(error["seawall"]["request_id"])
    assert (record["result"], record["code"]) == ("refused", code)
    assert quiet.provider.seen == []


@pytest.mark.parametrize("coding", ["gzip", "Br", "identity, deflate"])
def test_a_packed_body_is_refused_by_name(quiet: Gateway, coding: str) -> None:
    body = gzip.compress(json.dumps(GOOD).encode())
    answer = exchange(quiet, request(quiet, body, headers=f"content-encoding: {coding}\r\n"))
    assert (status_of(answer), error_of(answer)["code"]) == (415, "unsupported_encoding")
    plain = request(quiet, json.dumps(GOOD).encode(), headers="content-encoding: identity\r\n")
    assert status_of(exchange(quiet, plain)) == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"POST /v1/models HTTP/1.1\r\nhost: x\r\ncontent-length: abc\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n"
            b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"GET /v1/models HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 70_000 + b"\r\n\r\n", 431),
        (b"GET /v1/models HTTP/1.1\r\n" + b"x: y\r\n" * 20_000, 431),
    ],
)
def test_bytes_that_are_not_http(quiet: Gateway, data: bytes, status: int) -> None:
    answer = exchange_early(quiet, data)
    assert status_of(answer) == status
    error_of(answer)


@pytest.mark.parametrize("cut", [10, 60, 150, -5])
def test_half_closed_in_the_middle_of_a_request(quiet: Gateway, cut: int) -> None:
    data = request(quiet, json.dumps(GOOD).encode())
    answer = exchange(quiet, data[:cut], close=True)
    assert (status_of(answer), error_of(answer)["code"]) == (400, "incomplete_request")
    assert quiet.provider.seen == []


def test_half_closed_chunked_body(quiet: Gateway) -> None:
    head = request(quiet, b"", length=0).replace(
        b"content-length: 0", b"transfer-encoding: chunked"
    )
    answer = exchange(quiet, head + b'5\r\n{"a', close=True)
    assert status_of(answer) == 400
    answer = exchange(quiet, head + b"zz\r\n")
    assert status_of(answer) == 400
    assert quiet.provider.seen == []


def test_slow_headers_and_slow_bodies_end(provider: Provider, tmp_path: Path) -> None:
    provider.reset()
    limits = Settings(header_seconds=0.2, body_seconds=0.2, drain_seconds=1)
    with gateway_of(make_policy(provider), provider, tmp_path, limits) as gateway:
        assert status_of(exchange(gateway, b"GET /healthz HT")) == 408
        answer = exchange(gateway, request(gateway, b"{", length=50))
        assert (status_of(answer), error_of(answer)["code"]) == (408, "request_timeout")
        assert status_of(exchange(gateway, b"")) == 408
    assert provider.seen == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/v1/images/others", 404),
        ("POST", "/v1/audio/voices", 404),
        ("POST", "/v1/chat/completions/", 404),
        ("POST", "//v1/chat/completions", 404),
        ("POST", "/v1/../v1/chat/completions", 404),
        ("GET", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("HEAD", "/v1/models", 405),
        ("GET", "/v1/models/%00", 404),
        ("PUT", "/v1/files", 405),
    ],
)
def test_other_routes_are_refused_by_name(
    quiet: Gateway, method: str, path: str, status: int
) -> None:
    answer = exchange(quiet, request(quiet, b"", method=method, path=path))
    assert status_of(answer) == status
    assert (b"\r\nallow: " in answer) is (status == 405)
    if method != "HEAD":
        error_of(answer)


@pytest.mark.parametrize(
    ("path", "route"),
    [("/chat/completions", "/v1/chat/completions"), ("/v1/v1/messages", "/v1/messages"),
     ("/api/v1/embeddings", "/v1/embeddings")],
)  # fmt: skip
def test_a_base_url_that_is_off_by_v1_is_told(quiet: Gateway, path: str, route: str) -> None:
    said = error_of(exchange(quiet, request(quiet, json.dumps(GOOD).encode(), path=path)))
    assert f"The route is {route}: OpenAI's client takes a base_url that ends" in said["message"]


@pytest.mark.parametrize(
    ("field", "meant"), [("max_token", "max_tokens"), ("temprature", "temperature"), ("top_k", "")]
)
def test_a_field_that_is_a_slip_is_told(quiet: Gateway, field: str, meant: str) -> None:
    body = json.dumps({**GOOD, field: 1}).encode()
    said = error_of(exchange(quiet, request(quiet, body)))
    assert said["code"] == "unknown_field" and said["param"] == f"/{field}"
    assert (f"Did you mean {meant}?" in said["message"]) is bool(meant)
    assert ("Did you mean" in said["message"]) is bool(meant)


@pytest.mark.parametrize(
    "header",
    ["", "authorization: Bearer\r\n", "authorization: Basic eDp5\r\n", "authorization: Bearer \r\n",
     "authorization: Bearer \xff\xfe\r\n", "api-key: KEY\r\n", "authorization: KEY\r\n"],
)  # fmt: skip
def test_no_key_no_answer(quiet: Gateway, header: str) -> None:
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n{header}content-length: 2\r\n"
    head = head.replace("KEY", quiet.key) + "connection: close\r\n\r\n{}"
    answer = exchange(quiet, head.encode("latin-1"))
    assert status_of(answer) == 401 and "keys create" in error_of(answer)["message"]
    assert b"www-authenticate: Bearer" in answer
    assert quiet.key not in json.dumps(quiet.exchanges()[-1])


def test_two_authorization_headers_are_refused(quiet: Gateway) -> None:
    again = f"authorization: Bearer {quiet.key}\r\n"
    answer = exchange(quiet, request(quiet, json.dumps(GOOD).encode(), headers=again))
    assert status_of(answer) == 401


def test_health_needs_no_key(quiet: Gateway) -> None:
    for path, word in (("/healthz", b'"ok"'), ("/readyz", b'"ready"')):
        head = f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        answer = exchange(quiet, head.encode())
        assert status_of(answer) == 200 and word in answer


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = [
    *("model", "messages", "n", "stop", "tools", "tool_choice", "metadata", "user", "x"),
    *("response_format", "stream", "stream_options", "prediction", "logit_bias", "max_tokens"),
]
DEEP = {
    "model": "none",
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "r"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": {}}}}],
}  # fmt: skip


def mutate(value: Any, path: list[int], new: Any) -> Any:
    """Replace what stands at a random path."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    if isinstance(value, list):
        at = path[0] % len(value)
        return [mutate(v, path[1:], new) if i == at else v for i, v in enumerate(value)]
    key = list(value)[path[0] % len(value)]
    return {k: mutate(v, path[1:], new) if k == key else v for k, v in value.items()}


@settings(max_examples=100, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    st.one_of(
        st.binary(max_size=300),
        st.builds(lambda k, v: json.dumps({**DEEP, k: v}).encode("utf-8", "surrogatepass"),
                  st.sampled_from(FIELDS), values),
        st.builds(lambda p, v: json.dumps(mutate(DEEP, p, v)).encode("utf-8", "surrogatepass"),
                  st.lists(st.integers(0, 7), max_size=6), values),
        st.builds(lambda cut, b: json.dumps(DEEP).encode()[:cut] + b,
                  st.integers(0, 300), st.binary(max_size=8)),
    )
)  # fmt: skip
def test_random_bodies_are_always_refused(quiet: Gateway, body: bytes) -> None:
    """No body here names a model that exists: whatever else is in it, the answer is a 4xx."""
    answer = exchange(quiet, request(quiet, body))
    assert 400 <= status_of(answer) < 500
    error_of(answer)
    assert quiet.provider.seen == []


def test_what_was_inspected_is_what_is_sent(quiet: Gateway) -> None:
    """Spelled in odd but legal ways, a body is forwarded in the one way it was read."""
    body = b' { "m\\u006fdel" : "small" , "messages":[{"content":"H\\u0069","role":"user"}]}\n '
    assert status_of(exchange(quiet, request(quiet, body))) == 200
    assert quiet.provider.raw[0].startswith(b'{"model":"real-small","messages":[{"content":"Hi"')


def test_an_unexpected_error_is_a_500_without_content(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("Hi LEAK")

    monkeypatch.setattr("seawall.wire.openai_chat.upstream_body", fail)
    answer = exchange(gateway, request(gateway, json.dumps(GOOD).encode()))
    error = error_of(answer)
    assert (status_of(answer), error["code"]) == (500, "internal")
    assert b"LEAK" not in answer and "LEAK" not in caplog.text and "ValueError" in caplog.text
    assert gateway.record(error["seawall"]["request_id"])["result"] == "failed"


def test_without_an_audit_record_nothing_is_released(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    for stream in (False, True):
        gateway.provider.reset()
        with monkeypatch.context() as patch:
            patch.setattr(gateway.audit, "_commit", full)
            body = json.dumps({**GOOD, "stream": stream}).encode()
            for _ in range(3):
                answer = exchange(gateway, request(gateway, body))
                assert (status_of(answer), error_of(answer)["code"]) == (503, "audit_unavailable")
                assert b"Hello" not in answer
            ready = b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
            assert status_of(exchange(gateway, ready)) == 503
        asked = len(gateway.provider.seen)
        assert asked == 1, "who knows that it can record nothing asks no provider"
        while status_of(exchange(gateway, ready)) == 503:
            pass
    assert status_of(exchange(gateway, request(gateway, json.dumps(GOOD).encode()))) == 200


def test_a_guard_that_hangs_or_crashes_blocks(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.reset()
    limits = Settings(guard_seconds=0.2, guard_inline_chars=0, drain_seconds=1)
    with gateway_of(make_policy(provider), provider, tmp_path, limits) as gateway:
        import time

        for work in (lambda *_: time.sleep(0.6), lambda *_: 1 / 0):
            monkeypatch.setattr("seawall.guard.engine.GuardEngine.inspect", work)
            answer = exchange(gateway, request(gateway, json.dumps(GOOD).encode()))
            error = error_of(answer)
            assert (status_of(answer), error["code"]) == (400, "content_filter")
            assert error["seawall"]["controls"]
            assert gateway.record(error["seawall"]["request_id"])["unknown"]
    assert provider.seen == []
