"""Acceptances of risks and the register of incidents: four eyes, reopening, deadlines."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import govern_samples as samples
import msgspec
import pytest

from seawall.catalog.model import Notice
from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.core.roles import OPERATOR, Actor
from seawall.govern import acceptances, incidents
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.registers import Entry, history

ANA, BEN = Actor(name="key:ana"), Actor(name="key:ben", others=("Ben",))
TODAY, END = date(2026, 11, 28), date(2027, 1, 31)
KNOWN = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
REGISTER = samples.register()
RISK = next(row for row in REGISTER.risks if row.applicability == "applies" and row.ucb95)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.delenv(URL_ENV, raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def asked(store: Store, **changes: object) -> Entry:
    settings: dict = {
        "owner": "head of support",
        "reason": "pilot of 200 people",
        "expires": END,
        "today": TODAY,
        "actor": ANA,
        "forbidden": frozenset(),
        **changes,
    }
    return acceptances.ask(store, REGISTER, RISK.risk, **settings)


def with_risk(**changes: object) -> Register:
    row = msgspec.structs.replace(RISK, **changes)
    rows = tuple(row if one.risk == RISK.risk else one for one in REGISTER.risks)
    return msgspec.structs.replace(REGISTER, risks=rows)


def standing(entry: Entry, register: Register | None = REGISTER, **changes: object) -> str:
    given: dict = {"today": TODAY, "incidents": frozenset(), **changes}
    day = given.pop("today")
    return acceptances.standing(acceptances.read(entry), day, register=register, **given).state


def test_one_asks_another_approves_the_same_state(store: Store) -> None:
    entry = asked(store)
    assert standing(entry) == "waiting"
    with pytest.raises(InputError, match="cannot approve"):
        acceptances.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=ANA)
    with pytest.raises(InputError, match="not what it was"):
        acceptances.approve(store, entry.entry_id, with_risk(ucb95=0.9), today=TODAY, actor=BEN)
    done = acceptances.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)
    found = acceptances.read(done)
    assert (found.requested_by, found.approved_by) == ("key:ana", "Ben (key:ben)")
    assert found.approved_state == found.snapshot.digest
    assert standing(done) == "holds"
    assert [one.action for one in history(store, entry.entry_id)] == ["ask", "approve"]
    with pytest.raises(InputError, match="approved already"):
        acceptances.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)


def test_it_reopens_by_date_and_by_its_triggers(store: Store) -> None:
    entry = asked(store)
    entry = acceptances.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)
    assert RISK.ucb95 is not None
    assert standing(entry, today=END) == "holds"
    assert standing(entry, today=date(2027, 2, 1)) == "expired"
    assert standing(entry, None) == "reopened"
    assert standing(entry, with_risk(ucb95=RISK.ucb95 + 0.01)) == "reopened"
    assert standing(entry, with_risk(ucb95=None)) == "reopened"
    assert standing(entry, with_risk(ucb95=RISK.ucb95 / 2)) == "holds"
    assert standing(entry, msgspec.structs.replace(REGISTER, model="other")) == "reopened"
    assert standing(entry, incidents=frozenset({RISK.risk})) == "reopened"
    assert standing(entry, incidents=frozenset({"QUA-10"})) == "holds"


def test_only_its_own_triggers_reopen_it(store: Store) -> None:
    entry = asked(store, reopen_if=("incident",))
    entry = acceptances.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)
    assert standing(entry, with_risk(ucb95=1.0)) == "holds"
    assert standing(entry, incidents=frozenset({RISK.risk})) == "reopened"


def test_withdrawn_ends_at_once(store: Store) -> None:
    entry = asked(store)
    assert standing(acceptances.withdraw(store, entry.entry_id, "fixed", actor=ANA)) == "withdrawn"
    with pytest.raises(InputError, match="withdrawn already"):
        acceptances.withdraw(store, entry.entry_id, "again", actor=ANA)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"forbidden": frozenset({RISK.risk})}, "banned practice"),
        ({"owner": " "}, "owner"),
        ({"reason": ""}, "reason"),
        ({"expires": TODAY}, "within 366 days"),
        ({"expires": date(2028, 1, 1)}, "within 366 days"),
    ],
)
def test_what_nobody_can_accept(store: Store, changes: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        asked(store, **changes)
    assert acceptances.accepted(store, "") == []


NOTICES = {
    "GDPR-33": ("applies", [Notice(to="authority", hours=72, kinds=("personal-data",))]),
    "EU-NIS2": (
        "may apply",
        [
            Notice(to="team", hours=72, kinds=("security",)),
            Notice(to="team, early", hours=24, kinds=("security",)),
        ],
    ),
}


def opened(store: Store, **changes: object) -> Entry:
    settings: dict = {
        "title": "Records of another user in an answer",
        "severity": "S4",
        "kinds": ["personal-data", "security"],
        "risks": [RISK.risk],
        "records": ["sw_1"],
        "since": KNOWN,
        "notices": NOTICES,
        "actor": ANA,
        **changes,
    }
    return incidents.open_incident(store, "shop", **settings)


def test_deadlines_run_from_knowledge_by_kind() -> None:
    found = incidents.deadlines(["personal-data", "security"], KNOWN, NOTICES)
    assert [(one.due, one.clause, one.bearing) for one in found] == [
        ("2026-11-29T10:00:00+00:00", "EU-NIS2", "may apply"),
        ("2026-12-01T10:00:00+00:00", "EU-NIS2", "may apply"),
        ("2026-12-01T10:00:00+00:00", "GDPR-33", "applies"),
    ]
    assert incidents.deadlines(["death"], KNOWN, NOTICES) == ()


def test_an_incident_is_noted_told_and_closed_with_a_lesson(store: Store) -> None:
    key = opened(store).entry_id
    incidents.add_note(store, key, "cache cleared", now=KNOWN, actor=BEN)
    incidents.told(store, key, "EU-NIS2", now=KNOWN, actor=BEN, to="team, early")
    with pytest.raises(InputError, match="learnt"):
        incidents.close(store, key, [" "], actor=ANA)
    done = incidents.read(incidents.close(store, key, ["ask for another's order"], actor=ANA))
    assert [bool(one.told) for one in done.deadlines] == [True, False, False]
    assert (done.state, done.lessons) == ("closed", ("ask for another's order",))
    assert [note.by for note in done.notes] == ["key:ben"]
    with pytest.raises(InputError, match="no open notice"):
        incidents.told(store, key, "EUAIA-73", now=KNOWN, actor=BEN)
    assert len(history(store, key)) == 4


def test_who_was_told_is_named_where_a_clause_names_several(store: Store) -> None:
    both = {
        "UK-GDPR": ("applies", [Notice(to=to, hours=72, kinds=("personal-data",))
                                for to in ("Information Commissioner", "people concerned")]),
        "NIS": ("applies", [Notice(to="team", hours=hours, kinds=("personal-data",))
                            for hours in (24, 72)]),
    }  # fmt: skip
    key = opened(store, notices=both).entry_id
    with pytest.raises(InputError, match="Information Commissioner; people concerned"):
        incidents.told(store, key, "UK-GDPR", now=KNOWN, actor=BEN, needless="small")
    with pytest.raises(InputError, match="goes to 'people'"):
        incidents.told(store, key, "UK-GDPR", now=KNOWN, actor=BEN, to="people")
    _, one = incidents.told(store, key, "UK-GDPR", now=KNOWN, actor=BEN, to=" People concerned")
    assert (one.to, bool(one.told)) == ("people concerned", True)
    entry, one = incidents.told(store, key, "UK-GDPR", now=KNOWN, actor=BEN, needless="small")
    assert (one.to, one.needless, one.told) == ("Information Commissioner", "small", "")
    assert [d.hours for d in incidents.read(entry).deadlines if d.waiting] == [24, 72]
    _, one = incidents.told(store, key, "NIS", now=KNOWN, actor=BEN)
    assert one.hours == 24, "of two to the same recipient, the earliest"


def test_an_incident_reopens_acceptances_of_its_risks(store: Store) -> None:
    opened(store)
    listed = incidents.listed(store, "shop")
    assert incidents.risks_since(listed, int(KNOWN.timestamp())) == {RISK.risk}
    assert incidents.risks_since(listed, int(KNOWN.timestamp()) + 1) == frozenset()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "title"),
        ({"severity": "bad"}, "severity"),
        ({"kinds": []}, "none given"),
        ({"kinds": ["fire"]}, "fire"),
    ],
)
def test_what_is_no_incident(store: Store, changes: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        opened(store, **changes)


def test_one_register_is_not_read_as_the_other(store: Store) -> None:
    with pytest.raises(InputError, match="no acceptance"):
        acceptances.read(opened(store))
    with pytest.raises(InputError, match="no incident"):
        incidents.read(asked(store))


def test_the_same_is_asked_for_once_at_a_time(store: Store) -> None:
    entry = asked(store)
    with pytest.raises(InputError, match=f"{entry.entry_id} asks for this already"):
        asked(store, owner="somebody else")
    acceptances.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)
    asked(store)  # the next one, before the first ends
    with pytest.raises(InputError, match="asks for this already"):
        asked(store)
    late = {"today": date(2027, 2, 1), "expires": date(2027, 3, 1)}
    asked(store, **late)  # what waits ended unapproved
    assert len(acceptances.accepted(store, REGISTER.application)) == 3


def test_another_state_may_be_asked_for_while_the_old_one_waits(store: Store) -> None:
    asked(store)
    worse = with_risk(ucb95=0.9)
    given: dict = {"owner": "head", "reason": "pilot", "expires": END, "today": TODAY,
                   "actor": ANA, "forbidden": frozenset()}  # fmt: skip
    assert acceptances.ask(store, worse, RISK.risk, **given).version == 1


def test_neither_another_key_of_the_same_person_nor_nobody_approves(store: Store) -> None:
    entry = asked(store)
    for actor in (
        Actor(name="key:new", others=("key:ana",)),
        Actor(name="KEY:Ana\u200b"),
        Actor(name="key:zoe"),
        Actor(name="key:zoe", others=("key:zoes", "Operator")),
        OPERATOR,
    ):
        with pytest.raises(InputError, match=r"cannot approve|has a name"):
            acceptances.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=actor)
    assert standing(entry) == "waiting"
