"""Legal holds: while one stands, no audit record is ended."""

import time

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import Actor
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.tables import audit_holds

_LONGEST_NAME, _LONGEST_REASON = 100, 500


class HeldError(InputError):
    """A legal hold forbids to end audit records."""

    code = "legal_hold"
    status = 409


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One hold, of every record of the database. `created`: Unix seconds."""

    name: str
    reason: str
    actor: str
    created: int


def said(text: str, field: str, longest: int = _LONGEST_REASON) -> str:
    """Return a text for records. Raises InputError for an empty or endless one."""
    plain = text.strip()
    if not plain or len(plain) > longest or not plain.isprintable():
        raise InputError(
            f"{field} must be one line of 1 to {longest} characters.", hint=f"Give {field} anew."
        )
    return plain


def hold(store: Store, name: str, *, reason: str, actor: Actor) -> Hold:
    """Place a hold; it is on record. Raises InputError for a name that is taken."""
    placed = Hold(
        name=said(name, "The name", _LONGEST_NAME), reason=said(reason, "--reason"),
        actor=actor.signed, created=int(time.time()),
    )  # fmt: skip
    with store.write() as connection:
        if any(one.name == placed.name for one in holds_in(connection)):
            raise InputError(f"There is a hold {placed.name!r} already.", hint="Choose a new name.")
        connection.execute(sa.insert(audit_holds), msgspec.to_builtins(placed))
        note_change(connection, actor, "audit.hold", placed.name, {"reason": placed.reason})
    return placed


def lift_hold(store: Store, name: str, *, reason: str, actor: Actor) -> None:
    """Lift a hold; it is on record. Raises NotFoundError, InputError."""
    why = said(reason, "--reason")
    with store.write() as connection:
        statement = sa.delete(audit_holds).where(audit_holds.c.name == name)
        if not connection.execute(statement).rowcount:
            raise NotFoundError(
                f"There is no legal hold {name!r}.", hint="`seawall audit holds` lists them."
            )
        note_change(connection, actor, "audit.hold-lift", name, {"reason": why})


def list_holds(store: Store) -> list[Hold]:
    """Return every hold that stands, oldest first."""
    with store.read() as connection:
        return holds_in(connection)


def holds_in(connection: sa.Connection) -> list[Hold]:
    """Return every hold that a transaction sees, oldest first."""
    statement = sa.select(audit_holds).order_by(audit_holds.c.created, audit_holds.c.name)
    return [Hold(**row) for row in connection.execute(statement).mappings()]


def refuse_held(connection: sa.Connection) -> None:
    """Raise HeldError where a hold stands; none is placed while this transaction runs."""
    if connection.dialect.name == "postgresql":  # a file has one writer at a time anyway
        connection.exec_driver_sql("LOCK TABLE audit_holds IN SHARE MODE")
    refuse(holds_in(connection))


def refuse(held: list[Hold]) -> None:
    """Raise HeldError for holds that stand."""
    if held:
        raise HeldError(
            f"A legal hold stands: {', '.join(one.name for one in held)}.",
            hint="Nothing was ended from here on. `seawall audit holds` says why they stand.",
        )
