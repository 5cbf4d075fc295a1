"""What the admin API does, operation by operation. Synchronous: it reads and writes the store."""

import functools
import time
from collections.abc import Mapping

import msgspec

from seawall.core.errors import InputError, NotFoundError
from seawall.core.retention import Consent
from seawall.core.roles import PERMISSIONS, Actor, Permission, require
from seawall.gateway.admin import types as t
from seawall.gateway.books import used_now
from seawall.gateway.in_force import InForce, PolicyVersion
from seawall.gateway.limits import utc_day
from seawall.guard import cards
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy
from seawall.store import captures, chain, directory, sealed
from seawall.store import keys as stored
from seawall.store import kills as stored_kills
from seawall.store.approvals import Approval, Approvals
from seawall.store.audit import AuditLog
from seawall.store.audit_users import AuditUsers
from seawall.store.consents import set_consent
from seawall.store.db import Store
from seawall.store.erasure import Erasure, erase_user
from seawall.store.head_file import read_head
from seawall.store.key_record import ADMIN_SCOPE, KeyRecord
from seawall.store.kills import KillCache
from seawall.store.opt_outs import OptOuts
from seawall.store.spend import spent_on
from seawall.store.token_ids import PREFIX, key_named
from seawall.store.verify import VerifyReport, verify

_NANOS = 1_000_000_000


class AdminService:
    """Holds what operations need. The environment in it is never shown."""

    def __init__(
        self,
        store: Store,
        log: AuditLog,
        policy: Policy,
        version: PolicyVersion,
        in_force: InForce,
        env: Mapping[str, str],
        kills: KillCache,
        users: AuditUsers,
    ) -> None:
        self.store = store
        self.log = log
        self._policy = policy
        self._version = version
        self.versions = in_force
        self._env = env
        self._kills = kills
        self.users = users

    @property
    def in_force(self) -> Policy:
        """Return the policy in force."""
        return self._policy

    @functools.cached_property
    def opt_outs(self) -> OptOuts:
        """The register of people who opted out of training."""
        return OptOuts(self.store, env=self._env)

    @property
    def serves(self) -> str:
        """Return the application of the policy in force."""
        return self._policy.application

    def list_approvals(self, actor: Actor) -> t.Approvals:
        """Return the tool calls that wait for a person or were decided."""
        return t.Approvals(data=self._approvals().list())

    def approve_call(self, actor: Actor, approval_id: str) -> Approval:
        """Approve a call that waits. Raises NotFoundError, InputError."""
        return self._approvals().approve(approval_id, actor=actor)

    def deny_call(self, actor: Actor, approval_id: str) -> Approval:
        """Deny a call that waits. Raises NotFoundError, InputError."""
        return self._approvals().deny(approval_id, actor=actor)

    def _approvals(self) -> Approvals:
        return Approvals(self.store, env=self._env)

    def list_captures(self, actor: Actor) -> t.Captures:
        """Return what is captured, without content."""
        return t.Captures(data=captures.list_captures(self.store, application=self.serves))

    def read_capture(self, actor: Actor, request_id: str) -> captures.Captured:
        """Open a request's content. Raises NotFoundError, IntegrityError, MissingPartError."""
        return captures.read_capture(
            self.store, request_id, actor=actor, env=self._env, application=self.serves
        )

    def erase_capture(self, actor: Actor, request_id: str) -> t.Removed:
        """Destroy a request's content. Raises NotFoundError."""
        captures.erase_capture(self.store, request_id, actor=actor, application=self.serves)
        return t.Removed(removed=request_id)

    def erase_captures(self, actor: Actor, body: t.EraseUser) -> t.Erased:
        """Destroy all content of an end user. Raises MissingPartError."""
        self.users.must_fit()
        name = self.users.find(body.user) or "an erased user"
        handle = self.users.handle(body.user)
        return t.Erased(erased=captures.erase_captures_of(self.store, handle, name, actor=actor))

    def erase_user(self, actor: Actor, body: t.EraseUser) -> Erasure:
        """Destroy all that is kept of an end user. Raises InputError, MissingPartError."""
        return erase_user(self.store, self.users, body.user, actor=actor)

    def set_consent(self, actor: Actor, body: t.SetConsent) -> Consent:
        """Store what an end user chose. Raises InputError."""
        return set_consent(
            self.store, self.users, self._policy.application, body.user,
            Consent(opt_out=body.opt_out, retention=body.retention),
            keeps=self._policy.audit.keeps(), actor=actor,
        )  # fmt: skip

    def list_kills(self, actor: Actor) -> t.Kills:
        """Return every kill switch, with its reason."""
        return t.Kills(data=stored_kills.list_kills(self.store))

    def switch_off(self, actor: Actor, body: t.SwitchOff) -> stored_kills.Kill:
        """Switch a key, function or model off; this replica refuses it from now on.

        Raises NotFoundError for what nobody could ask for: a slip would switch nothing off; and
        NotPermittedError.
        """
        self._must_exist(body.kind, body.name)
        name = self._meant(actor, body.kind, body.name)
        expires = None if body.expires_in is None else int(time.time()) + body.expires_in
        switch = stored_kills.kill(
            self.store, body.kind, name, reason=body.reason, expires=expires, actor=actor
        )
        self._kills.renew()
        return switch

    def switch_on(self, actor: Actor, body: t.SwitchOn) -> t.Removed:
        """Lift a kill switch. Raises NotFoundError, NotPermittedError."""
        name = self._meant(actor, body.kind, body.name)
        stored_kills.lift(self.store, body.kind, name, actor=actor)
        self._kills.renew()
        return t.Removed(removed=f"{body.kind} {body.name}")

    def _meant(self, actor: Actor, kind: str, name: str) -> str:
        """Return the name that a switch is kept under. Raises NotPermittedError."""
        if kind != "key":
            return name
        self._may_touch(actor, name)
        return key_named(self.store, name, self._env)

    def _must_exist(self, kind: str, name: str) -> None:
        if kind == "key":  # a token's id stands in no table
            known = name.startswith(PREFIX) or any(key.key_id == name for key in self._keys())
        elif kind == "function":
            known = name in self._policy.functions
        else:
            known = any(name in upstream.models for upstream in self._policy.upstreams)
        if not known:
            raise NotFoundError(f"There is no {kind} {name!r}.", hint="Check how it is written.")

    def list_keys(self, actor: Actor) -> t.Keys:
        """Return every key of this application, without its secret."""
        return t.Keys(data=self._keys())

    def _keys(self) -> list[KeyRecord]:
        return [key for key in stored.list_keys(self.store) if key.application == self.serves]

    def create_key(self, actor: Actor, body: t.CreateKey) -> t.NewKey:
        """Create a key of this policy's application. Raises InputError, NotPermittedError."""
        if body.roles or ADMIN_SCOPE in body.scopes:
            require(actor, Permission.ROLES_GRANT)
        if body.function and body.function not in self._policy.functions:
            raise InputError(
                "The policy has no such function.",
                hint=f"Functions are {', '.join(sorted(self._policy.functions))}.",
            )
        expires = None if body.expires_in is None else int(time.time()) + body.expires_in
        key_id, key = stored.create_key(
            self.store, application=self._policy.application, function=body.function,
            name=body.name, scopes=body.scopes, expires=expires, team=body.team,
            models=body.models, tools=body.tools, roles=body.roles, actor=actor, env=self._env,
        )  # fmt: skip
        return t.NewKey(key_id=key_id, key=key)

    def rotate_key(self, actor: Actor, key_id: str, body: t.RotateKey) -> t.NewKey:
        """Make a new key with the same rights. Raises NotFoundError, InputError."""
        self._may_touch(actor, key_id)
        new_id, key = stored.rotate_key(
            self.store, key_id, overlap=body.overlap, actor=actor, env=self._env
        )
        return t.NewKey(key_id=new_id, key=key)

    def revoke_key(self, actor: Actor, key_id: str) -> KeyRecord:
        """Revoke a key for good; this replica ends what it runs. Raises NotFoundError."""
        self._may_touch(actor, key_id)
        record = stored.revoke_key(self.store, key_id, actor=actor)
        self._kills.renew()
        return record

    def _may_touch(self, actor: Actor, key_id: str) -> None:
        """An admin key may be touched only by who may grant roles; none of another application.

        Raises NotPermittedError, NotFoundError.
        """
        found = [key for key in stored.list_keys(self.store) if key.key_id == key_id]
        if any(key.roles for key in found):
            require(actor, Permission.ROLES_GRANT)
        if any(key.application != self.serves for key in found):
            raise NotFoundError(f"There is no key {key_id!r} of this application.")

    def application(self, actor: Actor) -> t.Application:
        """Return what this gateway serves."""
        policy = self._policy
        return t.Application(
            organisation=policy.identity.organisation,
            application=policy.application,
            functions=sorted(policy.functions),
            models=sorted({name for one in policy.upstreams for name in one.models}),
        )

    def roles(self, actor: Actor) -> t.Roles:
        """Return the permission table."""
        return t.Roles(roles={role: sorted(given) for role, given in PERMISSIONS.items()})

    def list_teams(self, actor: Actor) -> t.Teams:
        """Return every team."""
        return t.Teams(data=directory.list_teams(self.store))

    def put_team(self, actor: Actor, team: str, body: t.PutTeam) -> directory.Team:
        """Create or rename a team. Raises InputError."""
        return directory.put_team(self.store, team, body.name, actor=actor)

    def remove_team(self, actor: Actor, team: str) -> t.Removed:
        """Delete a team. Raises NotFoundError, InputError while it is in use."""
        directory.remove_team(self.store, team, actor=actor)
        return t.Removed(removed=team)

    def list_members(self, actor: Actor) -> t.Members:
        """Return every member."""
        return t.Members(data=directory.list_members(self.store))

    def put_member(self, actor: Actor, member: str, body: t.PutMember) -> directory.Member:
        """Create a member or replace their roles. Raises InputError, NotFoundError."""
        require(actor, Permission.ROLES_GRANT)
        return directory.put_member(
            self.store, member, team=body.team, roles=body.roles, actor=actor
        )

    def remove_member(self, actor: Actor, member: str) -> t.Removed:
        """Delete a member. Raises NotFoundError."""
        directory.remove_member(self.store, member, actor=actor)
        return t.Removed(removed=member)

    def list_secrets(self, actor: Actor) -> t.Secrets:
        """Return the names of secrets."""
        return t.Secrets(data=sealed.list_secrets(self.store))

    def put_secret(self, actor: Actor, name: str, body: t.PutSecret) -> sealed.SecretRecord:
        """Seal a secret; the gateway uses it after the next reload. Raises InputError."""
        value = body.value.encode("utf-8", "surrogatepass")
        return sealed.set_secret(self.store, name, value, actor=actor, env=self._env)

    def remove_secret(self, actor: Actor, name: str) -> t.Removed:
        """Delete a secret. Raises NotFoundError."""
        sealed.remove_secret(self.store, name, actor=actor)
        return t.Removed(removed=name)

    def policy(self, actor: Actor) -> t.PolicyInForce:
        """Return the policy in force."""
        version = self._version
        return t.PolicyInForce(
            version=version.number, sha256=version.sha256, source=version.source,
            error=self.versions.error, policy=msgspec.to_builtins(self._policy, str_keys=True),
        )  # fmt: skip

    def check_policy(self, actor: Actor, body: t.CheckPolicy) -> t.PolicyChecked:
        """Check a policy's text as `seawall policy check` does, without starting detectors."""
        try:
            decode_policy(body.text, "policy", cards.cards())
        except InputError as error:
            return t.PolicyChecked(ok=False, message=error.message, hint=error.hint)
        return t.PolicyChecked(ok=True)

    def audit_head(self, actor: Actor) -> t.AuditHead:
        """Return the signed head of the audit log."""
        head = chain.decode_head(read_head(self.store.folder / chain.HEAD_FILE))
        return t.AuditHead(seq=head.seq, hash=head.hash, time=head.time, healthy=self.log.healthy)

    def verify_audit(self, actor: Actor) -> VerifyReport:
        """Verify the whole audit log, as `seawall audit verify` does."""
        return verify(self.store)

    def usage(self, actor: Actor) -> t.Usage:
        """Return what every function cost today, beside its limits, and what each scope used."""
        now = time.time()
        day = utc_day(now)
        spent = spent_on(self.store, day)
        return t.Usage(
            day=day,
            currency=self._policy.currency,
            functions={
                name: t.FunctionUsage(
                    cost_today=spent.get(name, 0) / _NANOS, limits=function.limits
                )
                for name, function in self._policy.functions.items()
            },
            used=used_now(self.store, now),
        )
