"""What one person asks for and another decides: the checks that all such entries share."""

from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

import msgspec

from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.core.roles import OPERATOR, Actor
from seawall.store.db import Store
from seawall.store.registers import Body, Entry, edit_entry


class Asked(Protocol):
    """An entry that waits for another person. `expires`: its last day (ISO)."""

    @property
    def state(self) -> str: ...
    @property
    def requested_by(self) -> str: ...
    @property
    def expires(self) -> str: ...


def check_approval(
    what: str, found: Asked, entry: Entry, register: Register, *, today: date, actor: Actor
) -> None:
    """Raise InputError unless `actor` may approve: another person, in time, for this register.

    `what` names the kind of entry, in one word.
    """
    check_waiting(what, found.state)
    check_other(what, found.requested_by, actor)
    if entry.application != register.application:
        raise InputError(f"{entry.entry_id} is about {entry.application}, not this register.")
    if found.expires < today.isoformat():
        raise InputError(f"It would have ended on {found.expires}.", hint="Ask again.")


def check_alone(entry: Entry, found: Asked, today: date) -> None:
    """Raise InputError where an entry asks the same and still waits: two would be one decision."""
    if found.state == "waiting" and found.expires >= today.isoformat():
        raise InputError(
            f"{entry.entry_id} asks for this already, in the same state, and waits.",
            hint="Have it approved, or withdraw it before you ask anew.",
        )


def check_waiting(what: str, state: str) -> None:
    """Raise InputError for an entry that somebody decided about already."""
    if state != "waiting":
        raise InputError(f"This {what} is {state} already.")


def check_other(what: str, requested_by: str, actor: Actor) -> None:
    """Raise InputError for whoever asked, under any key of theirs, and for an unnamed approver."""
    article = "an" if what[0] in "aeiou" else "a"
    if actor.goes_by(requested_by):
        raise InputError(
            f"Whoever asks for {article} {what} cannot approve it.",
            hint="Another person approves, with an admin key of their own; rotated keys and keys "
            "with the same name count as one person's.",
        )
    if actor.name == OPERATOR.name:
        raise InputError(
            f"Who approves {article} {what} has a name, and the operator has none.",
            hint="Set SEAWALL_ADMIN_KEY to the approver's own admin key.",
        )
    if not actor.person:
        raise InputError(
            f"Who approves {article} {what} has a name, and {actor.name} has none.",
            hint='Create an admin key with --name "Ada Lovelace": keys without a name may all be '
            "one person's.",
        )


def withdraw_entry(
    store: Store, entry_id: str, reason: str, what: str, read: Callable[[Entry], Any],
    *, actor: Actor,
) -> Entry:  # fmt: skip
    """End an entry at once. Raises NotFoundError, InputError (no reason, ended before)."""
    if not reason.strip():
        raise InputError("Say why it is withdrawn.")

    def change(entry: Entry) -> Body:
        found = read(entry)
        if found.state == "withdrawn":
            raise InputError(f"This {what} is withdrawn already.")
        ended = msgspec.structs.replace(found, state="withdrawn", withdrawn_because=reason)
        body: Body = msgspec.to_builtins(ended)
        return body

    return edit_entry(store, entry_id, change, actor=actor, action="withdraw")
