"""Access reviews: every line decided by another person, and nothing withdrawn that still works."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import OPERATOR, Actor
from seawall.govern.due import Sources, due
from seawall.govern.people import access
from seawall.govern.status.judge import Grounds, control_states, ended
from seawall.store.db import Store, open_store
from seawall.store.directory import put_member, remove_member
from seawall.store.keys import create_key, revoke_key
from seawall.store.registers import Entry, history

TODAY = date(2026, 11, 28)
ANA, BO = Actor(name="key:ana"), Actor(name="key:bo")
CATALOG = load_catalog()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


@pytest.fixture
def keys(store: Store) -> list[str]:
    """Two keys of the shop and an auditor; keys of others, ended ones and plain members beside."""
    env = {}
    made = [
        create_key(store, application="shop", function=name, name=name, env=env)[0]
        for name in ("chat", "reports")
    ]
    create_key(store, application="other", function="chat", env=env)
    gone, _ = create_key(store, application="shop", function="old", env=env)
    revoke_key(store, gone)
    create_key(store, application="shop", function="past", expires=1, env=env)
    put_member(store, "idp:kim", team="", roles=("auditor",), actor=OPERATOR)
    put_member(store, "idp:lee", team="", roles=(), actor=OPERATOR)
    return made


def opened(store: Store) -> Entry:
    return access.start(store, "shop", today=TODAY, actor=ANA)


def decide(store: Store, entry: Entry, subject: str, verdict: str = "keep", **more: Any) -> Entry:
    given = {"reason": "in use", "today": TODAY, "actor": BO, **more}
    return access.decide(store, entry.entry_id, subject, verdict, **given)


def finished(store: Store, withdrawn: tuple[str, ...] = ()) -> Entry:
    entry = opened(store)
    for subject in access.read(entry).lines:
        decide(store, entry, subject, "withdraw" if subject in withdrawn else "keep")
    return access.close(store, entry.entry_id, today=TODAY, actor=BO)


def test_a_review_lists_what_works_today_and_nothing_else(store: Store, keys: list[str]) -> None:
    lines = access.read(opened(store)).lines
    assert set(lines) == {*keys, "member:idp:kim"}
    assert lines[keys[0]].holder == "chat" and lines[keys[0]].rights.startswith("chat: chat")
    assert lines["member:idp:kim"].rights == "auditor"
    assert all(line.verdict == "" and line.since for line in lines.values())


def test_only_one_review_is_open_and_an_empty_one_makes_no_sense(
    store: Store, keys: list[str]
) -> None:
    first = opened(store)
    with pytest.raises(InputError, match="open already"):
        opened(store)
    access.withdraw(store, first.entry_id, "wrong day", actor=ANA)
    assert opened(store).entry_id != first.entry_id
    remove_member(store, "idp:kim", actor=OPERATOR)
    with pytest.raises(InputError, match="Nobody holds"):
        access.start(store, "nobody", today=TODAY, actor=ANA)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"subject": "none"}, NotFoundError, "no line"),
        ({"verdict": "maybe"}, InputError, "no decision"),
        ({"reason": "  "}, InputError, "Say why"),
        ({"actor": "self"}, InputError, "of their own"),
    ],
)
def test_what_is_no_decision(
    store: Store, keys: list[str], changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    entry = opened(store)
    given = {"subject": keys[0], "verdict": "keep", "reason": "in use", "actor": BO, **changes}
    if given["actor"] == "self":
        given["actor"] = Actor(name=f"key:{keys[0]}")
    with pytest.raises(error, match=says):
        decide(store, entry, given["subject"], given["verdict"], reason=given["reason"],
               actor=given["actor"])  # fmt: skip
    assert len(history(store, entry.entry_id)) == 1


def test_nobody_reviews_their_own_role(store: Store, keys: list[str]) -> None:
    with pytest.raises(InputError, match="of their own"):
        decide(store, opened(store), "member:idp:kim", actor=Actor(name="idp:kim"))


def test_it_closes_when_all_is_decided_and_not_for_long(store: Store, keys: list[str]) -> None:
    entry = opened(store)
    decide(store, entry, keys[0])
    with pytest.raises(InputError, match="2 of 3 are not decided"):
        access.close(store, entry.entry_id, today=TODAY, actor=BO)
    for subject in (keys[1], "member:idp:kim"):
        decide(store, entry, subject)
    for last in (TODAY, TODAY + timedelta(days=181)):
        with pytest.raises(InputError, match="at the latest"):
            access.close(store, entry.entry_id, today=TODAY, actor=BO, until=last)
    done = access.read(access.close(store, entry.entry_id, today=TODAY, actor=BO))
    assert done.until == (TODAY + timedelta(days=180)).isoformat() and done.closed_by == "key:bo"
    with pytest.raises(InputError, match="closed already"):
        decide(store, entry, keys[0])


def test_a_closed_review_is_evidence_for_its_control_until_its_day(
    store: Store, keys: list[str]
) -> None:
    entry = finished(store)
    (one,) = access.vouched(store, "shop")
    assert (one.control, one.by, one.ref) == (access.CONTROL, "key:bo", entry.entry_id)
    assert not ended(one, TODAY) and "3 keys and roles reviewed, 0 withdrawn" in one.note
    assert ended(one, TODAY + timedelta(days=181))
    assert CATALOG.controls[access.CONTROL].fresh_days == access.LONGEST_DAYS
    assert access.vouched(store, "other") == []


def test_what_was_withdrawn_and_still_works_speaks_against_it(
    store: Store, keys: list[str]
) -> None:
    finished(store, withdrawn=(keys[1], "member:idp:kim"))
    (one,) = access.vouched(store, "shop")
    assert keys[1] in one.ended or "idp:kim" in one.ended
    revoke_key(store, keys[1])
    remove_member(store, "idp:kim", actor=OPERATOR)
    (one,) = access.vouched(store, "shop")
    assert not one.ended and "2 withdrawn" in one.note


def test_the_state_of_the_control_and_the_calendar_follow(store: Store, keys: list[str]) -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1]))
    import govern_samples as samples
    import msgspec

    row = samples.register().risks[0]
    register = msgspec.structs.replace(
        samples.register(),
        risks=(msgspec.structs.replace(row, risk="SEC-06", controls=(access.CONTROL,)),),
    )

    def state(day: date) -> str:
        given = Grounds(vouched=tuple(access.vouched(store, "shop")))
        found = control_states(register, CATALOG, today=day, grounds=given)
        return next(one.state for one in found if one.control == access.CONTROL)

    assert state(TODAY) == "not tested"
    finished(store)
    assert state(TODAY) == "attested"
    assert state(TODAY + timedelta(days=181)) == "expired"
    found = due(Sources(store=store), "shop", CATALOG, TODAY, 365)
    (line,) = (one for one in found if one.subject == access.CONTROL)
    assert line.day == (TODAY + timedelta(days=180)).isoformat()
