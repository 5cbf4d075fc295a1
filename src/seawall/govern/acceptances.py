"""Risks that somebody accepts for a time: asked for by one person, approved by another.

An approval holds for the state that it was given for. What was accepted reopens when it expires,
when the risk got worse, and when something happened that its triggers name.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from seawall.core.errors import InputError
from seawall.core.register import Register, RiskRow
from seawall.core.roles import Actor
from seawall.govern.four_eyes import check_alone, check_approval, withdraw_entry
from seawall.store.db import Store
from seawall.store.registers import Body, Entry, add_entry, edit_entry, entries

Trigger = Literal["worse", "incident", "model", "severity", "fact"]
TRIGGERS: tuple[Trigger, ...] = ("worse", "incident", "model", "severity", "fact")
Facts = Mapping[str, Any]
LONGEST_DAYS = 366


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What an acceptance was given for. `digest` is the SHA-256 of the risk's row and the model.

    `facts` are the answers that decide about the risk, by key; empty where no profile was given.
    """

    digest: str
    severity: str
    status: str
    model: str
    ucb95: float | None
    p95: float | None
    facts: dict[str, Any] = {}


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted risk, as stored. `expires` is the last day (ISO) on which it holds.

    `state`: waiting for approval, approved or withdrawn. `approved_state` is the digest that the
    approver saw.
    """

    risk: str
    level: str
    owner: str
    reason: str
    controls: tuple[str, ...]
    expires: str
    reopen_if: tuple[Trigger, ...]
    snapshot: Snapshot
    state: Literal["waiting", "approved", "withdrawn"]
    requested_by: str
    approved_by: str = ""
    approved_state: str = ""
    withdrawn_because: str = ""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an acceptance holds today, and why not where it does not."""

    holds: bool
    state: Literal["holds", "waiting", "withdrawn", "expired", "reopened"]
    why: str


def snapshot_of(row: RiskRow, model: str, facts: Facts | None = None) -> Snapshot:
    """Return what somebody who accepts this risk accepts. `facts` are those it depends on."""
    raw = msgspec.json.encode([row, model], order="sorted")
    return Snapshot(
        digest=hashlib.sha256(raw).hexdigest(),
        severity=row.severity,
        status=row.status,
        model=model,
        ucb95=row.ucb95,
        p95=None if row.residual is None else row.residual.p95,
        facts=dict(facts or {}),
    )


def row_of(register: Register, risk: str) -> RiskRow:
    """Return the row of a risk. Raises InputError."""
    for row in register.risks:
        if row.risk == risk:
            return row
    raise InputError(f"The register of {register.application} has no risk {risk}.")


def ask(
    store: Store, register: Register, risk: str, *, owner: str, reason: str, expires: date,
    today: date, actor: Actor, forbidden: frozenset[str], controls: tuple[str, ...] = (),
    reopen_if: tuple[Trigger, ...] = TRIGGERS, facts: Facts | None = None,
) -> Entry:  # fmt: skip
    """Ask for a risk to be accepted; another person has to approve it.

    `forbidden` are risks that nobody can accept (a banned practice), `controls` compensate for
    what stays, `facts` are the answers that the risk depends on. Raises InputError for such a
    risk, one that does not apply, one that waits in this state already, and what `check_terms`
    refuses.
    """
    row = row_of(register, risk)
    if risk in forbidden:
        raise InputError(f"{risk} is a banned practice: nobody can accept it.")
    if row.applicability == "does not apply":
        raise InputError(f"{risk} does not apply to {register.application}.", hint=row.trace)
    check_terms("An acceptance", owner, reason, expires, today)
    acceptance = Acceptance(
        risk=risk,
        level=row.severity,
        owner=owner,
        reason=reason,
        controls=controls,
        expires=expires.isoformat(),
        reopen_if=reopen_if,
        snapshot=snapshot_of(row, register.model, facts),
        state="waiting",
        requested_by=actor.name,
    )

    def check(others: list[Entry]) -> None:
        for entry in others:
            one = read(entry)
            if one.risk == risk and one.snapshot.digest == acceptance.snapshot.digest:
                check_alone(entry, one, today)

    return add_entry(
        store, "acceptance", register.application, _body(acceptance), actor=actor, action="ask",
        check=check,
    )  # fmt: skip


def check_terms(what: str, owner: str, reason: str, expires: date, today: date) -> None:
    """Raise InputError unless there is an owner, a reason and an end within a year."""
    if not owner.strip() or not reason.strip():
        raise InputError(f"{what} needs an owner and a reason.")
    if not 0 < (expires - today).days <= LONGEST_DAYS:
        raise InputError(f"{what} ends within {LONGEST_DAYS} days of today, after today.")


def approve(store: Store, entry_id: str, register: Register, *, today: date, actor: Actor) -> Entry:
    """Approve what another person asked for, in the state that it was asked for.

    Raises NotFoundError, InputError: the same person, decided already, expired, another
    application's register, or a register in which the risk is not what it was.
    """

    def change(entry: Entry) -> Body:
        found = read(entry)
        check_approval("acceptance", found, entry, register, today=today, actor=actor)
        now = snapshot_of(row_of(register, found.risk), register.model)
        if now.digest != found.snapshot.digest:
            raise InputError(
                f"{found.risk} is not what it was when somebody asked.",
                hint="Ask again with this register, so that both see the same state.",
            )
        done = msgspec.structs.replace(
            found, state="approved", approved_by=actor.signed, approved_state=now.digest
        )
        return _body(done)

    return edit_entry(store, entry_id, change, actor=actor, action="approve")


def withdraw(store: Store, entry_id: str, reason: str, *, actor: Actor) -> Entry:
    """End an acceptance at once. Raises NotFoundError, InputError (no reason, withdrawn before)."""
    return withdraw_entry(store, entry_id, reason, "acceptance", read, actor=actor)


def read(entry: Entry) -> Acceptance:
    """Return the acceptance that an entry holds. Raises InputError for another kind."""
    if entry.kind != "acceptance":
        raise InputError(f"{entry.entry_id} is no acceptance.")
    return msgspec.convert(entry.body, Acceptance)


def standing(
    found: Acceptance, today: date, *, register: Register | None, incidents: frozenset[str],
    facts: Facts | None = None,
) -> Standing:  # fmt: skip
    """Say whether an acceptance holds. `incidents` are risks with an incident since it was given.

    Without a register nobody can say whether the risk got worse: then it does not hold. `facts`
    are the profile's answers today; None: no profile was given.
    """
    if (ended := over(found.state, found.withdrawn_because, found.expires, today)) is not None:
        return ended
    if register is None:
        return Standing(holds=False, state="reopened", why="No register shows its state today.")
    row = row_of(register, found.risk)
    why = reopened(row, found.snapshot, found.reopen_if, register.model, incidents, facts)
    if why:
        return Standing(holds=False, state="reopened", why=why)
    return Standing(holds=True, state="holds", why=f"Until {found.expires}.")


def over(state: str, because: str, expires: str, today: date) -> Standing | None:
    """Return why something waits, was withdrawn or expired; None where it runs."""
    if state == "waiting":
        return Standing(holds=False, state="waiting", why="Another person has to approve it.")
    if state == "withdrawn":
        return Standing(holds=False, state="withdrawn", why=because)
    if today.isoformat() > expires:
        return Standing(holds=False, state="expired", why=f"It ended on {expires}.")
    return None


def reopened(
    row: RiskRow, was: Snapshot, triggers: Sequence[Trigger], model: str,
    incidents: Collection[str], facts: Facts | None,
) -> str:  # fmt: skip
    """Return the first trigger that fired for a risk, as a sentence; empty for none."""
    for trigger in triggers:
        if trigger == "incident" and row.risk in incidents:
            return f"An incident with {row.risk} happened since."
        if trigger == "model" and model != was.model:
            return f"The model is {model}, it was {was.model}."
        if trigger == "severity" and row.severity > was.severity:
            return f"The severity is {row.severity}, it was {was.severity}."
        if trigger == "worse" and _worse(row, was):
            return _worse(row, was)
        if trigger == "fact" and (changed := changed_fact(was.facts, facts)):
            return changed
    return ""


def changed_fact(was: Facts, now: Facts | None) -> str:
    """Return which fact differs, as a sentence; empty where none does. Lists have no order."""
    if not was:
        return ""
    if now is None:
        return "No profile shows whether its facts are still the same; give one."
    for key, value in sorted(was.items()):
        if _plain(now.get(key)) != _plain(value):
            return f"The fact {key} is {_said(now.get(key))}, it was {_said(value)}."
    return ""


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list | tuple) else value


def _said(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "empty"
    return "unknown" if value is None else str(value)


def _worse(row: RiskRow, was: Snapshot) -> str:
    if was.ucb95 is not None and (row.ucb95 is None or row.ucb95 > was.ucb95):
        now = "not measured" if row.ucb95 is None else f"{row.ucb95:.1%}"
        return f"UCB95 is {now}, it was {was.ucb95:.1%}."
    p95 = None if row.residual is None else row.residual.p95
    if was.p95 is not None and p95 is not None and p95 > was.p95 * 1.1:
        return f"P95 of the loss is {p95:,.0f}, it was {was.p95:,.0f}: over a tenth more."
    return ""


def accepted(store: Store, application: str) -> list[tuple[Entry, Acceptance]]:
    """Return an application's acceptances (all applications for an empty name), oldest first."""
    return [(entry, read(entry)) for entry in entries(store, "acceptance", application)]


def _body(acceptance: Acceptance) -> Body:
    body: Body = msgspec.to_builtins(acceptance)
    return body
