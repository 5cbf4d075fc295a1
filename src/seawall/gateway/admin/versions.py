"""Versions of the policy over HTTP: publish one, read it anew, see who serves which."""

import msgspec

from seawall.core.roles import Actor
from seawall.gateway.admin.service import AdminService
from seawall.gateway.admin.types import CheckPolicy
from seawall.gateway.in_force import PolicyVersion
from seawall.store import policies


class PolicyServes(msgspec.Struct, frozen=True, kw_only=True):
    """The version of the policy that serves from now on."""

    version: int
    sha256: str
    source: str


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """What was published for replicas to follow, the newest first (1000 at most)."""

    data: list[policies.Published]


class PolicyReplicas(msgspec.Struct, frozen=True, kw_only=True):
    """What each replica that runs serves, as it told in the last minute and a half."""

    data: list[policies.Replica]


def reload_policy(service: AdminService, actor: Actor) -> PolicyServes:
    """Read the policy anew, here and then on every replica. Raises InputError: no change."""
    version = service.versions.reload(actor)
    policies.call(service.store, service.serves, actor=actor)
    return _serves(version)


def publish_policy(service: AdminService, actor: Actor, body: CheckPolicy) -> PolicyServes:
    """Make a text the newest policy of all replicas. Raises InputError: no change."""
    return _serves(service.versions.publish(actor, body.text))


def list_policies(service: AdminService, actor: Actor) -> Policies:
    """Return what was published, the newest first."""
    return Policies(data=policies.list_published(service.store, service.serves))


def policy_replicas(service: AdminService, actor: Actor) -> PolicyReplicas:
    """Return what each replica that runs serves."""
    return PolicyReplicas(data=policies.replicas(service.store, service.serves))


def _serves(version: PolicyVersion) -> PolicyServes:
    return PolicyServes(version=version.number, sha256=version.sha256, source=version.source)
