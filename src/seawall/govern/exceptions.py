"""Exceptions to controls: a planned control is left out for a time, with another in its place.

The same rules as for accepted risks: one person asks, another approves, it ends on a day, and it
reopens by itself when a risk of the control got worse or what compensates is not in force.
"""

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from typing import Literal

import msgspec

from seawall.catalog.load import Catalog
from seawall.core.errors import InputError
from seawall.core.register import Register, RiskRow
from seawall.core.roles import Actor
from seawall.govern.acceptances import (
    TRIGGERS,
    Facts,
    Snapshot,
    Standing,
    Trigger,
    check_terms,
    over,
    reopened,
    row_of,
    snapshot_of,
)
from seawall.govern.four_eyes import check_alone, check_approval, withdraw_entry
from seawall.store.db import Store
from seawall.store.registers import Body, Entry, add_entry, edit_entry, entries


class PolicyException(msgspec.Struct, frozen=True, kw_only=True):
    """One exception, as stored. `expires` is the last day (ISO) on which it holds.

    `compensating` are controls that stand in; `snapshots` hold the state of each risk of the
    control, by risk; `digest` is the SHA-256 of all of them, which the approver saw too.
    """

    control: str
    owner: str
    reason: str
    compensating: tuple[str, ...]
    expires: str
    reopen_if: tuple[Trigger, ...]
    snapshots: dict[str, Snapshot]
    digest: str
    state: Literal["waiting", "approved", "withdrawn"]
    requested_by: str
    approved_by: str = ""
    withdrawn_because: str = ""


def ask(
    store: Store, register: Register, catalog: Catalog, control: str, *, owner: str, reason: str,
    compensating: tuple[str, ...], expires: date, today: date, actor: Actor,
    facts: Mapping[str, Facts] | None = None,
) -> Entry:  # fmt: skip
    """Ask for a control to be left out; another person has to approve it.

    `facts` are the answers that each risk depends on, by risk. Raises InputError for unknown
    controls, nothing that compensates, the control itself as its own stand-in, a control that acts
    on a banned practice or on no risk here, one that waits already, and what `check_terms` refuses.
    """
    for key in (control, *compensating):
        if key not in catalog.controls:
            raise InputError(f"The catalogue has no control {key!r}.")
    if not compensating or control in compensating:
        raise InputError("An exception names another control that compensates.")
    rows = rows_of(register, control)
    if not rows:
        raise InputError(f"{control} acts on no risk of {register.application}.")
    banned = [row.risk for row in rows if catalog.risks[row.risk].stop]
    if banned:
        raise InputError(f"{control} acts on {banned[0]}, a banned practice: nobody can except it.")
    check_terms("An exception", owner, reason, expires, today)
    given = facts or {}
    snapshots = {
        row.risk: snapshot_of(row, register.model, given.get(row.risk, {})) for row in rows
    }
    found = PolicyException(
        control=control,
        owner=owner,
        reason=reason,
        compensating=compensating,
        expires=expires.isoformat(),
        reopen_if=TRIGGERS,
        snapshots=snapshots,
        digest=_digest(snapshots),
        state="waiting",
        requested_by=actor.name,
    )

    def check(others: list[Entry]) -> None:
        for entry in others:
            one = read(entry)
            if one.control == control and one.digest == found.digest:
                check_alone(entry, one, today)

    return add_entry(
        store, "exception", register.application, _body(found), actor=actor, action="ask",
        check=check,
    )  # fmt: skip


def rows_of(register: Register, control: str) -> list[RiskRow]:
    """Return the rows of the risks that may apply and that a control acts on."""
    return [
        row
        for row in register.risks
        if control in row.controls and row.applicability != "does not apply"
    ]


def approve(store: Store, entry_id: str, register: Register, *, today: date, actor: Actor) -> Entry:
    """Approve what another person asked for, in the state that it was asked for.

    Raises NotFoundError, InputError: the same person, decided already, expired, another
    application's register, or risks that are not what they were.
    """

    def change(entry: Entry) -> Body:
        found = read(entry)
        check_approval("exception", found, entry, register, today=today, actor=actor)
        now = {
            row.risk: snapshot_of(row, register.model) for row in rows_of(register, found.control)
        }
        if _digest(now) != found.digest:
            raise InputError(
                f"The risks of {found.control} are not what they were when somebody asked.",
                hint="Ask again with this register, so that both see the same state.",
            )
        return _body(msgspec.structs.replace(found, state="approved", approved_by=actor.signed))

    return edit_entry(store, entry_id, change, actor=actor, action="approve")


def withdraw(store: Store, entry_id: str, reason: str, *, actor: Actor) -> Entry:
    """End an exception at once. Raises NotFoundError, InputError (no reason, ended before)."""
    return withdraw_entry(store, entry_id, reason, "exception", read, actor=actor)


def read(entry: Entry) -> PolicyException:
    """Return the exception that an entry holds. Raises InputError for another kind."""
    if entry.kind != "exception":
        raise InputError(f"{entry.entry_id} is no exception.")
    return msgspec.convert(entry.body, PolicyException)


def excepted(store: Store, application: str = "") -> list[tuple[Entry, PolicyException]]:
    """Return an application's exceptions (all for an empty name), oldest first."""
    return [(entry, read(entry)) for entry in entries(store, "exception", application)]


def standing(
    found: PolicyException, today: date, *, register: Register | None,
    incidents: frozenset[str], in_force: Collection[str], facts: Facts | None = None,
) -> Standing:  # fmt: skip
    """Say whether an exception holds. `in_force` are the controls that are shown to be in place.

    A control that compensates and is not among them reopens it, whatever its triggers.
    """
    if (ended := over(found.state, found.withdrawn_because, found.expires, today)) is not None:
        return ended
    if register is None:
        return Standing(holds=False, state="reopened", why="No register shows its state today.")
    missing = [key for key in found.compensating if key not in in_force]
    if missing:
        why = f"{missing[0]}, which compensates, is not shown to be in force."
        return Standing(holds=False, state="reopened", why=why)
    for row in rows_of(register, found.control):
        if row.risk not in found.snapshots:
            why = f"{row.risk} applies too now, and nobody decided about it."
            return Standing(holds=False, state="reopened", why=why)
    for risk, was in found.snapshots.items():
        row = row_of(register, risk)
        why = reopened(row, was, found.reopen_if, register.model, incidents, facts)
        if why:
            return Standing(holds=False, state="reopened", why=why)
    return Standing(holds=True, state="holds", why=f"Until {found.expires}.")


def _digest(snapshots: Mapping[str, Snapshot]) -> str:
    raw = msgspec.json.encode([[key, snapshots[key].digest] for key in sorted(snapshots)])
    return hashlib.sha256(raw).hexdigest()


def _body(found: PolicyException) -> Body:
    body: Body = msgspec.to_builtins(found)
    return body
