"""Change the policy of a running gateway: read it, build all that follows from it, then swap."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import msgspec

from seawall.core.errors import InputError, SeawallError
from seawall.core.roles import Actor
from seawall.gateway.app import Gateway
from seawall.gateway.in_force import PolicyVersion, Source, hash_of
from seawall.guard.engine import GuardEngine
from seawall.policy.model import Policy
from seawall.store.change import change_record

log = logging.getLogger("seawall.gateway")
SIGNAL = Actor(name="SIGHUP")
_SWAP_SECONDS = 30.0
_STOP_SECONDS = 2.0


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as its source has it now."""

    policy: Policy
    version: PolicyVersion


class Policies(Protocol):
    """Where a replica's policy comes from."""

    def load(self, before: PolicyVersion | None) -> Loaded:
        """Read and check it; `before` is what serves now. Raises SeawallError."""
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
        self._wanted = threading.Event()
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._work, name="policy", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to serve changes; the gateway runs on `loop`."""
        self._loop = loop
        self._gateway.parts.in_force.reload = self.reload
        self._thread.start()

    def stop(self) -> None:
        """End; a change that is being made ends first, or is given up."""
        self._ended = True
        self._loop = None
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def ask(self) -> None:
        """Ask for a change and return at once; safe in a signal handler."""
        self._wanted.set()

    def reload(self, actor: Actor) -> PolicyVersion:
        """Serve what the source has now, and return its version.

        Raises SeawallError; then what served goes on.
        """
        with self._one:
            try:
                return self._change(actor)
            except Exception as error:
                told = str(error) if isinstance(error, SeawallError) else type(error).__name__
                self._gateway.parts.in_force.failed(told)
                log.error("the policy stays as it was: %s", told)  # noqa: TRY400 - no traces
                raise

    def _change(self, actor: Actor) -> PolicyVersion:
        now = self._gateway.parts
        loaded = self._policies.load(now.version)
        policy, version = loaded.policy, loaded.version
        if policy.application != now.policy.application:
            raise InputError(
                f"This gateway serves {now.policy.application}, not {policy.application}: its keys "
                "and limits are of that application.",
                hint="Start another gateway for it.",
            )
        parts = self._gateway.prepared(policy, self._engine(policy), version)
        if version.sha256 != now.version.sha256:
            record = change_record(
                actor.name, "policy.change", policy.application,
                {**msgspec.to_builtins(version), "before": now.version.sha256},
                roles=[role.value for role in actor.roles],
            )  # fmt: skip
            now.audit_log.submit(record).result()
        if self._loop is None:
            raise SeawallError("The gateway stops.")
        swap = asyncio.run_coroutine_threadsafe(self._gateway.change(parts), self._loop)
        swap.result(_SWAP_SECONDS)
        log.warning("policy version %d (%s) serves", version.number, version.sha256[:12])
        return version

    def _engine(self, policy: Policy) -> GuardEngine:
        """Return the guard of a policy: the one that runs, where nothing of it differs."""
        now = self._gateway.parts
        files = any(rule.registered for rule in policy.guards)
        if not files and _guarding(policy) == _guarding(now.policy):
            return now.runner.engine
        return self._build(policy)

    def _work(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._ended:
                return
            with suppress(Exception):  # logged, and told by /readyz
                self.reload(SIGNAL)


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
