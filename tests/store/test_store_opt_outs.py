"""The register of opt-outs: digests for one application, which name nobody and never leave it."""

import sqlite3
from contextlib import suppress

import msgspec
import pytest

from seawall.core.errors import MissingPartError
from seawall.core.retention import Consent
from seawall.store.audit_users import AuditUsers
from seawall.store.changes import pending_changes
from seawall.store.consents import set_consent
from seawall.store.db import Store
from seawall.store.opt_outs import Counted, OptOuts
from seawall.store.tables import opt_outs


class Known(msgspec.Struct, frozen=True):
    kind: str
    normal: str
    gate: str = ""
    words: int = 0


ANNA = [
    Known("email", "anna@b.example"), Known("phone", "9:701234567"),
    Known("name", "anna muller\nday 5-17", "anna muller", 2),
    Known("name", "anna muller\nlyon", "anna muller", 2),
]  # fmt: skip


def test_who_is_registered_is_held_for_that_application_only(store: Store) -> None:
    register = OptOuts(store, env={})
    assert register.load("shop").empty
    assert register.add("shop", ANNA) == 4
    assert register.add("shop", [*ANNA, Known("email", "é\ud800")]) == 1
    mine = register.load("shop")
    assert all(mine.holds(one.kind, one.normal) for one in ANNA) and not mine.empty
    assert mine.gate("anna muller") and mine.words == {2}
    assert not mine.gate("muller") and not mine.holds("user-id", "anna@b.example")
    other = OptOuts(store, env={}).load("bank")
    assert other.empty and not any(other.holds(one.kind, one.normal) for one in ANNA)
    assert register.add("bank", ANNA[:1]) == 1
    assert register.count("shop") == Counted(kinds={"email": 2, "name": 2, "phone": 1}, users=0)
    with store.read() as connection:
        rows = [row.digest for row in connection.execute(opt_outs.select())]
    assert len(set(rows)) == 6  # one address, two applications, two digests


def test_a_name_counts_until_its_last_entry_is_gone(store: Store) -> None:
    register = OptOuts(store, env={})
    register.add("shop", ANNA)
    assert register.remove("bank", ANNA) == 0
    assert register.remove("shop", [ANNA[2], Known("email", "never")]) == 1
    assert register.load("shop").gate("anna muller")
    assert register.remove("shop", ANNA) == 3
    assert register.load("shop").empty and not register.load("shop").gate("anna muller")
    assert register.count("shop") == Counted(kinds={}, users=0)


def test_end_users_who_opted_out_count_too(store: Store) -> None:
    users = AuditUsers(store, env={})
    set_consent(store, users, "shop", "cust-1", Consent(opt_out=True))
    set_consent(store, users, "shop", "cust-2", Consent(opt_out=False))
    set_consent(store, users, "bank", "cust-3", Consent(opt_out=True))
    found = OptOuts(store, env={}).load("shop")
    assert not found.empty and [found.chose(f"cust-{n}") for n in (1, 2, 3)] == [True, False, False]
    assert OptOuts(store, env={}).count("shop").users == 1
    set_consent(store, users, "shop", "cust-1", Consent(opt_out=False))
    assert OptOuts(store, env={}).load("shop").empty


def test_the_log_hears_counts_and_the_file_holds_no_name(file_store: Store) -> None:
    register = OptOuts(file_store, env={})
    register.add("shop", [Known("email", "anna@evil.example")])
    register.remove("shop", [Known("email", "anna@evil.example")])
    told = [(one["action"], one["target"], one["details"]) for one in pending_changes(file_store)]
    assert told == [("opt-outs.add", "shop", {"identifiers": 1}),
                    ("opt-outs.remove", "shop", {"identifiers": 1})]  # fmt: skip
    register.add("shop", [Known("email", "anna@evil.example")])
    files = [path.read_bytes() for path in file_store.folder.rglob("*") if path.is_file()]
    assert files and not any(b"evil" in data for data in files)


def test_a_register_that_cannot_be_read_is_no_empty_one(file_store: Store) -> None:
    register = OptOuts(file_store, env={})
    with sqlite3.connect(file_store.path) as raw, suppress(sqlite3.Error):
        raw.execute("DROP TABLE opt_outs")
    for ask in (
        lambda: register.load("shop"),
        lambda: register.count("shop"),
        lambda: register.add("shop", ANNA),
        lambda: register.remove("shop", ANNA),
    ):
        with pytest.raises(MissingPartError):
            ask()
