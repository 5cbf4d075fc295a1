"""What a user chooses reaches what is kept of them already, and of nobody else."""

import time

import pytest
import sqlalchemy as sa

from seawall.core.retention import Consent, Retention
from seawall.core.roles import OPERATOR
from seawall.store.audit_users import AuditUsers
from seawall.store.changes import pending_changes
from seawall.store.consents import follow_choices, set_consent
from seawall.store.db import Store
from seawall.store.tables import captures, turns
from seawall.store.turns import Owner, Turns

DAY = 86_400
KEEPS = {
    Retention.NONE: 0.0, Retention.SHORT: 7.0 * DAY, Retention.STANDARD: 30.0 * DAY,
    Retention.LONG: 30.0 * DAY,
}  # fmt: skip
NOW = int(time.time())


def keep(store: Store, name: str, handle: bytes, age: int, application: str = "shop") -> None:
    """Put a capture of so many days on record that is kept for thirty."""
    made = NOW - age * DAY
    row = {
        "request_id": name, "application": application, "function": "chat", "handle": handle,
        "chain": "", "seq": 1, "created": made, "expires": made + 30 * DAY, "key_id": "k",
        "sealed": b"sealed content of " + name.encode(),
    }  # fmt: skip
    with store.write() as connection:
        connection.execute(sa.insert(captures), row)


def left(store: Store) -> dict[str, int]:
    """Return for how many days after it was made each capture is kept."""
    statement = sa.select(captures.c.request_id, captures.c.created, captures.c.expires)
    with store.read() as connection:
        return {
            name: (expires - created) // DAY
            for name, created, expires in connection.execute(statement)
        }


@pytest.fixture
def users(store: Store) -> AuditUsers:
    found = AuditUsers(store)
    anna, ben = found.handle("anna"), found.handle("ben")
    keep(store, "new", anna, 1)
    keep(store, "old", anna, 10)
    keep(store, "bank", anna, 1, "bank")
    keep(store, "ben", ben, 1)
    keep(store, "nobody", b"", 1)
    return found


OTHERS = {"bank": 30, "ben": 30, "nobody": 30}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Consent(opt_out=True), {}),
        (Consent(retention=Retention.NONE), {}),
        (Consent(retention=Retention.SHORT), {"new": 7}),
        (Consent(retention=Retention.LONG), {"new": 30, "old": 30}),
    ],
)
def test_a_choice_reaches_what_is_kept(
    store: Store, users: AuditUsers, choice: Consent, expected: dict[str, int]
) -> None:
    set_consent(store, users, "shop", "anna", choice, keeps=KEEPS)
    assert left(store) == OTHERS | expected
    noted = pending_changes(store)[-1]["details"]
    assert noted.get("captures", 0) == 2 - len(expected)


def test_nothing_that_a_user_opted_out_of_is_left_in_the_file(file_store: Store) -> None:
    users = AuditUsers(file_store)
    keep(file_store, "mine", users.handle("anna"), 1)
    set_consent(file_store, users, "shop", "anna", Consent(opt_out=True))
    for path in file_store.folder.glob("seawall.db*"):
        assert b"sealed content of mine" not in path.read_bytes(), path.name


def test_what_no_policy_said_the_gateway_does(store: Store, users: AuditUsers) -> None:
    set_consent(store, users, "shop", "anna", Consent(retention=Retention.SHORT))
    assert left(store) == OTHERS | {"new": 30, "old": 30}
    assert follow_choices(store, KEEPS, since=NOW + DAY) == 0
    assert left(store) == OTHERS | {"new": 30, "old": 30}, "that choice is older"
    assert follow_choices(store, KEEPS, since=NOW - 60) == 1
    assert left(store) == OTHERS | {"new": 7}
    set_consent(store, users, "shop", "anna", Consent(opt_out=True), keeps=KEEPS)
    keep(store, "late", users.handle("anna"), 0)
    assert follow_choices(store, KEEPS) == 1
    assert left(store) == OTHERS, "content that was written while the choice was on its way"


def test_a_longer_class_gives_nothing_more_time(store: Store, users: AuditUsers) -> None:
    set_consent(store, users, "shop", "anna", Consent(retention=Retention.SHORT), keeps=KEEPS)
    set_consent(store, users, "shop", "anna", Consent(retention=Retention.LONG), keeps=KEEPS)
    follow_choices(store, KEEPS)
    assert left(store) == OTHERS | {"new": 7}


def test_kept_turns_end_with_the_class_too(store: Store) -> None:
    users, kept = AuditUsers(store), Turns(store)
    owner = Owner(application="shop", function="chat", key_id="abc")
    for name in ("anna", "ben"):
        kept.keep(owner, name, b"Hi", seconds=20 * DAY, handle=users.handle(name))
    set_consent(store, users, "shop", "anna", Consent(retention=Retention.SHORT), keeps=KEEPS,
                actor=OPERATOR)  # fmt: skip
    with store.read() as connection:
        rows = connection.execute(sa.select(turns.c.turn_id, turns.c.expires - turns.c.created))
        assert dict(tuple(row) for row in rows) == {"anna": 7 * DAY, "ben": 20 * DAY}
    set_consent(store, users, "shop", "anna", Consent(retention=Retention.NONE), keeps=KEEPS)
    assert kept.find(owner, "anna") is None and kept.find(owner, "ben") == b"Hi"


def lasts(store: Store) -> dict[str, int]:
    """Return for how many days after it was made each turn is kept."""
    with store.read() as connection:
        rows = connection.execute(sa.select(turns.c.turn_id, turns.c.expires - turns.c.created))
        return {name: seconds // DAY for name, seconds in rows}


def test_kept_turns_end_with_a_class_that_no_policy_counted(store: Store) -> None:
    users, kept = AuditUsers(store), Turns(store)
    owner = Owner(application="shop", function="chat", key_id="abc")
    for name in ("anna", "ben", "cleo", ""):
        handle = users.handle(name) if name else None
        kept.keep(owner, name or "nobody", b"Hi", seconds=20 * DAY, handle=handle)
    set_consent(store, users, "shop", "anna", Consent(retention=Retention.SHORT))
    set_consent(store, users, "shop", "cleo", Consent(opt_out=True))
    set_consent(store, users, "bank", "cleo", Consent())
    assert follow_choices(store, KEEPS, since=NOW + DAY) == 0
    assert set(lasts(store).values()) == {20}, "those choices are older"
    assert follow_choices(store, KEEPS, since=NOW - 60) == 0
    assert lasts(store) == {"anna": 7, "ben": 20, "cleo": 20, "nobody": 20}
    set_consent(store, users, "shop", "ben", Consent(retention=Retention.NONE))
    kept.keep(owner, "late", b"Hi", seconds=DAY, handle=users.handle("ben"))
    assert follow_choices(store, KEEPS) == 1, "a turn that was kept while the choice was on its way"
    assert lasts(store) == {"anna": 7, "cleo": 20, "nobody": 20}
