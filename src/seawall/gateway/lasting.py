"""What is not a policy's own: it is built once, and goes on when another policy serves."""

from collections.abc import Mapping
from dataclasses import dataclass

from seawall.gateway.body import Room
from seawall.gateway.breaker import RetryBudget
from seawall.gateway.counters import Counters
from seawall.gateway.drain import Drain
from seawall.gateway.fresh import Fresh
from seawall.gateway.in_force import InForce, PolicyVersion
from seawall.gateway.settings import Settings
from seawall.gateway.shared.build import shared_counters
from seawall.gateway.shared.state import SharedState
from seawall.gateway.steps.kill import KillSwitches
from seawall.gateway.steps.strangers import Strangers
from seawall.gateway.tokens import DearKeys
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog
from seawall.store.audit_users import AuditUsers
from seawall.store.db import Store
from seawall.store.keys import KeyCache
from seawall.store.kills import KillCache
from seawall.store.pledges import Pledges
from seawall.store.replica_copy import Kept

_LEAST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Lasting:
    """Caches of the store, counters, the drain, and which policy serves.

    `counters`: where replicas count together; None where this process counts alone.
    """

    in_force: InForce
    keys: KeyCache
    fresh: Fresh
    shared: SharedState
    counters: Counters | None
    kill: KillSwitches
    drain: Drain
    users: AuditUsers
    pledges: Pledges | None
    dear: DearKeys
    budget: RetryBudget
    room: Room
    strangers: Strangers

    def close(self) -> None:
        """Stop what runs beside; it may wait for the store."""
        self.fresh.close()
        self.keys.close()


def build_lasting(
    policy: Policy, store: Store, audit: AuditLog, env: Mapping[str, str], version: PolicyVersion,
    settings: Settings, kept: Kept | None = None,
) -> Lasting:  # fmt: skip
    """Build it for a gateway that begins with `policy`. Raises InputError, MissingPartError.

    `kept`: what this replica kept of a database that is away.
    """
    age, stale_seconds = kept.age_seconds if kept else None, settings.stale_seconds
    # What is read all the time is a moment old, whatever an outage may last.
    remembered = max(stale_seconds, _LEAST_SECONDS)
    in_force = InForce(version, behind=age)
    keys = KeyCache(
        store, env=env, reads=not store.shared, stale_seconds=remembered,
        known=(kept.copy.keys, kept.age_seconds) if kept else None,
    )  # fmt: skip
    pledges, counters = _pledges(store, audit), shared_counters(policy.application, store, env)
    shared = SharedState(store, audit, counters, in_force, stale_seconds)
    kill = KillSwitches(KillCache(store, reads=not store.shared, stale_seconds=remembered))
    if kept is not None:
        kill.cache.start_with(kept.copy.kills, kept.age_seconds)
    return Lasting(
        in_force=in_force, keys=keys, fresh=Fresh(keys, kill.cache, shared=store.shared),
        shared=shared, counters=counters, kill=kill, drain=Drain(),
        users=AuditUsers(store, env=env), pledges=pledges, dear=DearKeys(), budget=RetryBudget(),
        room=Room(settings.max_bodies), strangers=Strangers(audit),
    )  # fmt: skip


def _pledges(store: Store, audit: AuditLog) -> Pledges | None:
    """Book what a killed gateway left, before limits are restored; None where replicas share."""
    if store.shared:
        return None
    pledges = Pledges(store.folder)
    pledges.start(audit)
    return pledges
