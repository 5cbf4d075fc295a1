"""Turns of conversations: sealed, for one key only, for a limited time, a limited number."""

import secrets
from pathlib import Path

import pytest
import sqlalchemy as sa

from seawall.core.errors import MissingPartError
from seawall.store.db import Store, open_store
from seawall.store.tables import turns
from seawall.store.turns import Owner, Turns

OWNER = Owner(application="shop", function="chat", key_id="abc")
OTHERS = [
    Owner(application="shop", function="chat", key_id="abd"),
    Owner(application="shop", function="batch", key_id="abc"),
    Owner(application="bank", function="chat", key_id="abc"),
    Owner(application="shop", function="", key_id="chatabc"),
    Owner(application="shop", function="chat", key_id="abc", user="ada"),
]
TEXT = b'{"messages": "my number is 4711"}'


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "data")


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_only_the_owner_finds_a_turn(store: Store) -> None:
    kept = Turns(store)
    assert kept.keep(OWNER, "resp_1", TEXT, seconds=60)
    assert kept.find(OWNER, "resp_1") == TEXT
    for other in OTHERS:
        assert kept.find(other, "resp_1") is None
        assert kept.chain(other, "resp_1", max_bytes=1000) is None
        assert not kept.delete(other, "resp_1")
    assert kept.delete(OWNER, "resp_1")
    assert kept.find(OWNER, "resp_1") is None and not kept.delete(OWNER, "resp_1")


def test_the_database_holds_no_text(store: Store) -> None:
    Turns(store).keep(OWNER, "resp_1", TEXT, seconds=60)
    files = [path.read_bytes() for path in store.folder.glob("seawall.db*")]
    assert any(b"resp_1" in data for data in files)
    assert not any(b"4711" in data or b"messages" in data for data in files)


def test_a_changed_or_moved_row_and_another_pepper_open_nothing(store: Store) -> None:
    kept = Turns(store)
    for name in ("resp_1", "resp_2"):
        kept.keep(OWNER, name, name.encode(), seconds=60)
    with store.write() as connection:
        sealed = connection.scalar(sa.select(turns.c.sealed).where(turns.c.turn_id == "resp_2"))
        connection.execute(
            sa.update(turns).where(turns.c.turn_id == "resp_1").values(sealed=sealed)
        )
    assert kept.find(OWNER, "resp_1") is None, "another turn's text under this id"
    assert kept.find(OWNER, "resp_2") == b"resp_2"
    other = Turns(store, env={"SEAWALL_PEPPER": secrets.token_hex(16)})
    assert other.find(OWNER, "resp_2") is None
    with store.write() as connection:
        changed = bytes([sealed[0] ^ 1]) + sealed[1:]
        connection.execute(
            sa.update(turns).where(turns.c.turn_id == "resp_2").values(sealed=changed)
        )
    assert kept.find(OWNER, "resp_2") is None


def test_turns_expire_and_are_deleted(store: Store) -> None:
    clock = Clock()
    kept = Turns(store, clock=clock)
    kept.keep(OWNER, "resp_1", TEXT, seconds=60)
    clock.now += 59
    assert kept.find(OWNER, "resp_1") == TEXT and kept.purge() == 0
    clock.now += 1
    assert kept.find(OWNER, "resp_1") is None and not kept.delete(OWNER, "resp_1")
    kept.keep(OWNER, "resp_2", TEXT, seconds=1)
    assert rows(store) == ["resp_2"], "keeping deletes what has expired"
    clock.now += 2
    assert kept.purge() == 1 and rows(store) == []


def test_the_oldest_turns_of_an_owner_go(store: Store) -> None:
    clock = Clock()
    kept = Turns(store, max_turns=2, clock=clock)
    kept.keep(OTHERS[0], "resp_0", TEXT, seconds=60)
    for number in range(1, 5):
        clock.now += number % 2
        kept.keep(OWNER, f"resp_{number}", TEXT, seconds=60)
    assert rows(store) == ["resp_0", "resp_3", "resp_4"]


def test_a_chain_is_whole_or_nothing(store: Store) -> None:
    kept = Turns(store)
    previous = ""
    for name in ("a", "b", "c"):
        kept.keep(OWNER, name, name.encode() * 10, seconds=60, previous=previous)
        previous = name
    assert kept.chain(OWNER, "c", max_bytes=30) == [b"a" * 10, b"b" * 10, b"c" * 10]
    assert kept.chain(OWNER, "b", max_bytes=30) == [b"a" * 10, b"b" * 10]
    assert kept.chain(OWNER, "c", max_bytes=29) is None
    kept.delete(OWNER, "b")
    assert kept.chain(OWNER, "c", max_bytes=30) is None
    assert kept.find(OWNER, "c") == b"c" * 10


def test_what_cannot_be_written_or_read_is_said(store: Store) -> None:
    kept = Turns(store)
    assert kept.keep(OWNER, "resp_1", TEXT, seconds=60)
    assert not kept.keep(OWNER, "resp_1", TEXT, seconds=60), "an id is used once"
    with store.write() as connection:
        connection.execute(sa.text("DROP TABLE turns"))
    assert not kept.keep(OWNER, "resp_2", TEXT, seconds=60)
    with pytest.raises(MissingPartError):
        kept.find(OWNER, "resp_1")


def rows(store: Store) -> list[str]:
    with store.read() as connection:
        return sorted(connection.scalars(sa.select(turns.c.turn_id)))
