"""Change the policy of a running gateway: read it, build all that follows from it, then swap."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Protocol

import msgspec

from seawall.core.errors import InputError, SeawallError
from seawall.core.roles import Actor
from seawall.gateway.app import Gateway
from seawall.gateway.in_force import InForce, PolicyVersion, Source, hash_of
from seawall.guard import cards
from seawall.guard.engine import GuardEngine
from seawall.policy.load import decode_published
from seawall.policy.model import Policy
from seawall.store.change import change_record

log = logging.getLogger("seawall.gateway")
_SWAP_SECONDS = 30.0


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as its source has it now."""

    policy: Policy
    version: PolicyVersion
    by: str = ""  # who published it, as the store says
    signer: str = ""  # the key that signed it


class Policies(Protocol):
    """Where a replica's policy comes from. `follows`: somebody else may change it any time."""

    follows: bool

    def load(self, before: PolicyVersion | None) -> Loaded:
        """Read and check it; `before` is what serves now. Raises SeawallError."""
        ...

    def signed(self, number: int) -> bytes:
        """Return a policy that serves, as it was signed; empty where it was not published."""
        ...

    def publish(self, policy: Policy, text: str, actor: Actor) -> None:
        """Make another one the newest for all who follow. Raises SeawallError."""
        ...


class Reloader:
    """Changes what a gateway serves. One change at a time; may be called in any thread.

    A policy that cannot be read, built or tested changes nothing: the log and /readyz say why.
    """

    def __init__(
        self, gateway: Gateway, policies: Policies, build: Callable[[Policy], GuardEngine]
    ) -> None:
        self._gateway = gateway
        self._policies = policies
        self._build = build
        self._one = threading.Lock()
        self._built: tuple[tuple[object, ...], GuardEngine] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to make changes; the gateway runs on `loop`."""
        self._loop = loop
        in_force = self._gateway.parts.in_force
        in_force.reload, in_force.publish = self.reload, self.publish

    def stop(self) -> None:
        """Make no more changes."""
        self._loop = None

    @property
    def application(self) -> str:
        """The application that the gateway serves."""
        return self._gateway.parts.policy.application

    @property
    def in_force(self) -> InForce:
        """Which policy serves."""
        return self._gateway.parts.in_force

    def reload(self, actor: Actor) -> PolicyVersion:
        """Serve what the source has now, and return its version.

        Raises SeawallError; then what served goes on.
        """
        with self._one:
            try:
                return self._change(actor)
            except Exception as error:
                told = str(error) if isinstance(error, SeawallError) else type(error).__name__
                self.in_force.failed(told)
                log.error("the policy stays as it was: %s", told)  # noqa: TRY400 - no traces
                raise

    def publish(self, actor: Actor, text: str) -> PolicyVersion:
        """Publish a policy that this replica can serve, and serve it. Raises SeawallError."""
        with self._one:
            policy = decode_published(text, "policy", cards.cards())
            self._check(policy)
            now = self._gateway.parts.version
            self._gateway.prepared(policy, self._engine(policy), now)  # whether it can be
            self._policies.publish(policy, text, actor)
            return self._change(actor)

    def _change(self, actor: Actor) -> PolicyVersion:
        now = self._gateway.parts
        loaded = self._policies.load(now.version)
        policy, version = loaded.policy, loaded.version
        self._check(policy)
        parts = self._gateway.prepared(policy, self._engine(policy), version)
        if version.sha256 != now.version.sha256:
            details = {**msgspec.to_builtins(version), "before": now.version.sha256}
            record = change_record(
                loaded.by or actor.name, "policy.change", policy.application,
                details | ({"signer": loaded.signer} if loaded.signer else {}),
                roles=[role.value for role in actor.roles],
            )  # fmt: skip
            now.audit_log.submit(record).result()
        if self._loop is None:
            raise SeawallError("The gateway stops.")
        swap = asyncio.run_coroutine_threadsafe(self._gateway.change(parts), self._loop)
        swap.result(_SWAP_SECONDS)
        log.warning("policy version %d (%s) serves", version.number, version.sha256[:12])
        return version

    def _check(self, policy: Policy) -> None:
        serves = self._gateway.parts.policy.application
        if policy.application != serves:
            raise InputError(
                f"This gateway serves {serves}, not {policy.application}: its keys and limits are "
                "of that application.",
                hint="Start another gateway for it.",
            )

    def _engine(self, policy: Policy) -> GuardEngine:
        """Return the guard of a policy: the one that runs, where nothing of it differs."""
        if any(rule.registered for rule in policy.guards):
            return self._build(policy)
        now, guarding = self._gateway.parts, _guarding(policy)
        if guarding == _guarding(now.policy):
            return now.runner.engine
        if self._built is None or self._built[0] != guarding:
            self._built = guarding, self._build(policy)
        return self._built[1]


def _guarding(policy: Policy) -> tuple[object, ...]:
    """Return what the guard is built of."""
    return policy.guards, policy.rules, policy.allow, policy.on_unknown, policy.tools.rules


def numbered(policy: Policy, before: PolicyVersion | None, source: Source) -> PolicyVersion:
    """Return a policy's version: other contents than before get the next number."""
    sha256 = hash_of(policy)
    if before is None:
        return PolicyVersion(number=1, sha256=sha256, source=source)
    number = before.number + (sha256 != before.sha256)
    return PolicyVersion(number=number, sha256=sha256, source=source)
