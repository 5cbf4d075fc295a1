"""Join the metrics to what they watch."""

from collections.abc import Callable, Mapping, Sequence

from seawall.gateway.fair_queue import FairQueue
from seawall.gateway.shared.state import SharedState
from seawall.gateway.steps.guard import GuardRunner
from seawall.gateway.telemetry.exporters import Exporters
from seawall.gateway.telemetry.metrics import Metrics, SinkState
from seawall.gateway.telemetry.watch import Watch
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog


def build_watch(
    policy: Policy,
    audit: AuditLog,
    queues: Mapping[str, FairQueue],
    runner: GuardRunner,
    policy_hash: str,
    env: Mapping[str, str],
    shared: SharedState | None = None,
) -> Watch:
    """Return the watch of one gateway; queues, guard and audit log report to it from now on.

    Raises InputError when an exporter is configured that cannot be.
    """
    exporters = Exporters(env, policy.application)
    metrics = all_metrics(policy, audit, queues, policy_hash, exporters.sinks, shared)
    exporters.read(metrics)
    if exporters.wants_records:
        audit.on_durable = exporters.durable
    for upstream, queue in queues.items():
        queue.on_wait = _waited(metrics, upstream)
    runner.on_seconds = metrics.guard_seconds.observe
    return Watch(metrics, *exporters.observers, close=exporters.close)


def all_metrics(
    policy: Policy,
    audit: AuditLog | None = None,
    queues: Mapping[str, FairQueue] | None = None,
    policy_hash: str = "",
    sinks: Sequence[SinkState] = (),
    shared: SharedState | None = None,
) -> Metrics:
    """Return every metric that a gateway shows. Without audit log and queues they read nothing."""
    metrics = Metrics(policy)
    metrics.info(policy, policy_hash)
    metrics.audit(audit)
    metrics.queues(queues or {}, policy.functions)
    metrics.sinks(sinks)
    metrics.shared(shared)
    return metrics


def _waited(metrics: Metrics, upstream: str) -> Callable[[str, float], None]:
    return lambda function, seconds: metrics.queue_wait.observe(seconds, upstream, function)
