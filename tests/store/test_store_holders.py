"""Four eyes are two people: rotated keys, keys of one name and spellings are one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.core.errors import InputError
from seawall.core.roles import Actor, folded
from seawall.store.approvals import Approvals
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.holders import names_of_key, names_of_member
from seawall.store.keys import create_key, revoke_key, rotate_key
from seawall.store.turns import Owner


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.delenv(URL_ENV, raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def made(store: Store, name: str) -> str:
    return create_key(
        store, application="shop", function="", name=name, scopes=("admin",), roles=("owner",),
        env={},
    )[0]  # fmt: skip


def actor(store: Store, key: str) -> Actor:
    return Actor(name=f"key:{key}", others=names_of_key(store, key))


def test_rotations_and_equal_names_lead_to_one_holder(store: Store) -> None:
    ana, ben, nobody, other = (made(store, name) for name in ("Ana", "Ben", "", ""))
    second = rotate_key(store, ana, overlap=60, env={})[0]
    third = rotate_key(store, second, overlap=60, env={})[0]
    again = made(store, "  ANA\u200b")
    revoke_key(store, ana)
    for one in (ana, second, third, again):
        for two in (ana, second, third, again):
            assert actor(store, one).goes_by(f"key:{two}")
        assert not actor(store, one).goes_by(f"key:{ben}")
    assert not actor(store, nobody).goes_by(f"key:{other}")
    renewed = rotate_key(store, nobody, overlap=60, env={})[0]
    assert actor(store, nobody).goes_by(f"key:{renewed}")
    assert actor(store, renewed).goes_by(f"key:{nobody}")


def test_a_key_with_a_members_name_is_the_members(store: Store) -> None:
    key = made(store, "login:Ana")
    member = Actor(name="login:ana", others=names_of_member(store, "login:ana"))
    assert member.goes_by(f"key:{key}")
    assert actor(store, key).goes_by("login:ana")
    assert names_of_member(store, "login:ben") == ()


def test_spellings_of_a_name_are_one() -> None:
    assert folded(" Kim\u00a0 \u200bDoe") == folded("ＫＩＭ doe") == "kim doe"
    assert folded("kim") != folded("kin")


def test_a_rotated_key_is_no_second_person_for_a_tool_call(store: Store) -> None:
    ana = made(store, "Ana")
    new = rotate_key(store, ana, overlap=60, env={})[0]
    approvals = Approvals(store, minutes=10, needs=2, env={})
    me = Owner(application="shop", function="chat", key_id="k1", user="u")
    call = approvals.ask(me, "pay", "{}", "why").approval_id
    assert approvals.approve(call, actor=actor(store, ana)).state == "pending"
    with pytest.raises(InputError, match="already"):
        approvals.approve(call, actor=actor(store, new))
    own = Owner(application="shop", function="chat", key_id=ana, user="u")
    asked = approvals.ask(own, "pay", "{}", "why").approval_id
    with pytest.raises(InputError, match="Whoever asks"):
        approvals.approve(asked, actor=actor(store, new))


def test_keys_without_a_name_are_no_two_people(store: Store) -> None:
    one, other, ben = made(store, ""), made(store, " "), made(store, "Ben")
    me = Owner(application="shop", function="chat", key_id="k1", user="u")
    call = Approvals(store, minutes=10, needs=2, env={}).ask(me, "pay", "{}", "why").approval_id
    approvals = Approvals(store, minutes=10, needs=2, env={})
    for key in (one, other):
        assert actor(store, key).person == ""
        with pytest.raises(InputError, match=r"takes 2 people, and key:.* has no name"):
            approvals.approve(call, actor=actor(store, key))
    assert approvals.approve(call, actor=actor(store, ben)).approvers == (f"key:{ben}",)
    assert actor(store, ben).signed == f"Ben (key:{ben})"
    alone = Approvals(store, minutes=10, needs=1, env={})
    lone = alone.ask(me, "send", "{}", "why").approval_id
    assert alone.approve(lone, actor=actor(store, one)).state == "approved"
