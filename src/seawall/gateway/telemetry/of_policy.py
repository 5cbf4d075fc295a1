"""Which policy serves, as metrics."""

from collections.abc import Iterable

from seawall import __version__
from seawall.gateway.in_force import InForce
from seawall.gateway.telemetry.registry import Gauge, Registry, Sample


def show_policy(registry: Registry, application: str, in_force: InForce | None) -> None:
    """Show version, source and age of the policy; without one, nothing is known of it."""

    def info() -> Iterable[Sample]:
        sha256 = in_force.version.sha256 if in_force else ""
        yield (__version__, application, sha256), 1.0

    def version() -> Iterable[Sample]:
        now = in_force.version if in_force else None
        yield (now.source if now else "",), float(now.number if now else 0)

    registry.add(
        Gauge("seawall_info", "1; its labels name the version and the policy.", info,
              ("version", "application", "policy_sha256"))
    )  # fmt: skip
    registry.add(
        Gauge("seawall_policy_version", "The number of the policy that serves, and its source.",
              version, ("source",))
    )  # fmt: skip
    registry.add(
        Gauge("seawall_policy_age_seconds", "How long this version of the policy has served.",
              lambda: [((), in_force.age_seconds if in_force else 0.0)])
    )  # fmt: skip
    registry.add(
        Gauge("seawall_policy_changes_total", "How often another version began to serve.",
              lambda: [((), float(in_force.changes if in_force else 0))], kind="counter")
    )  # fmt: skip
    registry.add(
        Gauge("seawall_policy_failures_total", "New policies that were refused.",
              lambda: [((), float(in_force.failures if in_force else 0))], kind="counter")
    )  # fmt: skip
    registry.add(
        Gauge("seawall_policy_refused", "1 while the last change was refused, else 0.",
              lambda: [((), float(bool(in_force and in_force.error)))])
    )  # fmt: skip
