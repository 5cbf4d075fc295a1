"""The gateway's metrics. They are counted where the audit record is written, so both agree."""

import os
import resource
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from seawall.core.exchange import Stage
from seawall.gateway.call import Call
from seawall.gateway.fair_queue import FairQueue
from seawall.gateway.shared.state import SharedState
from seawall.gateway.telemetry.registry import (
    SHORT_SECONDS,
    Counter,
    Gauge,
    Histogram,
    Registry,
    Sample,
)
from seawall.guard.decision import PartDecision
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog


class SinkState(Protocol):
    """What a log sink tells about itself."""

    name: str
    sent: int
    dropped: int

    @property
    def waiting(self) -> int:
        """How many records wait to be sent."""
        ...


class Metrics:
    """Everything that `/metrics` shows. Label values come from the policy and from closed lists."""

    def __init__(self, policy: Policy) -> None:
        self.registry = Registry()
        self._functions: set[str] = set()
        self._detectors: set[str] = set()
        self._queues: Mapping[str, FairQueue] = {}
        self.follow(policy, {})
        self._request_metrics()
        self._guard_metrics()
        self._process_metrics()

    def follow(self, policy: Policy, queues: Mapping[str, FairQueue]) -> None:
        """Name what a policy names from now on; what began under another is still counted."""
        self._currency = policy.currency
        self._functions |= set(policy.functions)
        self._detectors |= {rule.detector for rule in policy.guards}
        self._controls: dict[tuple[str, Stage], str] = {}
        for rule in policy.guards:
            for stage in rule.stages:
                self._controls.setdefault((rule.detector, stage), rule.control)
        self._queues = queues

    def _request_metrics(self) -> None:
        add = self.registry.add
        self.requests = add(
            Counter(
                "seawall_requests_total",
                "Requests that ended, by result: answered, blocked, refused, failed, client_gone.",
                ("surface", "function", "model", "result"),
            )
        )
        self.refusals = add(
            Counter(
                "seawall_refusals_total",
                "Requests that were not answered, by error code.",
                ("surface", "code"),
            )
        )
        self.seconds = add(
            Histogram(
                "seawall_request_seconds",
                "Seconds from a request's first byte to its audit record.",
                ("surface", "function"),
            )
        )
        self.first = add(
            Histogram(
                "seawall_stream_open_seconds",
                "Seconds until a streamed answer began.",
                ("surface", "function"),
            )
        )
        self.tokens = add(
            Counter(
                "seawall_tokens_total",
                "Tokens as the provider counted them; direction is input or output.",
                ("function", "model", "direction"),
            )
        )
        self.cost = add(
            Counter(
                "seawall_cost_total",
                "Cost of settled requests, in the policy's currency.",
                ("function", "model", "currency"),
            )
        )
        self.upstream = add(
            Counter(
                "seawall_upstream_responses_total",
                "Responses of the providers, by HTTP status; none: no response came.",
                ("upstream", "status"),
            )
        )
        self.upstream_errors = add(
            Counter(
                "seawall_upstream_errors_total",
                "Requests that failed at the provider, by error code.",
                ("upstream", "code"),
            )
        )

    def _guard_metrics(self) -> None:
        add = self.registry.add
        self.controls = add(
            Counter(
                "seawall_control_actions_total",
                "Requests in which a control did something, by its strictest action.",
                ("control", "action"),
            )
        )
        self.findings = add(
            Counter(
                "seawall_findings_total",
                "What detectors found, by the control that named them and the part's action.",
                ("control", "detector", "action"),
            )
        )
        self.parts = add(
            Counter(
                "seawall_parts_total",
                "Inspected parts of requests and answers, by outcome.",
                ("stage", "outcome"),
            )
        )
        self.unknown = add(
            Counter(
                "seawall_unknown_total",
                "Requests with something that a detector could not judge; guard: the whole guard.",
                ("detector",),
            )
        )
        self.guard_seconds = add(
            Histogram(
                "seawall_guard_seconds",
                "Seconds that one judgement of the guard took, the wait for a worker included.",
                bounds=SHORT_SECONDS,
            )
        )
        self.tools = add(
            Counter(
                "seawall_tool_calls_total",
                "Tool calls of the model that were judged.",
                ("control", "action"),
            )
        )

    def _process_metrics(self) -> None:
        started = time.time()
        add = self.registry.add
        add(Gauge("process_start_time_seconds", "Unix time of the start.", lambda: [((), started)]))
        add(
            Gauge(
                "process_cpu_seconds_total",
                "CPU seconds that the process used.",
                lambda: [((), time.process_time())],
                kind="counter",
            )
        )
        add(
            Gauge(
                "process_resident_memory_bytes",
                "Resident memory.",
                lambda: [((), float(resident()))],
            )
        )

    def queues(self) -> None:
        """Show who waits for which provider."""

        def waiting() -> Iterable[Sample]:
            for upstream, queue in self._queues.items():
                for function in queue.functions:
                    yield (upstream, function), float(queue.waiting(function))

        def running() -> Iterable[Sample]:
            for upstream, queue in self._queues.items():
                for function in queue.functions:
                    yield (upstream, function), float(queue.running(function))

        labels, add = ("upstream", "function"), self.registry.add
        add(Gauge("seawall_queue_waiting", "Requests that wait for a slot.", waiting, labels))
        add(Gauge("seawall_queue_running", "Slots in use.", running, labels))
        self.queue_wait = add(
            Histogram(
                "seawall_queue_wait_seconds",
                "Seconds that requests waited for a slot.",
                labels,
                SHORT_SECONDS,
            )
        )

    def audit(self, log: AuditLog | None) -> None:
        """Show the state of the audit log; without one it is not healthy."""
        add = self.registry.add
        self.audit_seconds = add(
            Histogram(
                "seawall_audit_append_seconds",
                "Seconds until a record was durable.",
                bounds=SHORT_SECONDS,
            )
        )
        self.audit_failures = add(
            Counter("seawall_audit_failures_total", "Records that could not be made durable.")
        )
        add(
            Gauge(
                "seawall_audit_healthy",
                "1 while the audit log can be written, else 0.",
                lambda: [((), float(log is not None and log.healthy))],
            )
        )
        add(
            Gauge(
                "seawall_audit_waiting",
                "Records that wait for the writer.",
                lambda: [((), float(log.waiting if log else 0))],
            )
        )
        add(
            Gauge(
                "seawall_audit_lag_seconds",
                "How long the oldest waiting record has waited.",
                lambda: [((), log.lag_seconds if log else 0.0)],
            )
        )

    def shared(self, state: SharedState | None) -> None:
        """Show what replicas share; 0 where nothing is shared."""
        add = self.registry.add
        add(
            Gauge(
                "seawall_database_away_seconds",
                "How long the shared database has not answered.",
                lambda: [((), state.database_away_seconds if state else 0.0)],
            )
        )
        add(
            Gauge(
                "seawall_unheard_seconds",
                "How old is what this replica knows of keys and policy, in an outage.",
                lambda: [((), state.unheard_seconds if state else 0.0)],
            )
        )
        add(
            Gauge(
                "seawall_counters_away_seconds",
                "How long the server that counts for all replicas has not answered.",
                lambda: [((), state.counters_away_seconds if state else 0.0)],
            )
        )
        add(
            Gauge(
                "seawall_journal_records",
                "Audit records that wait for the shared database.",
                lambda: [((), float(state.journaled if state else 0))],
            )
        )

    def sinks(self, sinks: Sequence[SinkState]) -> None:
        """Show what the sinks sent, dropped and still hold; the list may grow later."""
        known, labels, add = sinks, ("sink",), self.registry.add
        add(
            Gauge(
                "seawall_sink_sent_total",
                "Records and spans that a sink sent.",
                lambda: [((sink.name,), float(sink.sent)) for sink in known],
                labels,
                kind="counter",
            )
        )
        add(
            Gauge(
                "seawall_sink_dropped_total",
                "Records and spans lost: the queue was full, or sending failed.",
                lambda: [((sink.name,), float(sink.dropped)) for sink in known],
                labels,
                kind="counter",
            )
        )
        add(
            Gauge(
                "seawall_sink_waiting",
                "Records and spans that wait to be sent.",
                lambda: [((sink.name,), float(sink.waiting)) for sink in known],
                labels,
            )
        )

    def opened(self, call: Call) -> None:
        """Count a stream's beginning."""
        self.first.observe(time.perf_counter() - call.started, call.surface, self._function(call))

    def ended(self, call: Call) -> None:
        """Count a request whose last record is durable."""
        function, model = self._function(call), _model(call)
        self.requests.add(call.surface, function, model, call.result)
        self.seconds.observe(time.perf_counter() - call.started, call.surface, function)
        if call.code:
            self.refusals.add(call.surface, call.code)
        if call.usage is not None:
            self.tokens.add(function, model, "input", amount=call.usage.prompt_tokens)
            self.tokens.add(function, model, "output", amount=call.usage.completion_tokens)
        if call.cost:
            self.cost.add(function, model, self._currency, amount=call.cost)
        self._ended_upstream(call)
        self._ended_guard(call)

    def _function(self, call: Call) -> str:
        """Return the call's function; "" for one that a key or token names and no policy does."""
        name = call.key.function if call.key else ""
        return name if name in self._functions else ""

    def _ended_upstream(self, call: Call) -> None:
        failed = call.code.startswith("upstream_")
        if call.route is None or (call.upstream_status is None and not failed):
            return
        upstream = call.route.upstream.name
        self.upstream.add(upstream, str(call.upstream_status or "none"))
        if failed:
            self.upstream_errors.add(upstream, call.code)

    def _ended_guard(self, call: Call) -> None:
        for control, action in call.fired.items():
            self.controls.add(control, action.value)
        for part in call.parts:
            self._part(part)
        for _, decision in call.tools:
            self.tools.add(decision.control, decision.action.value)
        for detector in {self._who(reason) for reason in call.unknown}:
            self.unknown.add(detector)

    def _part(self, part: PartDecision) -> None:
        self.parts.add(part.stage.value, part.outcome.value)
        for finding in part.findings:
            control = self._controls.get((finding.detector, part.stage), "")
            self.findings.add(control, finding.detector, part.action.value)

    def _who(self, reason: str) -> str:
        name = reason.partition(":")[0]
        return name if name in self._detectors else "guard"


def _model(call: Call) -> str:
    return call.exchange.model if call.exchange and call.route else ""


def resident() -> int:
    """Return the process's resident memory in bytes (its peak where the system tells no more)."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
