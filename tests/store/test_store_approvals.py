"""Calls wait for people, pass once, only unchanged, only for their owner, and not for ever."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import Actor, Role
from seawall.store.approvals import Approvals, Deciders, canonical
from seawall.store.changes import pending_changes
from seawall.store.db import open_store
from seawall.store.turns import Owner

ME = Owner(application="shop", function="chat", key_id="k1", user="u1")
OTHER = Owner(application="shop", function="chat", key_id="k1", user="u2")
ANA, BEN = (Actor(name=name, roles=(Role.OWNER,)) for name in ("ana", "ben"))
CALL = ("send_money", '{"to": "x", "amount": 5}')


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def made(folder: Path, clock: Clock, needs: int = 1) -> Approvals:
    store = open_store(str(folder / "data"))
    return Approvals(store, minutes=10, needs=needs, env={}, clock=clock)


def test_an_approved_call_passes_once_and_only_unchanged(tmp_path: Path) -> None:
    approvals = made(tmp_path, Clock())
    waiting = approvals.ask(ME, *CALL, "why")
    assert (waiting.state, waiting.arguments) == ("pending", CALL[1])
    assert approvals.ask(ME, "send_money", '{"amount":5,"to":"x"}', "").approval_id == \
        waiting.approval_id  # fmt: skip
    assert not approvals.use(ME, waiting.approval_id, *CALL)
    assert approvals.approve(waiting.approval_id, actor=ANA).state == "approved"
    assert not approvals.use(OTHER, waiting.approval_id, *CALL)
    assert not approvals.use(ME, waiting.approval_id, "send_money", '{"to": "x", "amount": 6}')
    assert not approvals.use(ME, waiting.approval_id, "send_monex", CALL[1])
    assert approvals.use(ME, waiting.approval_id, *CALL)
    assert not approvals.use(ME, waiting.approval_id, *CALL)
    assert approvals.ask(ME, *CALL, "").approval_id != waiting.approval_id


def test_other_owners_have_approvals_of_their_own(tmp_path: Path) -> None:
    approvals = made(tmp_path, Clock())
    mine = approvals.ask(ME, *CALL, "").approval_id
    approvals.approve(mine, actor=ANA)
    assert approvals.ask(OTHER, *CALL, "").state == "pending"


def test_four_eyes(tmp_path: Path) -> None:
    approvals = made(tmp_path, Clock(), needs=2)
    waiting = approvals.ask(ME, *CALL, "").approval_id
    with pytest.raises(InputError, match="Whoever asks"):
        approvals.approve(waiting, actor=Actor(name="key:k1", roles=(Role.OWNER,)))
    assert approvals.approve(waiting, actor=ANA).state == "pending"
    with pytest.raises(InputError, match="already"):
        approvals.approve(waiting, actor=ANA)
    assert not approvals.use(ME, waiting, *CALL)
    assert approvals.approve(waiting, actor=BEN).approvers == ("ana", "ben")
    assert approvals.use(ME, waiting, *CALL)


def test_only_named_people_decide_and_others_are_refused_by_name(tmp_path: Path) -> None:
    approvals = made(tmp_path, Clock())
    named = Deciders(names=("ben", "role:risk-officer"), needs=2)
    waiting = approvals.ask(ME, *CALL, "", named).approval_id
    for decide in (approvals.approve, approvals.deny):
        with pytest.raises(InputError, match=r"^ana does not decide about send_money"):
            decide(waiting, actor=ANA)
    assert approvals.list()[0].approvers == ()
    assert approvals.approve(waiting, actor=BEN).state == "pending"
    officer = Actor(name="kim", roles=(Role.RISK_OFFICER,))
    assert approvals.approve(waiting, actor=officer).state == "approved"
    assert approvals.use(ME, waiting, *CALL)


def test_a_decision_does_not_count_once_the_rule_names_others(tmp_path: Path) -> None:
    approvals = made(tmp_path, Clock())
    old = approvals.ask(ME, *CALL, "", Deciders(names=("ana",))).approval_id
    approvals.approve(old, actor=ANA)
    new = approvals.ask(ME, *CALL, "", Deciders(names=("ben",)))
    assert (new.state, new.deciders) == ("pending", ("ben",))
    more = approvals.ask(ME, *CALL, "", Deciders(names=("ana",), needs=2))
    assert more.state == "pending" and more.approval_id not in (old, new.approval_id)


def test_what_is_denied_stays_denied_and_what_expires_is_gone(tmp_path: Path) -> None:
    clock = Clock()
    approvals = made(tmp_path, clock)
    waiting = approvals.ask(ME, *CALL, "").approval_id
    approvals.deny(waiting, actor=BEN)
    with pytest.raises(InputError, match="denied"):
        approvals.approve(waiting, actor=ANA)
    assert approvals.ask(ME, *CALL, "").state == "denied"
    clock.now += 601
    assert approvals.list() == []
    with pytest.raises(NotFoundError):
        approvals.approve(waiting, actor=ANA)
    late = approvals.ask(ME, *CALL, "").approval_id
    approvals.approve(late, actor=ANA)
    clock.now += 601
    assert not approvals.use(ME, late, *CALL)


def test_decisions_are_noted_without_arguments_and_the_database_holds_none(tmp_path: Path) -> None:
    approvals = made(tmp_path, Clock())
    waiting = approvals.ask(ME, "send_money", '{"to": "very-secret-place"}', "").approval_id
    approvals.approve(waiting, actor=ANA)
    store = open_store(str(tmp_path / "data"))
    (noted,) = pending_changes(store)
    assert (noted["action"], noted["actor"], noted["target"]) == \
        ("approval.approve", "ana", waiting)  # fmt: skip
    files = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not any(b"very-secret-place" in data for data in files)


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
def test_the_order_of_keys_is_no_difference(value: dict[str, object]) -> None:
    import json

    backwards = dict(reversed(value.items()))
    if all(not isinstance(one, int) or abs(one) < 2**63 for one in value.values()):
        assert canonical(json.dumps(value)) == canonical(json.dumps(backwards, indent=1))
