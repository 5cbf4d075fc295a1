"""Everything a route needs, built once at the start and passed in."""

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seawall.gateway import body as bodies
from seawall.gateway.adaptive import Adaptive
from seawall.gateway.bounds import Bounds
from seawall.gateway.cache import AnswerCache
from seawall.gateway.drain import Drain
from seawall.gateway.fair_queue import FairQueue
from seawall.gateway.fresh import Fresh
from seawall.gateway.identity.opened import provider_keys, user_headers
from seawall.gateway.identity.tokens import build_tokens
from seawall.gateway.in_force import InForce, PolicyVersion, hash_of
from seawall.gateway.lasting import Lasting, build_lasting
from seawall.gateway.limits import Limiter, utc_day
from seawall.gateway.retain import Retain
from seawall.gateway.settings import Settings
from seawall.gateway.shared.state import SharedState
from seawall.gateway.steps.approval import Approval
from seawall.gateway.steps.ask import Ask
from seawall.gateway.steps.audit import Audit
from seawall.gateway.steps.authenticate import Authenticate
from seawall.gateway.steps.capture import Capture
from seawall.gateway.steps.guard import GuardInput, GuardRunner
from seawall.gateway.steps.guard_output import GuardOutput
from seawall.gateway.steps.hosted import HostedTools
from seawall.gateway.steps.judge import Judge
from seawall.gateway.steps.kill import KillSwitches
from seawall.gateway.steps.lineage import Lineage
from seawall.gateway.steps.parse import ParseChat
from seawall.gateway.steps.rates import Rates
from seawall.gateway.steps.reserve import Reserve, Settle
from seawall.gateway.steps.taint import Taint
from seawall.gateway.steps.tool_policy import ToolPolicy
from seawall.gateway.steps.upstream import Provider
from seawall.gateway.steps.usage_policy import UsagePolicyStep
from seawall.gateway.steps.wallet import WalletGuard
from seawall.gateway.targets import Targets
from seawall.gateway.telemetry.build import build_watch, follow_policy
from seawall.gateway.telemetry.watch import Watch
from seawall.guard.engine import GuardEngine
from seawall.policy.model import Policy
from seawall.store.approvals import Approvals
from seawall.store.audit import AuditLog
from seawall.store.audit_users import AuditUsers
from seawall.store.db import Store
from seawall.store.file_marks import FileMarks
from seawall.store.keys import KeyCache
from seawall.store.objects import Objects
from seawall.store.opt_outs import OptOuts
from seawall.store.replica_copy import Kept
from seawall.store.sealed import SealedRow
from seawall.store.spend import spent_on, used_by_keys, used_in
from seawall.store.taints import Taints
from seawall.store.tool_uses import ToolUses
from seawall.store.turns import Turns

if TYPE_CHECKING:
    from seawall.gateway.admin.service import AdminService


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway's steps and what they share."""

    policy: Policy
    version: PolicyVersion
    settings: Settings
    lasting: Lasting
    store: Store
    audit_log: AuditLog
    keys: KeyCache
    fresh: Fresh
    shared: SharedState
    limiter: Limiter
    queues: dict[str, FairQueue]
    runner: GuardRunner
    authenticate: Authenticate
    kill: KillSwitches
    bounds: Bounds
    parse_chat: ParseChat
    usage_policy: UsagePolicyStep
    reserve: Reserve
    guard_input: GuardInput
    judge: Judge
    provider: Provider
    ask: Ask
    guard_output: GuardOutput
    tool_policy: ToolPolicy
    hosted: HostedTools
    taint: Taint
    lineage: Lineage
    opt_outs: OptOuts
    settle: Settle
    wallet: WalletGuard
    cache: AnswerCache
    audit: Audit
    capture: Capture
    retain: Retain
    admin: "Callable[[], AdminService]"
    turns: Turns
    watch: Watch
    drain: Drain
    targets: Targets

    @property
    def in_force(self) -> InForce:
        """Which policy serves new requests; this one may be an older one's."""
        return self.lasting.in_force

    def enter(self) -> None:
        """Let queues and metrics follow this policy; on the event loop, when it begins to serve."""
        for upstream in self.policy.upstreams:
            self.queues[upstream.name].follow(
                upstream.max_concurrency, _weights(self.policy),
                control=self.policy.limits_control, batch=_batch(self.policy),
                adaptive=upstream.adaptive,
            )  # fmt: skip
        follow_policy(self.watch, self.policy, self.queues, self.runner)
        self.in_force.changed(self.version)

    async def read_body(self, receive: bodies.Receive, limit: int | None = None) -> bytes:
        """Return a request's body of at most `limit` bytes; None takes what the settings allow.

        Raises RequestError 413 or 408, ClientGoneError.
        """
        settings = self.settings
        most = settings.max_body if limit is None else limit
        return await bodies.read(
            receive, limit=most, seconds=settings.body_seconds, discard=settings.max_discard
        )


def build_parts(
    policy: Policy,
    store: Store,
    audit: AuditLog,
    engine: GuardEngine,
    env: Mapping[str, str],
    settings: Settings,
    *,
    version: PolicyVersion | None = None,
    before: Parts | None = None,
    kept: Kept | None = None,
) -> Parts:
    """Build every step. Raises MissingPartError when a provider's key is not in `env`.

    `before`: the parts of the policy that serves until `enter` is called; what is not the
    policy's own (counters, caches of the store, connections of sinks) goes on in these. `kept`:
    what this replica kept of a database that is away.
    """
    version = version or PolicyVersion(number=1, sha256=hash_of(policy))
    sealed = kept.copy.secrets if kept else ()
    provider = Provider(policy, provider_keys(policy, store, env, sealed), settings)
    lasting = before.lasting if before else build_lasting(
        policy, store, audit, env, version, settings, kept
    )  # fmt: skip
    limiter = _limiter(policy, store, lasting, before, kept)
    queues = _queues(policy, before)
    runner = GuardRunner(engine, policy, settings)
    taint, users, kill = _taint(policy, store, env), lasting.users, lasting.kill
    tool_policy = _tool_policy(policy, store, env, runner, taint, users)
    wallet = _wallet(policy, store, before, kept)
    lineage, hosted = _hosted(store, env, runner, tool_policy)
    retain = Retain(policy, store, users)
    capture = Capture(policy, store, users, retain, env)
    watch = before.watch if before else build_watch(
        policy, audit, queues, runner, lasting.in_force, env, lasting.shared
    )  # fmt: skip
    targets = Targets(policy, before=before.targets if before else None)
    return Parts(
        policy=policy, version=version, settings=settings, lasting=lasting, store=store,
        audit_log=audit, keys=lasting.keys, limiter=limiter, queues=queues, runner=runner,
        authenticate=_authenticate(lasting.keys, policy, store, env, sealed, before), kill=kill,
        bounds=Bounds(limiter, kill, policy.limits_control, lasting.drain), fresh=lasting.fresh,
        shared=lasting.shared, parse_chat=ParseChat(policy, settings.max_body),
        usage_policy=UsagePolicyStep(
            policy, store, stale_seconds=settings.stale_seconds,
            before=before.usage_policy if before else None,
        ),
        reserve=Reserve(limiter, lasting.dear, policy.tools.hosted),
        guard_input=GuardInput(runner), judge=Judge(runner), provider=provider,
        ask=Ask(policy, provider, queues, targets, budget=lasting.budget),
        guard_output=GuardOutput(runner, tool_policy, policy, hosted), tool_policy=tool_policy,
        hosted=hosted, taint=taint, opt_outs=OptOuts(store, env=env), lineage=lineage,
        settle=Settle(wallet, lasting.dear), wallet=wallet,
        cache=AnswerCache(policy, version.sha256), turns=_turns(policy, store, env),
        audit=Audit(
            audit, version, watch, capture, retain, lasting.strangers, pledges=lasting.pledges
        ),
        capture=capture, retain=retain, admin=_admin(store, audit, policy, version, env, lasting),
        watch=watch, drain=lasting.drain, targets=targets,
    )  # fmt: skip


def _admin(
    store: Store,
    audit: AuditLog,
    policy: Policy,
    version: PolicyVersion,
    env: Mapping[str, str],
    lasting: Lasting,
) -> "Callable[[], AdminService]":
    """Return what gives the admin API's service, which is loaded when somebody administers."""

    @functools.cache
    def service() -> "AdminService":
        from seawall.gateway.admin.service import AdminService

        return AdminService(
            store, audit, policy, version, lasting.in_force, env, lasting.kill.cache, lasting.users
        )

    return service


def _queues(policy: Policy, before: Parts | None) -> dict[str, FairQueue]:
    """Return a queue for each provider, shared by the functions; one that exists goes on."""
    known = before.queues if before else {}
    return {
        upstream.name: known.get(upstream.name)
        or FairQueue(
            upstream.max_concurrency,
            _weights(policy),
            control=policy.limits_control,
            batch=_batch(policy),
            adaptive=Adaptive(upstream.max_concurrency) if upstream.adaptive else None,
        )
        for upstream in policy.upstreams
    }


def _weights(policy: Policy) -> dict[str, float]:
    return {name: function.weight for name, function in policy.functions.items()}


def _batch(policy: Policy) -> list[str]:
    return [name for name, function in policy.functions.items() if function.lane == "batch"]


def _wallet(policy: Policy, store: Store, before: Parts | None, kept: Kept | None) -> WalletGuard:
    if before is not None:
        return WalletGuard(policy, before=before.wallet)
    used = kept.copy.usual if kept else used_by_keys(store, time.time())
    return WalletGuard(policy, used=used)


def _tool_policy(
    policy: Policy, store: Store, env: Mapping[str, str], runner: GuardRunner, taint: Taint,
    users: AuditUsers,
) -> ToolPolicy:  # fmt: skip
    rates = Rates(ToolUses(store, env=env), policy.tools)
    return ToolPolicy(runner, _approval(policy, store, env, users), taint, rates)


def _hosted(
    store: Store, env: Mapping[str, str], runner: GuardRunner, tools: ToolPolicy
) -> tuple[Lineage, HostedTools]:
    """Build what knows uploaded files again, and what judges the provider's own tools."""
    lineage = Lineage(FileMarks(store, env=env), Objects(store))
    return lineage, HostedTools(runner, tools, lineage, store, env)


def _approval(policy: Policy, store: Store, env: Mapping[str, str], users: AuditUsers) -> Approval:
    rules = policy.tools.approvals
    waiting = Approvals(store, minutes=rules.minutes, needs=2 if rules.four_eyes else 1, env=env)
    return Approval(waiting, policy.tools, users)


def _turns(policy: Policy, store: Store, env: Mapping[str, str]) -> Turns:
    """Return where conversations are kept, without those that are too old."""
    turns = Turns(store, max_turns=policy.conversations.max_turns, env=env)
    if not store.away_seconds:
        turns.purge()
    return turns


def _taint(policy: Policy, store: Store, env: Mapping[str, str]) -> Taint:
    rule = policy.tools.taint
    taints = Taints(store, hours=rule.keep_hours, max_marks=rule.max_marks, env=env)
    return Taint(taints, policy.tools)


def _limiter(
    policy: Policy, store: Store, lasting: Lasting, before: Parts | None, kept: Kept | None
) -> Limiter:
    """Build the limits, with what was used before this start, or on the counters that count."""
    if before is not None:
        return Limiter(policy, before.limiter.clock, counters=before.limiter.counters)
    today = utc_day(time.time())
    spent = kept.copy.spent_on(today) if kept else spent_on(store, today)
    used = kept.copy.used_in(today[:7]) if kept else used_in(store, today[:7])
    return Limiter(policy, spent=spent, used=used, counters=lasting.counters)


def _authenticate(
    keys: KeyCache,
    policy: Policy,
    store: Store,
    env: Mapping[str, str],
    sealed: Sequence[SealedRow],
    before: Parts | None,
) -> Authenticate:
    """Build the step that finds out who asks. Raises MissingPartError."""
    users = user_headers(
        policy, store, env, sealed, before=before.authenticate.users if before else None
    )
    return Authenticate(keys, policy, build_tokens(policy, store, env), users)
