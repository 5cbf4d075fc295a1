"""Exceptions to controls: four eyes, a control that stands in, and the same triggers as a risk."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import govern_samples as samples
import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.core.roles import Actor
from seawall.govern import acceptances, exceptions
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.registers import Entry, history

CATALOG = load_catalog()
ANA, BEN = Actor(name="key:ana"), Actor(name="key:ben", others=("Ben",))
TODAY, END = date(2026, 11, 28), date(2027, 1, 31)
LEFT_OUT, STAND_IN = "CTL-LEAK-GUARD", "CTL-INJ-INPUT"
REGISTER = samples.register()
RISK = next(row for row in REGISTER.risks if LEFT_OUT in row.controls)
FACTS = {RISK.risk: {"audience": ["customers", "staff"]}}
replace = msgspec.structs.replace


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.delenv(URL_ENV, raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def asked(store: Store, **changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "owner": "head of support",
        "reason": "the filter breaks the French help texts",
        "compensating": (STAND_IN,),
        "expires": END,
        "today": TODAY,
        "actor": ANA,
        **changes,
    }
    control = fields.pop("control", LEFT_OUT)
    return exceptions.ask(store, REGISTER, CATALOG, control, **fields)


def approved(store: Store, **changes: Any) -> Entry:
    entry = asked(store, **changes)
    return exceptions.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)


def with_risk(**changes: Any) -> Register:
    row = replace(RISK, **changes)
    rows = tuple(row if one.risk == RISK.risk else one for one in REGISTER.risks)
    return replace(REGISTER, risks=rows)


def standing(entry: Entry, register: Register | None = REGISTER, **changes: Any) -> tuple[str, str]:
    given: dict[str, Any] = {
        "incidents": frozenset(), "in_force": {STAND_IN}, "today": TODAY, **changes,
    }  # fmt: skip
    found = exceptions.read(entry)
    seen = exceptions.standing(found, given.pop("today"), register=register, **given)
    return seen.state, seen.why


def test_one_asks_another_approves_the_same_state(store: Store) -> None:
    entry = asked(store)
    assert standing(entry)[0] == "waiting"
    with pytest.raises(InputError, match="cannot approve"):
        exceptions.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=ANA)
    with pytest.raises(InputError, match="not what they were"):
        exceptions.approve(store, entry.entry_id, with_risk(ucb95=0.9), today=TODAY, actor=BEN)
    done = exceptions.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)
    assert standing(done)[0] == "holds"
    assert [one.action for one in history(store, entry.entry_id)] == ["ask", "approve"]
    with pytest.raises(InputError, match="approved already"):
        exceptions.approve(store, entry.entry_id, REGISTER, today=TODAY, actor=BEN)


@pytest.mark.parametrize(
    ("changes", "register", "says"),
    [
        ({"in_force": set()}, REGISTER, "not shown to be in force"),
        ({"incidents": frozenset({RISK.risk})}, REGISTER, "incident"),
        ({}, with_risk(ucb95=0.9), "UCB95 is 90.0%"),
        ({}, with_risk(ucb95=None), "not measured"),
        ({}, with_risk(severity="S5"), "severity is S5"),
        ({}, replace(REGISTER, model="other"), "model is other"),
        ({}, None, "No register"),
    ],
)
def test_it_reopens(
    store: Store, changes: dict[str, Any], register: Register | None, says: str
) -> None:
    state, why = standing(approved(store), register, **changes)
    assert (state, says in why) == ("reopened", True), why


def test_it_expires_after_its_last_day(store: Store) -> None:
    entry = approved(store)
    assert standing(entry, today=END)[0] == "holds"
    assert standing(entry, today=date(2027, 2, 1))[0] == "expired"


def test_a_risk_that_nobody_decided_about_reopens_it(store: Store) -> None:
    entry = approved(store)
    more = replace(RISK, risk="PRI-03")
    grown = replace(REGISTER, risks=(*REGISTER.risks, more))
    assert "PRI-03 applies too" in standing(entry, grown)[1]


def test_a_changed_fact_reopens_it(store: Store) -> None:
    entry = approved(store, facts=FACTS)
    same = {"audience": ["staff", "customers"], "rag.used": True}
    assert standing(entry, facts=same)[0] == "holds", "lists have no order"
    state, why = standing(entry, facts={"audience": ["anonymous"]})
    assert state == "reopened"
    assert why == "The fact audience is anonymous, it was customers, staff."
    assert "unknown" in standing(entry, facts={})[1]
    assert "No profile" in standing(entry, facts=None)[1]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"control": "CTL-NONE"}, "no control"),
        ({"compensating": ("CTL-NONE",)}, "no control"),
        ({"compensating": ()}, "compensates"),
        ({"compensating": (LEFT_OUT,)}, "compensates"),
        ({"control": "CTL-FAIRNESS"}, "acts on no risk"),
        ({"owner": " "}, "owner"),
        ({"expires": TODAY}, "within 366 days"),
    ],
)
def test_what_nobody_can_except(store: Store, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        asked(store, **changes)
    assert exceptions.excepted(store) == []


def test_a_control_against_a_banned_practice_stays(store: Store) -> None:
    banned = next(key for key, card in CATALOG.risks.items() if card.stop)
    row = replace(RISK, risk=banned)
    with pytest.raises(InputError, match="banned practice"):
        exceptions.ask(
            store, replace(REGISTER, risks=(row,)), CATALOG, LEFT_OUT, owner="o", reason="r",
            compensating=(STAND_IN,), expires=END, today=TODAY, actor=ANA,
        )  # fmt: skip


def test_withdrawn_ends_at_once_and_kinds_are_not_mixed(store: Store) -> None:
    entry = approved(store)
    gone = exceptions.withdraw(store, entry.entry_id, "the filter is back", actor=ANA)
    assert standing(gone)[0] == "withdrawn"
    with pytest.raises(InputError, match="already"):
        exceptions.withdraw(store, entry.entry_id, "again", actor=ANA)
    with pytest.raises(InputError, match="no acceptance"):
        acceptances.read(entry)


def test_the_same_exception_is_asked_for_once_at_a_time(store: Store) -> None:
    entry = asked(store)
    with pytest.raises(InputError, match=f"{entry.entry_id} asks for this already"):
        asked(store)
