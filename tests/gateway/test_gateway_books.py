"""What was used before a start: nothing that was given back makes room that never was used."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.core.roles import OPERATOR
from seawall.gateway.accounts import periods_of
from seawall.gateway.books import books_of
from seawall.gateway.counters import Subject
from seawall.store.audit_users import AuditUsers
from seawall.store.db import Store, open_store
from seawall.store.erasure import erase_user
from seawall.store.spend import Charge, Share, add_charges, digest_name, used_in

AT = periods_of(1_793_880_000.0)
ANNA = Share(scope="user", name=digest_name("user", "anna"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def charge(store: Store, day: str, nanos: int, tokens: int, requests: int = 1) -> None:
    with store.write() as connection:
        add_charges(connection, [Charge(day=day, function="chat", nanos=nanos, tokens=tokens,
                                        shares=(ANNA,), requests=requests)])  # fmt: skip


def test_what_comes_back_after_an_erasure_is_no_credit(store: Store) -> None:
    charge(store, AT.day, 900, 90)
    erase_user(store, AuditUsers(store), "anna", actor=OPERATOR)
    charge(store, AT.day, -800, -80, requests=0)
    other = f"{AT.month}-{'01' if not AT.day.endswith('-01') else '02'}"
    charge(store, other, 300, 30)

    books = books_of(used_in(store, AT.month), {}, AT)[Subject(ANNA.scope, ANNA.name)]

    assert (books[AT.day].nanos, books[AT.day].tokens) == (0, 0)
    month = books[AT.month]
    assert (month.nanos, month.tokens, month.requests) == (300, 30, 1)


def test_what_comes_back_of_a_charge_that_is_known_counts(store: Store) -> None:
    charge(store, AT.day, 900, 90)
    charge(store, AT.day, -800, -80, requests=0)
    books = books_of(used_in(store, AT.month), {}, AT)[Subject(ANNA.scope, ANNA.name)]
    assert (books[AT.day].nanos, books[AT.day].tokens, books[AT.day].requests) == (100, 10, 1)
