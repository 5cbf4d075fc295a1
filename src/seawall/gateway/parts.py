"""Everything a route needs, built once at the start and passed in."""

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seawall.gateway import body as bodies
from seawall.gateway.adaptive import Adaptive
from seawall.gateway.bounds import Bounds
from seawall.gateway.cache import AnswerCache
from seawall.gateway.counters import Counters
from seawall.gateway.drain import Drain
from seawall.gateway.fair_queue import FairQueue
from seawall.gateway.fresh import Fresh
from seawall.gateway.identity.opened import provider_keys, user_headers
from seawall.gateway.identity.tokens import build_tokens
from seawall.gateway.limits import Limiter, utc_day
from seawall.gateway.retain import Retain
from seawall.gateway.settings import Settings
from seawall.gateway.shared.build import shared_counters
from seawall.gateway.shared.state import SharedState
from seawall.gateway.steps.approval import Approval
from seawall.gateway.steps.ask import Ask
from seawall.gateway.steps.audit import Audit, hash_of
from seawall.gateway.steps.authenticate import Authenticate
from seawall.gateway.steps.capture import Capture
from seawall.gateway.steps.guard import GuardInput, GuardRunner
from seawall.gateway.steps.guard_output import GuardOutput
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
from seawall.gateway.telemetry.build import build_watch
from seawall.gateway.telemetry.watch import Watch
from seawall.gateway.tokens import DearKeys
from seawall.guard.engine import GuardEngine
from seawall.policy.model import Policy
from seawall.store.approvals import Approvals
from seawall.store.audit import AuditLog
from seawall.store.audit_users import AuditUsers
from seawall.store.db import Store
from seawall.store.file_marks import FileMarks
from seawall.store.keys import KeyCache
from seawall.store.kills import KillCache
from seawall.store.objects import Objects
from seawall.store.opt_outs import OptOuts
from seawall.store.pledges import Pledges
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
    settings: Settings
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
) -> Parts:
    """Build every step. Raises MissingPartError when a provider's key is not in `env`."""
    provider = Provider(policy, provider_keys(policy, store, env), settings)
    keys = KeyCache(store, env=env, reads=not store.shared)
    pledges, counters = _pledges(store, audit), shared_counters(policy.application, store, env)
    limiter, dear = _limiter(policy, store, counters), DearKeys()
    shared = SharedState(store, audit, counters)
    kill, drain = KillSwitches(KillCache(store, reads=not store.shared)), Drain()
    queues = _queues(policy)
    runner = GuardRunner(engine, policy, settings)
    taint, users = _taint(policy, store, env), AuditUsers(store, env=env)
    tool_policy = _tool_policy(policy, store, env, runner, taint, users)
    wallet = WalletGuard(policy, used=used_by_keys(store, time.time()))
    retain = Retain(policy, store, users)
    capture = Capture(policy, store, users, retain, env)
    watch = build_watch(policy, audit, queues, runner, hash_of(policy), env, shared)
    return Parts(
        policy=policy,
        settings=settings,
        store=store,
        audit_log=audit,
        keys=keys,
        limiter=limiter,
        queues=queues,
        runner=runner,
        authenticate=_authenticate(keys, policy, store, env),
        kill=kill,
        bounds=Bounds(limiter, kill, policy.limits_control, drain),
        fresh=Fresh(keys, kill.cache, shared=store.shared),
        shared=shared,
        parse_chat=ParseChat(policy, settings.max_body),
        usage_policy=UsagePolicyStep(policy, store),
        reserve=Reserve(limiter, dear),
        guard_input=GuardInput(runner),
        judge=Judge(runner),
        provider=provider,
        ask=Ask(policy, provider, queues, Targets(policy)),
        guard_output=GuardOutput(runner, tool_policy, policy),
        tool_policy=tool_policy,
        taint=taint,
        opt_outs=OptOuts(store, env=env),
        lineage=Lineage(FileMarks(store, env=env), Objects(store)),
        settle=Settle(wallet, dear),
        wallet=wallet,
        cache=AnswerCache(policy, hash_of(policy)),
        turns=_turns(policy, store, env),
        audit=Audit(audit, policy, watch, capture, retain, pledges=pledges),
        capture=capture,
        retain=retain,
        admin=_admin(store, audit, policy, env, kill, users),
        watch=watch,
        drain=drain,
    )


def _admin(
    store: Store, audit: AuditLog, policy: Policy, env: Mapping[str, str], kill: KillSwitches,
    users: AuditUsers,
) -> "Callable[[], AdminService]":  # fmt: skip
    """Return what gives the admin API's service, which is loaded when somebody administers."""

    @functools.cache
    def service() -> "AdminService":
        from seawall.gateway.admin.service import AdminService

        return AdminService(store, audit, policy, hash_of(policy), env, kill.cache, users)

    return service


def _queues(policy: Policy) -> dict[str, FairQueue]:
    """Return a queue for each provider, shared by the functions."""
    weights = {name: function.weight for name, function in policy.functions.items()}
    return {
        upstream.name: FairQueue(
            upstream.max_concurrency,
            weights,
            control=policy.limits_control,
            batch=[name for name, x in policy.functions.items() if x.lane == "batch"],
            adaptive=Adaptive(upstream.max_concurrency) if upstream.adaptive else None,
        )
        for upstream in policy.upstreams
    }


def _tool_policy(
    policy: Policy, store: Store, env: Mapping[str, str], runner: GuardRunner, taint: Taint,
    users: AuditUsers,
) -> ToolPolicy:  # fmt: skip
    rates = Rates(ToolUses(store, env=env), policy.tools)
    return ToolPolicy(runner, _approval(policy, store, env, users), taint, rates)


def _approval(policy: Policy, store: Store, env: Mapping[str, str], users: AuditUsers) -> Approval:
    rules = policy.tools.approvals
    waiting = Approvals(store, minutes=rules.minutes, needs=2 if rules.four_eyes else 1, env=env)
    return Approval(waiting, policy.tools, users)


def _turns(policy: Policy, store: Store, env: Mapping[str, str]) -> Turns:
    """Return where conversations are kept, without those that are too old."""
    turns = Turns(store, max_turns=policy.conversations.max_turns, env=env)
    turns.purge()
    return turns


def _taint(policy: Policy, store: Store, env: Mapping[str, str]) -> Taint:
    rule = policy.tools.taint
    taints = Taints(store, hours=rule.keep_hours, max_marks=rule.max_marks, env=env)
    return Taint(taints, policy.tools)


def _pledges(store: Store, audit: AuditLog) -> Pledges | None:
    """Book what a killed gateway left, before limits are restored; None where replicas share."""
    if store.shared:
        return None
    pledges = Pledges(store.folder)
    pledges.start(audit)
    return pledges


def _limiter(policy: Policy, store: Store, counters: Counters | None) -> Limiter:
    """Build the limits, with what was used before this start."""
    today = utc_day(time.time())
    return Limiter(
        policy,
        spent=spent_on(store, today),
        used=used_in(store, today[:7]),
        counters=counters,
    )


def _authenticate(
    keys: KeyCache, policy: Policy, store: Store, env: Mapping[str, str]
) -> Authenticate:
    """Build the step that finds out who asks. Raises MissingPartError."""
    return Authenticate(
        keys, policy, build_tokens(policy, store, env), user_headers(policy, store, env)
    )
