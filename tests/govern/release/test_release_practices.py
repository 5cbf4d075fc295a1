"""Each practice that the law bans stops the gate by its name, from the day of its clause."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from seawall.assess.law import law
from seawall.assess.register import build_register
from seawall.catalog.bans import banned_on
from seawall.catalog.load import load_catalog
from seawall.core.profile import Fact, Profile
from seawall.govern.gate import judge
from seawall.govern.release.judge import Release, judge_release

CATALOG = load_catalog()
FACT = "practices.banned"
PRACTICES = CATALOG.questions[FACT].options
# Official Journal: Regulation (EU) 2024/1689 art. 113(a), and its amendment by 2026/1744.
FIRST = {practice: date(2025, 2, 2) for practice in PRACTICES}
FIRST["intimate_imagery"] = date(2026, 12, 2)
CLAUSE = dict.fromkeys(PRACTICES, "EUAIA-5")
CLAUSE["intimate_imagery"] = "EUAIA-5-NCII"
LATER = date(2026, 12, 2)


def profile(practices: tuple[str, ...] | None, **facts: object) -> Profile:
    given = {"purpose.domain": "hr", "geo.users": ("eu",), "biometrics": False, **facts}
    held = {key: Fact(key=key, value=value) for key, value in {**given, FACT: practices}.items()}
    return Profile(application="a", title="A", facts=held)


def stopped(found: Profile, day: date) -> list[str]:
    """What the condition on banned practices says, as `seawall gate` and the report judge it."""
    now = datetime(day.year, day.month, day.day, tzinfo=UTC)
    register = build_register(
        found, CATALOG, [], 0.0, seed=1, draws=100, now=now, model_label="none"
    )
    results = [judge_release(Release(register=register), CATALOG, today=day), judge(register, [])]
    said = [[one.sentence for one in each.reasons if one.kind == "practice"] for each in results]
    assert said[0] == said[1]
    for result, reasons in zip(results, said, strict=True):
        (condition,) = (c for c in result.conditions if c.name == "No prohibited practice")
        assert condition.passes == (not reasons)
    return said[0]


@pytest.mark.parametrize("practice", PRACTICES)
def test_a_practice_stops_the_gate_by_name_from_its_day_and_not_before(practice: str) -> None:
    found, first = profile((practice,)), FIRST[practice]
    (sentence,) = stopped(found, first)
    assert f"{FACT} includes {practice}" in sentence
    assert sentence.endswith("stop this use.")
    assert stopped(found, first - timedelta(days=1)) == []


@pytest.mark.parametrize("practice", PRACTICES)
def test_the_law_names_it_under_its_clause_and_class(practice: str) -> None:
    found, first = profile((practice,)), FIRST[practice]
    view = law(found, CATALOG, first)
    banning = {one.clause for one in view.entries if one.practice == "found"}
    assert banning == {CLAUSE[practice]}
    assert view.tier == "prohibited" and practice in view.tier_why
    assert law(found, CATALOG, first - timedelta(days=1)).tier != "prohibited"


def test_what_is_not_known_keeps_the_gate_open_with_its_question() -> None:
    ask = CATALOG.questions[FACT].ask
    for given in (profile(None), Profile(application="a", title="A", facts={})):
        reasons = stopped(given, LATER)
        assert [one.partition(" ")[0] for one in reasons] == ["LEG-01", "LEG-13"]
        assert all("cannot be ruled out" in one and ask in one for one in reasons)


def test_a_register_of_an_unreadable_day_is_judged_by_every_ban() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    register = build_register(
        profile(("intimate_imagery",)), CATALOG, [], 0.0, seed=1, draws=100, now=now,
        model_label="none",
    )  # fmt: skip
    other = msgspec.structs.replace(register, created="some day")
    kinds = [[one.kind for one in judge(each, []).reasons] for each in (register, other)]
    assert [found.count("practice") for found in kinds] == [0, 1]


@pytest.mark.parametrize("domain", ["hr", "education", "law_enforcement", "public_sector"])
def test_verifying_a_face_is_no_banned_practice_wherever_it_is_done(domain: str) -> None:
    facts = {"biometrics": True, "purpose.domain": domain, "fairness.protected": True}
    assert stopped(profile((), **facts, **{"decision.effect": "sole"}), LATER) == []
    assert len(stopped(profile(("emotion_inference",), **facts), LATER)) == 1


def test_every_practice_has_a_meaning_and_a_card_that_stops() -> None:
    assert set(CATALOG.questions[FACT].meanings) == set(PRACTICES)
    cards = [card for card in CATALOG.risks.values() if card.stop]
    rules = [card.applies_when or {} for card in cards]
    assert sorted(one for rule in rules for one in rule["has_any"]) == sorted(PRACTICES)


def test_a_card_without_a_dated_ban_always_stops_and_a_bill_never_dates_one() -> None:
    catalog = load_catalog()
    stops = {key for key, card in catalog.risks.items() if card.stop}
    assert banned_on(catalog, LATER) == stops == {"LEG-01", "LEG-13"}
    assert banned_on(catalog, None) == stops
    for changes, expected in (
        ({"clauses": ()}, True),
        ({"clauses": ("EUAIA-5-NCII",)}, False),
        ({"clauses": ("EUAIA-5-NCII", "EUAIA-5")}, True),
    ):
        other = load_catalog.__wrapped__()
        other.risks["LEG-13"] = msgspec.structs.replace(other.risks["LEG-13"], **changes)
        assert ("LEG-13" in banned_on(other, date(2026, 12, 1))) is expected
