"""Law: what applies, why, from when until when, and what changes soon."""

from datetime import date
from typing import Any

import msgspec
import pytest

from seawall.assess.applicability import judge
from seawall.assess.law import LawEntry, LawView, calendar, law, notices
from seawall.catalog.load import load_catalog
from seawall.core.profile import Fact, Profile

CATALOG = load_catalog()
DAY = date(2026, 11, 28)
HR = {
    "purpose.domain": "hr",
    "decision.effect": "material",
    "role.eu": ("provider",),
    "geo.users": ("eu", "us_co"),
    "geo.processing": ("eu",),
    "data.classes_in_prompt": ("personal",),
    "interface.modalities_out": ("text",),
    "audience": ("employees",),
    "biometrics": False,
    "practices.banned": (),
    "fairness.protected": True,
    "organisation.kinds": (),
}


BANK = {"purpose__domain": "credit", "audience": ("customers",)}
USA = {"geo__users": ("us_ca",), "geo__processing": ("us",), "role__eu": ("none",)}
TUNED = {**USA, "model__tuned": True}
PATIENTS = {
    **USA, "purpose__domain": "health", "data__classes_in_prompt": ("health",),
    "users__children_or_vulnerable": True,
}  # fmt: skip


PUPILS = {**USA, "purpose__domain": "education", "data__classes_in_prompt": ("children",)}
SUPPORT = {
    "purpose__domain": "support", "users__children_or_vulnerable": False,
    "model__hosting": "vendor_api", "rag__reachable_records": 0,
}  # fmt: skip
SHOWN = {**USA, "audience": ("anonymous",), "interface__modalities_out": ("image",)}


NOBODY_JUDGED = {"decision__effect": "none", "fairness__protected": False}
ADVICE = {"decision__effect": "advisory", "fairness__protected": False}


def kinds(*known: str) -> dict[str, object]:
    return {"organisation__kinds": known}


def profile(**changes: object) -> Profile:
    named = {key.replace("__", "."): value for key, value in changes.items()}
    facts = {key: Fact(key=key, value=value) for key, value in {**HR, **named}.items()}
    return Profile(application="hr", title="HR", facts=facts)


def entry(view: LawView, key: str) -> LawEntry:
    return next(one for one in view.entries if one.clause == key)


def look(key: str, day: date = DAY, **changes: object) -> LawEntry:
    return entry(law(profile(**changes), CATALOG, day), key)


@pytest.mark.parametrize(
    ("key", "changes", "bearing"),
    [
        ("EUAIA-9", {}, "applies"),
        ("EUAIA-9", {"role__eu": ("deployer",)}, "does not apply"),
        ("EUAIA-9", {"role__eu": None}, "may apply"),
        ("EUAIA-9", {"purpose__domain": "marketing", **NOBODY_JUDGED}, "does not apply"),
        ("EUAIA-26", {"role__eu": ("deployer",)}, "applies"),
        ("EUAIA-26", {"geo__users": ("jp",)}, "does not apply"),
        ("GDPR-33", {"geo__users": ("jp",)}, "applies"),
        ("GDPR-33", {"geo__users": ("jp",), "geo__processing": ("jp",)}, "does not apply"),
        ("GDPR-33", {"geo__users": ("jp",), "geo__processing": None}, "may apply"),
        ("US-CO-26-189", {}, "applies"),
        ("US-CO-26-189", {"geo__users": ("us",)}, "may apply"),
        ("US-CO-26-189", {"geo__users": ("us_tx",)}, "does not apply"),
        ("US-FTC-5", {"geo__users": ("us_tx",)}, "applies"),
        ("CA-PIPEDA", {"geo__users": ("ca",)}, "applies"),
        ("CA-QC-25", {"geo__users": ("ca",), "decision__effect": "sole"}, "may apply"),
        ("EU-DORA", {}, "does not apply"),
        ("EUAIA-49", {}, "applies"),
        ("EUAIA-49", {"role__eu": ("deployer",), **BANK}, "does not apply"),
        ("EUAIA-49", {"role__eu": ("deployer",), "purpose__domain": "public_sector"}, "applies"),
        ("EU-NIS2", BANK, "does not apply"),
        ("US-ECOA", {**BANK, **USA}, "applies"),
        ("US-COPPA", {**USA, "data__classes_in_prompt": ("children",)}, "applies"),
        ("US-GLBA", USA, "does not apply"),
        ("US-UT-AI", {"geo__users": ("us_ut",)}, "does not apply"),
        ("US-UT-AI", {"geo__users": ("us_ut",), "audience": ("customers",)}, "applies"),
        ("US-CA-AB2013", {**TUNED, "audience": ("customers",)}, "applies"),
        ("US-CA-AB2013", TUNED, "does not apply"),
        ("US-CA-AB3030", {**USA, "purpose__domain": "health"}, "does not apply"),
        ("GDPR-22", {"decision__human_review": "every_output"}, "does not apply"),
        ("GDPR-22", {"decision__effect": "none"}, "does not apply"),
        ("GDPR-22", {"decision__effect": "sole"}, "applies"),
        ("EU-DSA", {}, "does not apply"),
        ("EU-CCD", {}, "does not apply"),
        ("EU-DORA", kinds("eu_financial"), "applies"),
        ("EU-DORA", {**BANK, **kinds("creditor")}, "does not apply"),
        ("EU-DORA", {"organisation__kinds": None}, "may apply"),
        ("EU-NIS2", kinds("essential_entity"), "applies"),
        ("EU-NIS2", kinds("essential_entity", "eu_financial"), "does not apply"),
        ("US-GLBA", {**USA, **kinds("us_financial")}, "applies"),
        ("US-HIPAA", {**PATIENTS, **kinds("us_health")}, "applies"),
        ("US-HIPAA", {**USA, **kinds("us_health")}, "does not apply"),
        ("US-HIPAA", PATIENTS, "does not apply"),
        ("US-ECOA", {**USA, "purpose__domain": "finance", **kinds("creditor")}, "applies"),
        ("EU-DSA", {**BANK, **kinds("hosts_posts")}, "applies"),
        ("EU-DSA", {**BANK, "organisation__kinds": None}, "may apply"),
        ("US-TAKEITDOWN", {**SHOWN, **kinds("hosts_posts")}, "applies"),
        ("US-TAKEITDOWN", {**SHOWN, **kinds("searches_sites")}, "does not apply"),
        ("EU-CRA", kinds("product_maker"), "applies"),
        ("US-CA-SB53", {**USA, **kinds("frontier_developer")}, "applies"),
        ("US-NY-RAISE", {"geo__users": ("us_ny",)}, "does not apply"),
        ("EUAIA-49", {"role__eu": ("deployer",), **kinds("public_body")}, "applies"),
        ("EU-PLD", {"audience": ("customers",)}, "applies"),
        ("EUAIA-55", {"role__eu": ("gpai_provider",), **kinds("frontier_developer")}, "applies"),
        ("EUAIA-53", {"role__eu": ("gpai_provider",)}, "applies"),
        ("GDPR-35", {}, "applies"),
        ("GDPR-35", {**NOBODY_JUDGED, "data__classes_in_prompt": ("health",)}, "applies"),
        ("EU-DSM", {"model__hosting": "own_trained"}, "applies"),
        ("EU-PSD2", {**kinds("eu_financial"), "tools__writes_or_spends": ("pay",)}, "applies"),
        ("EU-PSD2", {"tools__writes_or_spends": ("read_only",)}, "does not apply"),
        ("EU-MDR", {}, "does not apply"),
        ("US-FERPA", USA, "does not apply"),
    ],
)
def test_place_role_and_tier_decide(key: str, changes: dict, bearing: str) -> None:
    found = look(key, **changes)
    assert found.bearing == bearing, found.why
    assert found.why.endswith(".")
    assert bool(found.question) == (bearing == "may apply"), found


@pytest.mark.parametrize(
    ("key", "changes", "words"),
    [
        ("GDPR-22", {"decision__human_review": "sample"}, "decision.human_review is sample, and"),
        ("BR-PL2338", {"geo__users": ("br",)}, "it is a bill and binds nobody yet"),
        ("GDPR-14", {}, "no answer says whether some of it comes from others"),
        ("US-COPPA", PATIENTS, "no answer says whether children under 13 are among them"),
        ("US-CA-ADMT", {**BANK, **USA}, "no person reviews what it says"),
        ("US-NYC-LL144", {"geo__users": ("us_ny",)}, "is in New York City"),
        (
            "US-CA-AB3030",
            {**PATIENTS, "audience": ("customers",), **kinds("health_facility")},
            "no answer says whether it writes about",
        ),
        ("EU-CCD", BANK, "no answer says whether it helps to assess a consumer"),
        ("EUAIA-6", {"purpose__domain": "health", **ADVICE}, "emergency calls and triage"),
        ("EUAIA-6", {"purpose__domain": "hr", **ADVICE}, "a narrow or preparatory task"),
        ("EUAIA-6", {"purpose__domain": "finance"}, "credit scores"),
        ("EUAIA-6", {"purpose__domain": "infrastructure", **NOBODY_JUDGED}, "or power"),
        ("EUAIA-6", {"purpose__domain": "internal"}, "Annex III names its use"),
        ("EUAIA-6-PRODUCT", {"purpose__domain": "health"}, "a medical device"),
        ("EUAIA-50-2-GRACE", {}, "before 2 August 2026"),
        ("EUAIA-53", {"role__eu": ("modifier",)}, "more than a third of the computing"),
        ("EUAIA-55", {"role__eu": ("gpai_provider",)}, "10^25 operations"),
        ("GDPR-35", {**NOBODY_JUDGED, **SUPPORT}, "a high risk to people is likely"),
        ("EU-PLD", {}, "what leaves the house"),
        ("EU-DSM", {"model__tuned": True, "model__hosting": "vendor_api"}, "works of others"),
        ("EU-MDR", {"purpose__domain": "health"}, "as triage is"),
        ("GDPR-8", {"users__children_or_vulnerable": True}, "consent is its legal basis"),
        ("US-FERPA", PUPILS, "takes federal money"),
        ("US-CA-SOPIPA", PUPILS, "kindergarten to twelfth grade"),
        ("UK-AADC", {**PUPILS, "geo__users": ("uk",)}, "under 18"),
        ("EU-EAA", {"audience": ("customers",)}, "a service for consumers"),
        ("EU-PSD2", {"tools__writes_or_spends": ("pay",)}, "orders payments"),
    ],
)
def test_what_no_question_settles_may_apply(key: str, changes: dict, words: str) -> None:
    found = look(key, date(2026, 11, 30), **changes)
    assert (found.bearing, found.question) == ("may apply", "")
    assert words in found.why


def test_harm_by_a_medical_device_is_reported_before_the_ai_act_asks_for_it() -> None:
    told = notices(profile(purpose__domain="health"), CATALOG, date(2026, 11, 30))
    bearing, lines = told["EU-MDR"]
    assert bearing == "may apply"
    assert {(kind, one.hours) for one in lines for kind in one.kinds} == {
        ("serious-harm", 15 * 24), ("serious-harm", 10 * 24), ("serious-harm", 2 * 24),
        ("death", 10 * 24), ("death", 2 * 24),
    }  # fmt: skip
    assert "EUAIA-73" not in told


@pytest.mark.parametrize("domain", CATALOG.questions["purpose.domain"].options)
@pytest.mark.parametrize("effect", CATALOG.questions["decision.effect"].options)
@pytest.mark.parametrize("compared", [True, False])
def test_what_may_be_high_risk_has_the_risk_of_missed_duties(
    domain: str, effect: str, compared: bool
) -> None:
    changes = {
        "purpose__domain": domain, "decision__effect": effect, "fairness__protected": compared,
    }  # fmt: skip
    risk = judge(CATALOG.risks["LEG-02"].applies_when, profile(**changes))
    assert (look("EUAIA-6", **changes).bearing != "does not apply") == bool(risk.applies)


def test_a_bank_reports_under_the_special_law_alone() -> None:
    both = kinds("eu_financial", "essential_entity")
    bank = notices(profile(**BANK, **both, role__eu=("deployer",)), CATALOG, DAY)
    assert "EU-NIS2" not in bank
    assert [one.hours for one in bank["EU-DORA"][1]] == [24, 72, 28 * 24]
    clinic = notices(profile(**kinds("essential_entity")), CATALOG, DAY)
    assert [one.hours for one in clinic["EU-NIS2"][1]] == [24, 72, 28 * 24]


def test_the_trace_names_the_facts() -> None:
    assert look("EUAIA-9").why == (
        "Applies because geo.users includes eu and role.eu includes provider and EUAIA-6 applies."
    )
    assert look("US-CO-26-189", geo__users=("us",)).why == (
        "Cannot be decided: geo.users includes us and leaves open whether us_co is in it."
    )


@pytest.mark.parametrize(
    ("key", "day", "state"),
    [
        ("EUAIA-9", "2027-12-01", "not yet"),
        ("EUAIA-9", "2027-12-02", "binds"),
        ("US-CO-24-205", "2026-12-31", "binds"),
        ("US-CO-24-205", "2027-01-01", "ended"),
        ("BR-PL2338", "2026-11-28", "bill"),
        ("BR-LGPD", "2026-11-28", "binds"),
        ("NIST-RMF-MAP", "2026-11-28", "voluntary"),
    ],
)
def test_the_day_decides_the_state(key: str, day: str, state: str) -> None:
    assert look(key, date.fromisoformat(day)).state == state


def test_calendar_has_what_changes_for_this_application_and_nothing_else() -> None:
    changes = calendar(law(profile(), CATALOG, DAY), 180)
    assert [(one.day, one.change, one.clause, one.by) for one in changes] == [
        ("2026-12-02", "starts to apply", "EUAIA-5-NCII", ""),
        ("2026-12-02", "starts to apply", "EUAIA-50-2-GRACE", ""),
        ("2026-12-09", "starts to apply", "EU-PLD", ""),
        ("2027-01-01", "ends", "US-CO-24-205", "US-CO-26-189"),
        ("2027-01-01", "starts to apply", "US-CO-26-189", ""),
    ]
    assert calendar(law(profile(), CATALOG, DAY), 3) == []
    assert len(calendar(law(profile(), CATALOG, DAY), 4)) == 2


def test_a_banned_practice_is_named_and_makes_the_tier() -> None:
    view = law(profile(practices__banned=("emotion_inference",)), CATALOG, DAY)
    assert view.tier == "prohibited"
    assert entry(view, "EUAIA-5").practice == "found"
    assert "practices.banned includes emotion_inference" in entry(view, "EUAIA-5").practice_why


@pytest.mark.parametrize(
    ("practice", "domain", "found"),
    [
        ("emotion_inference", "hr", "ruled out"),
        ("biometric_categorisation", "public_sector", "ruled out"),
        ("social_scoring", "finance", "ruled out"),
        ("social_scoring", "public_sector", "not ruled out"),
        ("manipulation", "marketing", "not ruled out"),
        ("intimate_imagery", "other", "not ruled out"),
    ],
)
def test_texas_bans_what_is_meant_to_harm_and_little_of_what_the_eu_bans(
    practice: str, domain: str, found: str
) -> None:
    here: dict[str, Any] = {"geo__users": ("us_tx",), "purpose__domain": domain}
    told = look("US-TX-TRAIGA", practices__banned=(practice,), **here)
    assert (told.bearing, told.practice) == ("applies", found)
    assert found == "ruled out" or "the harm is meant" in told.practice_why
    assert look("US-TX-TRAIGA", practices__banned=None, **here).practice == "not ruled out"


def test_an_open_fact_never_rules_a_practice_out() -> None:
    assert look("EUAIA-5").practice == "ruled out"
    assert look("EUAIA-5", practices__banned=None).practice == "not ruled out"
    assert look("EUAIA-5-NCII", practices__banned=None).practice == "not ruled out"
    assert look("EUAIA-5", biometrics=True).practice == "ruled out"
    assert look("EUAIA-5-NCII").practice == "ruled out"
    assert look("EUAIA-5-NCII", interface__modalities_out=("image",)).practice == "not ruled out"
    assert look("EUAIA-5-NCII", interface__modalities_out=None).practice == "not ruled out"


def test_the_tier_of_an_unknown_use_is_not_lowered() -> None:
    assert law(profile(), CATALOG, DAY).tier == "high-risk"
    assert law(profile(decision__effect=None, fairness__protected=None), CATALOG, DAY).tier == (
        "perhaps high-risk"
    )
    coding = law(profile(purpose__domain="coding", **NOBODY_JUDGED), CATALOG, DAY)
    assert coding.tier == "transparency"
    assert law(profile(geo__users=("jp",)), CATALOG, DAY).tier == "none"


def test_every_entry_says_whether_it_is_verified_and_where() -> None:
    for one in law(profile(), CATALOG, DAY).entries:
        assert one.proof.startswith(("to be checked, read so far: ", "verified 20")), one.clause
        assert one.source.startswith("https://")


def test_nothing_known_means_nothing_is_silently_left_out() -> None:
    empty = Profile(application="x", title="x", facts={})
    view = law(empty, CATALOG, DAY)
    assert all(one.bearing != "does not apply" for one in view.entries)
    assert all(one.question for one in view.entries if one.bearing == "may apply")


def test_where_bans_stand_first() -> None:
    bearings = [one.bearing for one in law(profile(), CATALOG, DAY).entries]
    assert bearings == sorted(bearings, key=["applies", "may apply", "does not apply"].index)


def test_a_clause_that_needs_another_falls_with_it() -> None:
    card = CATALOG.clauses["EUAIA-9"]
    assert card.needs == "EUAIA-6"
    assert look("EUAIA-9", decision__effect="none", fairness__protected=False).why == (
        "Does not apply because EUAIA-6 does not apply."
    )
    assert msgspec.to_builtins(card)["tier"] == "high-risk"


@pytest.mark.parametrize("place", ["eu", "uk", "br", "ca"])
def test_after_a_breach_the_people_concerned_are_told_not_only_an_authority(place: str) -> None:
    told = notices(
        profile(geo__users=(place,), geo__processing=(place,)), CATALOG, date(2026, 11, 29)
    )
    listed = [one for _, notes in told.values() for one in notes if "personal-data" in one.kinds]
    assert any("people" in one.to for one in listed)
    assert any("people" not in one.to for one in listed)
    assert all(one.when for one in listed if "people" in one.to), "when, and whose limit it is"
