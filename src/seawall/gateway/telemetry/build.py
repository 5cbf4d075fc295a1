"""Join the metrics to what they watch."""

from collections.abc import Callable, Mapping, Sequence

from seawall.gateway.fair_queue import FairQueue
from seawall.gateway.in_force import InForce
from seawall.gateway.shared.state import SharedState
from seawall.gateway.steps.guard import GuardRunner
from seawall.gateway.telemetry.exporters import Exporters
from seawall.gateway.telemetry.metrics import Metrics, SinkState
from seawall.gateway.telemetry.of_policy import show_policy
from seawall.gateway.telemetry.watch import Watch
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog


def build_watch(
    policy: Policy,
    audit: AuditLog,
    queues: Mapping[str, FairQueue],
    runner: GuardRunner,
    in_force: InForce,
    env: Mapping[str, str],
    shared: SharedState | None = None,
) -> Watch:
    """Return the watch of one gateway; queues, guard and audit log report to it from now on.

    Raises InputError when an exporter is configured that cannot be.
    """
    exporters = Exporters(env, policy.application)
    metrics = all_metrics(policy, audit, in_force, exporters.sinks, shared)
    exporters.read(metrics)
    if exporters.wants_records:
        audit.on_durable = exporters.durable
    watch = Watch(metrics, *exporters.observers, close=exporters.close)
    follow_policy(watch, policy, queues, runner)
    return watch


def follow_policy(
    watch: Watch, policy: Policy, queues: Mapping[str, FairQueue], runner: GuardRunner
) -> None:
    """Let a policy's queues and guard report to the watch from now on."""
    watch.metrics.follow(policy, queues)
    for upstream, queue in queues.items():
        queue.on_wait = _waited(watch.metrics, upstream)
    runner.on_seconds = watch.metrics.guard_seconds.observe


def all_metrics(
    policy: Policy,
    audit: AuditLog | None = None,
    in_force: InForce | None = None,
    sinks: Sequence[SinkState] = (),
    shared: SharedState | None = None,
) -> Metrics:
    """Return every metric that a gateway shows. Without an audit log they read nothing of it."""
    metrics = Metrics(policy)
    show_policy(metrics.registry, policy.application, in_force)
    metrics.audit(audit)
    metrics.queues()
    metrics.sinks(sinks)
    metrics.shared(shared)
    return metrics


def _waited(metrics: Metrics, upstream: str) -> Callable[[str, float], None]:
    return lambda function, seconds: metrics.queue_wait.observe(seconds, upstream, function)
