"""Build what is configured, by OpenTelemetry's environment variables and SEAWALL_AUDIT_SYSLOG."""

from collections.abc import Mapping
from typing import Any, Protocol

from seawall.core.errors import InputError
from seawall.gateway.telemetry.metrics import Metrics
from seawall.gateway.telemetry.otlp import SCOPE, Collector, attributes, collector, resource
from seawall.gateway.telemetry.otlp_metrics import GenAiMetrics, Reader
from seawall.gateway.telemetry.outbox import Outbox
from seawall.gateway.telemetry.spans import Span, Tracer, latest
from seawall.gateway.telemetry.syslog import Durable, Syslog
from seawall.gateway.telemetry.watch import Observer

SYSLOG_ENV = "SEAWALL_AUDIT_SYSLOG"
_INFO = 9


class Sink(Protocol):
    """Something that sends, and counts what it lost."""

    name: str
    sent: int
    dropped: int

    @property
    def waiting(self) -> int:
        """How many items wait."""
        ...

    def close(self, seconds: float = ...) -> None:
        """Send what waits, for `seconds` at most."""
        ...


class Exporters:
    """Everything that leaves the machine, and nothing where nothing is configured.

    Raises InputError for an address or a protocol that cannot be used.
    """

    def __init__(self, env: Mapping[str, str], application: str) -> None:
        self.sinks: list[Sink] = []
        self.observers: list[Observer] = []
        self._records: list[Outbox[Durable]] = []
        self._env = env
        self._resource = resource(env, application)
        if url := env.get(SYSLOG_ENV, "").strip():
            self._add_records(Outbox("syslog", Syslog(url).send))
        if (logs := collector(env, "logs")) is not None:
            self._add_records(Outbox("otlp-logs", _Logs(logs, self._resource).send))
        tracer = Tracer(lambda span: None, newest=latest(env))
        if (traces := collector(env, "traces")) is not None:
            spans = Outbox("otlp-traces", _Spans(traces, self._resource).send)
            self.sinks.append(spans)
            tracer = Tracer(spans.put, newest=latest(env))
            self.observers.append(tracer)
        self._genai = GenAiMetrics(tracer)

    def _add_records(self, outbox: Outbox[Durable]) -> None:
        self.sinks.append(outbox)
        self._records.append(outbox)

    @property
    def wants_records(self) -> bool:
        """Say whether any sink takes audit records."""
        return bool(self._records)

    def durable(self, seq: int, time: int, digest: bytes, body: bytes) -> None:
        """Hand a durable audit record to the sinks; returns at once."""
        record = Durable(seq=seq, time=time, hash=digest, body=body)
        for outbox in self._records:
            outbox.put(record)

    def read(self, metrics: Metrics) -> None:
        """Export the metrics from time to time, where an address is configured."""
        target = collector(self._env, "metrics")
        if target is None:
            return
        try:
            seconds = float(self._env.get("OTEL_METRIC_EXPORT_INTERVAL", "") or 60_000) / 1000
        except ValueError:
            raise InputError("OTEL_METRIC_EXPORT_INTERVAL is a number of milliseconds.") from None
        self.observers.append(self._genai)
        registry = metrics.registry
        self.sinks.append(Reader(registry, self._genai, self._resource, target.post, seconds))

    def close(self) -> None:
        """Send what waits, for two seconds at most each."""
        for sink in self.sinks:
            sink.close()


class _Logs:
    """Audit records as OTLP log records; the body is the record as it was hashed."""

    def __init__(self, target: Collector, place: dict[str, Any]) -> None:
        self._target = target
        self._resource = place

    def send(self, batch: list[Durable]) -> None:
        records = [
            {
                "timeUnixNano": str(record.time),
                "observedTimeUnixNano": str(record.time),
                "severityNumber": _INFO,
                "severityText": "INFO",
                "eventName": "seawall.audit",
                "body": {"stringValue": record.body.decode("utf-8", "replace")},
                "attributes": attributes(
                    {"seawall.audit.seq": record.seq, "seawall.audit.hash": record.hash.hex()}
                ),
            }
            for record in batch
        ]
        scoped = {"scope": SCOPE, "logRecords": records}
        place = {"resource": self._resource, "scopeLogs": [scoped]}
        self._target.post({"resourceLogs": [place]})


class _Spans:
    """Spans as OTLP."""

    def __init__(self, target: Collector, place: dict[str, Any]) -> None:
        self._target = target
        self._resource = place

    def send(self, batch: list[Span]) -> None:
        spans = [{**span, "attributes": attributes(span["attributes"])} for span in batch]
        scoped = {"scope": SCOPE, "spans": spans}
        place = {"resource": self._resource, "scopeSpans": [scoped]}
        self._target.post({"resourceSpans": [place]})
