"""The metrics as OTLP: Seawall's own, and the provider's calls by the GenAI conventions."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from seawall.gateway.call import Call
from seawall.gateway.telemetry.otlp import SCOPE, attributes
from seawall.gateway.telemetry.registry import Counter, Gauge, Histogram, Metric, Registry
from seawall.gateway.telemetry.spans import Tracer

_CUMULATIVE = 2
_SECONDS = tuple(0.01 * 2**power for power in range(14))
_TOKENS = tuple(float(4**power) for power in range(14))
_PORT = "server.port"
_LABELS = ("operation", "system", "model", "address", "port", "upstream")
DURATION, USAGE = "gen_ai.client.operation.duration", "gen_ai.client.token.usage"


class GenAiMetrics:
    """`gen_ai.client.operation.duration` and `gen_ai.client.token.usage` of each provider call."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._names: dict[str, str] = {}
        self.duration = Histogram("duration", "", (*_LABELS, "error"), _SECONDS)
        self.usage = Histogram("usage", "", (*_LABELS, "type"), _TOKENS)

    def opened(self, call: Call) -> None:
        """Nothing: a call counts at its end."""

    def ended(self, call: Call) -> None:
        """Count a call that reached the provider."""
        if call.route is None or not call.upstream_began:
            return
        shared = self._tracer.genai(call)
        self._names = dict(zip(_LABELS, shared, strict=True))
        labels = tuple(map(str, shared.values()))
        failed = call.code if call.code.startswith("upstream_") else ""
        seconds = (call.upstream_ended or time.perf_counter()) - call.upstream_began
        self.duration.observe(seconds, *labels, failed)
        if call.usage is not None:
            self.usage.observe(call.usage.prompt_tokens, *labels, "input")
            self.usage.observe(call.usage.completion_tokens, *labels, "output")

    def points(self, start: int, now: int) -> list[dict[str, Any]]:
        """Return both metrics, under the names of the wanted generation."""
        names = {**self._names, "error": "error.type", "type": "gen_ai.token.type"}
        return [
            _metric(self.duration, DURATION, "s", names, start, now),
            _metric(self.usage, USAGE, "{token}", names, start, now),
        ]


class Reader:
    """Exports the whole registry every `seconds`, and once more at the end."""

    def __init__(
        self,
        registry: Registry,
        genai: GenAiMetrics,
        resource: dict[str, Any],
        post: Callable[[dict[str, Any]], None],
        seconds: float,
    ) -> None:
        self.name = "otlp-metrics"
        self.sent = 0
        self.dropped = 0
        self.waiting = 0
        self._registry = registry
        self._genai = genai
        self._resource = resource
        self._post = post
        self._seconds = seconds
        self._start = time.time_ns()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._work, name="otlp-metrics", daemon=True)
        self._thread.start()

    def close(self, seconds: float = 2.0) -> None:
        """Export once more, for `seconds` at most."""
        self._closed.set()
        self._thread.join(seconds)

    def request(self) -> dict[str, Any]:
        """Return one export request."""
        start, now = self._start, time.time_ns()
        found = [
            _metric(metric, _dotted(metric.name), "", {}, start, now)
            for metric in list(self._registry.metrics.values())
        ]
        found += self._genai.points(start, now)
        scoped = {"scope": SCOPE, "metrics": [metric for metric in found if metric]}
        return {"resourceMetrics": [{"resource": self._resource, "scopeMetrics": [scoped]}]}

    def _work(self) -> None:
        ended = False
        while not ended:
            ended = self._closed.wait(self._seconds)
            try:
                self._post(self.request())
                self.sent += 1
            except Exception:  # noqa: BLE001 - a broken collector must not end the thread
                self.dropped += 1


def _dotted(name: str) -> str:
    return name.removesuffix("_total").replace("seawall_", "seawall.", 1)


def _metric(
    metric: Metric, name: str, unit: str, names: Mapping[str, str], start: int, now: int
) -> dict[str, Any]:
    """Return one metric with its data points; empty when it has none."""
    labels = [names.get(label, label) for label in metric.labels]
    times = {"startTimeUnixNano": str(start), "timeUnixNano": str(now)}

    def place(values: tuple[str, ...]) -> dict[str, Any]:
        pairs = zip(labels, values, strict=True)
        found = {key: int(value) if key == _PORT else value or None for key, value in pairs}
        return {"attributes": attributes(found), **times}

    if isinstance(metric, Histogram):
        points = [
            {
                **place(values),
                "count": str(sum(buckets.counts)),
                "sum": buckets.total,
                "bucketCounts": [str(count) for count in buckets.counts],
                "explicitBounds": list(metric.bounds),
            }
            for values, buckets in list(metric.values.items())
        ]
        data: dict[str, Any] = {"histogram": {"aggregationTemporality": _CUMULATIVE}}
    else:
        samples = list(metric.values.items()) if isinstance(metric, Counter) else []
        samples += list(metric.read()) if isinstance(metric, Gauge) else []
        points = [{**place(values), "asDouble": number} for values, number in samples]
        data = {"gauge": {}}
        if metric.kind == "counter":
            data = {"sum": {"aggregationTemporality": _CUMULATIVE, "isMonotonic": True}}
    if not points:
        return {}
    next(iter(data.values()))["dataPoints"] = points
    return {"name": name, "unit": unit, "description": metric.text, **data}
