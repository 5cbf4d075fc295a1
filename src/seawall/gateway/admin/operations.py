"""The admin API's one table: method, path, permission, bodies. Routes and OpenAPI follow it."""

from collections.abc import Callable
from typing import Any

import msgspec

from seawall.core.retention import Consent
from seawall.core.roles import Permission
from seawall.gateway.admin import asking, choices, opt_outs, records, registers, versions
from seawall.gateway.admin import register_types as r
from seawall.gateway.admin import types as t
from seawall.gateway.admin.service import AdminService
from seawall.store.approvals import Approval
from seawall.store.captures import Captured
from seawall.store.consents import Choice
from seawall.store.directory import Member, Team
from seawall.store.erasure import Erasure
from seawall.store.key_record import KeyRecord
from seawall.store.kills import Kill
from seawall.store.opt_outs import Counted
from seawall.store.registers import Entry
from seawall.store.sealed import SecretRecord
from seawall.store.verify import VerifyReport

BASE = "/admin/v1"
_READ, _WRITE = Permission.REGISTERS_READ, Permission.REGISTERS_WRITE
_DECIDE = Permission.ACCEPTANCES_DECIDE


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation. `run(service, actor, [path parameter], [body])` returns an `answer`."""

    method: str
    path: str
    permission: Permission
    run: Callable[..., Any]
    answer: type
    body: type | None = None
    status: int = 200

    @property
    def name(self) -> str:
        """Return the operation's id."""
        return str(getattr(self.run, "__name__", ""))

    @property
    def parameter(self) -> str:
        """Return the name of the path's parameter, "" without one."""
        return self.path.partition("{")[2].partition("}")[0]


def _op(
    method: str, path: str, permission: Permission, run: Callable[..., Any], answer: type,
    body: type | None = None, status: int = 200,
) -> Operation:  # fmt: skip
    return Operation(
        method=method, path=BASE + path, permission=permission, run=run, answer=answer,
        body=body, status=status,
    )  # fmt: skip


_REGISTERS: tuple[Operation, ...] = (
    _op("GET", "/registers/{register}", _READ, registers.list_register, r.RegisterRows),
    _op("GET", "/entries/{entry_id}", _READ, registers.read_entry, r.Versions),
    _op("POST", "/entries/{entry_id}/withdraw", _WRITE, registers.withdraw_entry, Entry, r.Because),
    _op(
        "POST",
        "/acceptances/{entry_id}/approve",
        _DECIDE,
        registers.approve_acceptance,
        Entry,
        r.Today,
    ),
    _op(
        "POST",
        "/exceptions/{entry_id}/approve",
        _DECIDE,
        registers.approve_exception,
        Entry,
        r.Today,
    ),
    _op(
        "POST",
        "/vendors/{entry_id}/approve",
        _DECIDE,
        registers.approve_vendor,
        Entry,
        r.ApproveVendor,
    ),
    _op("POST", "/acceptances", _WRITE, asking.ask_acceptance, Entry, r.AskAcceptance, 201),
    _op("POST", "/exceptions", _WRITE, asking.ask_exception, Entry, r.AskException, 201),
    _op("POST", "/attestations", _WRITE, asking.attest_control, Entry, r.Attest, 201),
    _op("POST", "/vendors", _WRITE, asking.add_vendor, Entry, r.AddVendor, 201),
    _op("POST", "/vendors/{entry_id}/answers", _WRITE, asking.answer_vendor, Entry, r.AnswerVendor),
    _op("POST", "/access-reviews", _WRITE, asking.start_access_review, Entry, status=201),
    _op(
        "POST",
        "/access-reviews/{entry_id}/decide",
        _DECIDE,
        asking.decide_access,
        Entry,
        r.DecideAccess,
    ),
    _op(
        "POST",
        "/access-reviews/{entry_id}/close",
        _DECIDE,
        asking.close_access_review,
        Entry,
        r.CloseAccessReview,
    ),
    _op("POST", "/vendors/{entry_id}/reject", _DECIDE, registers.reject_vendor, Entry, r.Because),
    _op("POST", "/incidents", _WRITE, registers.open_incident, Entry, r.OpenIncident, 201),
    _op("POST", "/incidents/{entry_id}/notes", _WRITE, registers.add_note, Entry, r.AddNote),
    _op("POST", "/incidents/{entry_id}/told", _WRITE, registers.tell, Entry, r.Told),
    _op("POST", "/incidents/{entry_id}/close", _WRITE, registers.close_incident, Entry, r.Close),
)
OPERATIONS: tuple[Operation, ...] = (
    *_REGISTERS,
    _op("GET", "/application", Permission.POLICY_READ, AdminService.application, t.Application),
    _op("GET", "/approvals", Permission.APPROVALS_READ, AdminService.list_approvals, t.Approvals),
    _op(
        "POST",
        "/approvals/{approval_id}/approve",
        Permission.APPROVALS_DECIDE,
        AdminService.approve_call,
        Approval,
    ),
    _op(
        "POST",
        "/approvals/{approval_id}/deny",
        Permission.APPROVALS_DECIDE,
        AdminService.deny_call,
        Approval,
    ),
    _op("GET", "/audit/head", Permission.AUDIT_READ, AdminService.audit_head, t.AuditHead),
    _op("GET", "/audit/key", Permission.AUDIT_READ, records.audit_key, records.PublicKey),
    _op(
        "POST",
        "/audit/export",
        Permission.AUDIT_READ,
        records.export_audit,
        records.AuditPage,
        records.ExportAudit,
    ),
    _op("POST", "/audit/verify", Permission.AUDIT_READ, AdminService.verify_audit, VerifyReport),
    _op(
        "POST",
        "/audit/erase",
        Permission.AUDIT_ERASE,
        AdminService.erase_user,
        Erasure,
        t.EraseUser,
    ),
    _op("GET", "/captures", Permission.CAPTURES_READ, AdminService.list_captures, t.Captures),
    _op(
        "POST",
        "/captures/erase",
        Permission.CAPTURES_ERASE,
        AdminService.erase_captures,
        t.Erased,
        t.EraseUser,
    ),
    _op(
        "DELETE",
        "/captures/{request_id}",
        Permission.CAPTURES_ERASE,
        AdminService.erase_capture,
        t.Removed,
    ),
    _op(
        "POST",
        "/captures/{request_id}/read",
        Permission.CAPTURES_READ,
        AdminService.read_capture,
        Captured,
    ),
    _op(
        "POST",
        "/consents",
        Permission.CONSENTS_WRITE,
        AdminService.set_consent,
        Consent,
        t.SetConsent,
    ),
    _op(
        "POST",
        "/consents/read",
        Permission.CONSENTS_READ,
        choices.read_consent,
        Choice,
        choices.ReadConsent,
    ),
    _op("GET", "/keys", Permission.KEYS_READ, AdminService.list_keys, t.Keys),
    _op(
        "POST", "/keys", Permission.KEYS_WRITE, AdminService.create_key, t.NewKey, t.CreateKey, 201
    ),
    _op("POST", "/keys/{key_id}/revoke", Permission.KEYS_WRITE, AdminService.revoke_key, KeyRecord),
    _op(
        "POST",
        "/keys/{key_id}/rotate",
        Permission.KEYS_WRITE,
        AdminService.rotate_key,
        t.NewKey,
        t.RotateKey,
        201,
    ),
    _op("GET", "/kills", Permission.KILLS_READ, AdminService.list_kills, t.Kills),
    _op("POST", "/kills", Permission.KILLS_WRITE, AdminService.switch_off, Kill, t.SwitchOff),
    _op(
        "POST",
        "/kills/lift",
        Permission.KILLS_WRITE,
        AdminService.switch_on,
        t.Removed,
        t.SwitchOn,
    ),
    _op("GET", "/limits", Permission.LIMITS_READ, AdminService.usage, t.Usage),
    _op("GET", "/members", Permission.MEMBERS_READ, AdminService.list_members, t.Members),
    _op(
        "PUT",
        "/members/{member}",
        Permission.MEMBERS_WRITE,
        AdminService.put_member,
        Member,
        t.PutMember,
    ),
    _op(
        "DELETE",
        "/members/{member}",
        Permission.MEMBERS_WRITE,
        AdminService.remove_member,
        t.Removed,
    ),
    _op("GET", "/opt-outs", Permission.CONSENTS_READ, opt_outs.count_opt_outs, Counted),
    _op(
        "POST",
        "/opt-outs",
        Permission.CONSENTS_WRITE,
        opt_outs.add_opt_outs,
        opt_outs.Changed,
        opt_outs.Identifiers,
    ),
    _op(
        "POST",
        "/opt-outs/remove",
        Permission.CONSENTS_WRITE,
        opt_outs.remove_opt_outs,
        opt_outs.Changed,
        opt_outs.Identifiers,
    ),
    _op("GET", "/policy", Permission.POLICY_READ, AdminService.policy, t.PolicyInForce),
    _op(
        "POST",
        "/policy/check",
        Permission.POLICY_CHECK,
        AdminService.check_policy,
        t.PolicyChecked,
        t.CheckPolicy,
    ),
    _op(
        "POST",
        "/policy/publish",
        Permission.POLICY_WRITE,
        versions.publish_policy,
        versions.PolicyServes,
        t.CheckPolicy,
    ),
    _op(
        "POST",
        "/policy/reload",
        Permission.POLICY_WRITE,
        versions.reload_policy,
        versions.PolicyServes,
    ),
    _op(
        "GET",
        "/policy/replicas",
        Permission.POLICY_READ,
        versions.policy_replicas,
        versions.PolicyReplicas,
    ),
    _op(
        "GET",
        "/policy/versions",
        Permission.POLICY_READ,
        versions.list_policies,
        versions.Policies,
    ),
    _op("GET", "/roles", Permission.TEAMS_READ, AdminService.roles, t.Roles),
    _op("GET", "/secrets", Permission.SECRETS_READ, AdminService.list_secrets, t.Secrets),
    _op(
        "PUT",
        "/secrets/{name}",
        Permission.SECRETS_WRITE,
        AdminService.put_secret,
        SecretRecord,
        t.PutSecret,
    ),
    _op(
        "DELETE", "/secrets/{name}", Permission.SECRETS_WRITE, AdminService.remove_secret, t.Removed
    ),
    _op("GET", "/teams", Permission.TEAMS_READ, AdminService.list_teams, t.Teams),
    _op("PUT", "/teams/{team}", Permission.TEAMS_WRITE, AdminService.put_team, Team, t.PutTeam),
    _op("DELETE", "/teams/{team}", Permission.TEAMS_WRITE, AdminService.remove_team, t.Removed),
    _op("GET", "/usage-policy", Permission.POLICY_READ, choices.usage_policy, choices.UsagePolicy),
    _op(
        "POST",
        "/usage-policy/acceptances/read",
        Permission.CONSENTS_READ,
        choices.read_acceptances,
        choices.AcceptancePage,
        choices.ReadAcceptances,
    ),
)


def paths() -> dict[str, dict[str, Operation]]:
    """Return path -> method -> operation."""
    found: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        found.setdefault(operation.path, {})[operation.method] = operation
    return found
