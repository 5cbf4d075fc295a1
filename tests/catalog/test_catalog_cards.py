"""Every card of the catalogue against every invariant: ids, links, rules, numbers."""

import re
from pathlib import Path

import pytest
import yaml

import seawall
from seawall.catalog.load import DATA, load_catalog
from seawall.catalog.rules import problems

CATALOG = load_catalog()
ROOT = Path(seawall.__file__).parent
SEED = (
    [f"SEC-{n:02d}" for n in range(1, 16)]
    + [f"PRI-{n:02d}" for n in range(1, 9)]
    + [f"MIS-{n:02d}" for n in range(1, 9)]
    + [f"LEG-{n:02d}" for n in range(1, 12)]
    + [f"QUA-{n:02d}" for n in range(1, 11)]
)
# Detectors that no control turns on, and why.
UNNAMED = {
    "custom": "the operator writes its rules, so no card can know which control they serve",
    "refusal": "a measure of service and of tests: nothing is wrong with an answer that declines",
}
PREFIX = {"SEC": "security", "PRI": "privacy", "MIS": "misuse", "LEG": "legal", "QUA": "quality"}
METRICS = (Path(__file__).parents[2] / "docs/reference/metrics.md").read_text(encoding="utf-8")
RISKS = sorted(CATALOG.risks.values(), key=lambda card: card.id)
CONTROLS = sorted(CATALOG.controls.values(), key=lambda card: card.id)
PROBES = sorted(CATALOG.all_probes.values(), key=lambda card: card.id)
CLAUSES = sorted(CATALOG.clauses.values(), key=lambda card: card.id)


def _ids(card: object) -> str:
    return str(card.id)  # type: ignore[attr-defined]


def test_every_file_is_a_card_named_by_its_id() -> None:
    folders = {path.parent.name for path in DATA.rglob("*.yaml")}
    kinds = {"risks", "controls", "probes", "clauses", "cases", "frameworks", "questions"}
    kinds |= {"more_probes", "packs"}
    assert folders == kinds, f"folders that nobody reads or kinds without cards: {folders ^ kinds}"
    for kind in kinds - {"questions"}:
        files = {path.stem for path in (DATA / kind).glob("*.yaml")}
        assert files == set(getattr(CATALOG, kind)), (
            f"{kind}: {files ^ set(getattr(CATALOG, kind))}"
        )


def test_all_seed_pitfalls_are_risks_and_three_more() -> None:
    assert [risk.id for risk in RISKS] == sorted([*SEED, "LEG-12", "LEG-13", "QUA-11"])


@pytest.mark.parametrize("card", RISKS, ids=_ids)
def test_a_risk_says_what_to_count(card) -> None:
    assert len(card.metrics) >= 2, f"{card.id}: nothing to watch in operation"
    served = set(re.findall(r"seawall_\w+", METRICS))
    named = {name for text in card.metrics for name in re.findall(r"seawall_\w+", text)}
    assert named <= served, f"{card.id}: the gateway has no metric {sorted(named - served)}"
    for text in card.metrics:
        detectors = re.findall(r"of detector ([a-z-]+)", text)
        known = {path.stem for path in (ROOT / "guard" / "detectors").glob("*.yaml")}
        assert {name.replace("-", "_") for name in detectors} <= known, text
        assert set(re.findall(r"CTL-[A-Z-]*[A-Z]", text)) <= set(CATALOG.controls), text


@pytest.mark.parametrize("card", CATALOG.packs.values(), ids=_ids)
def test_a_pack_is_about_its_risks(card) -> None:
    assert set(card.shows) <= set(CATALOG.risks)
    for key in card.controls:
        assert {*CATALOG.controls[key].risks} & {*card.shows}, f"{card.id}: {key} acts elsewhere"
    for key in card.probes:
        assert CATALOG.more_probes[key].risk in card.shows, f"{card.id}: {key} tries another risk"
    for key in card.cases:
        assert {*CATALOG.risks_of_case[key]} & {*card.shows}, f"{card.id}: {key} shows another risk"
    assert set(card.clauses) <= set(CATALOG.clauses)
    assert card.applies_when is None or not list(problems(card.applies_when, CATALOG.questions))


def test_the_sectors_and_topics_that_have_a_pack() -> None:
    sectors = {card.id for card in CATALOG.packs.values() if card.kind == "sector"}
    assert {key.removeprefix("PACK-") for key in sectors} == {
        "FINANCE", "HEALTH", "HR", "EDUCATION", "PUBLIC", "CODING",
    }  # fmt: skip
    topics = set(CATALOG.packs) - sectors
    assert {key.removeprefix("PACK-") for key in topics} == {
        "DEEPFAKE", "SHADOW-AI", "ENVIRONMENT", "VALUE-CHAIN",
    }  # fmt: skip


def test_every_clause_is_served_or_asks_nothing_of_you() -> None:
    bare = set(CATALOG.clauses) - set(CATALOG.controls_of_clause)
    assert bare == {"US-EO14365"}, "it binds agencies only; name a control for any other"


def test_the_46_questions_have_46_facts() -> None:
    ids = [card.id for card in CATALOG.questions.values()]
    assert ids == [f"Q{n:02d}" for n in range(1, 47)], "an id is missing or a fact is used twice"


@pytest.mark.parametrize("card", list(CATALOG.questions.values()), ids=_ids)
def test_question(card) -> None:
    assert card.ask.rstrip().endswith(("?", ".")), f"{card.id}: not a question"
    wants = card.type in ("choice", "choices")
    assert bool(card.options) == wants, f"{card.id}: options belong to choices only"
    assert set(card.meanings) <= set(card.options), f"{card.id}: a meaning of no option"
    for option in card.options:
        assert re.fullmatch(r"[a-z][a-z_]*", option), f"{card.id}: option {option!r}"


@pytest.mark.parametrize("card", RISKS, ids=_ids)
def test_risk_links_resolve(card) -> None:
    assert card.category == PREFIX[card.id[:3]], f"{card.id}: category {card.category}"
    known = {question.id for question in CATALOG.questions.values()}
    for name, ids, cards in (
        ("case", card.cases, CATALOG.cases),
        ("clause", card.clauses, CATALOG.clauses),
        ("question", card.asks, known),
    ):
        missing = set(ids) - set(cards)
        assert not missing, f"{card.id}: no {name} {sorted(missing)}"
    assert CATALOG.controls_of_risk.get(card.id), f"{card.id}: no control acts on this risk"
    assert card.asks, f"{card.id}: asks nothing"
    assert card.cases, f"{card.id}: no case shows that it happens"


@pytest.mark.parametrize("card", [*RISKS, *CONTROLS], ids=_ids)
def test_references_exist_in_their_pinned_index(card) -> None:
    for ref in card.references:
        framework = CATALOG.frameworks.get(ref.fw)
        assert framework, f"{card.id}: no framework {ref.fw}"
        assert framework.holds(ref.id), f"{card.id}: {ref.fw} {framework.pin} has no {ref.id}"


@pytest.mark.parametrize("card", RISKS, ids=_ids)
def test_risk_rules_use_facts_and_answers_that_exist(card) -> None:
    rules = [card.applies_when] if card.applies_when else []
    rules += [
        entry["if"] for entry in (*card.chain_when, *card.severity_when, *card.frequency.when)
    ]
    for rule in rules:
        found = list(problems(rule, CATALOG.questions))
        assert not found, f"{card.id}: {found}"
    for entry in (*card.chain_when, *card.frequency.when):
        assert len(entry["to"]) == 2, f"{card.id}: a rule needs two numbers"
        assert min(entry["to"]) > 0, f"{card.id}: a rule needs positive numbers"
    for entry in card.severity_when:
        assert entry["to"] > card.severity, f"{card.id}: severity_when only raises"


@pytest.mark.parametrize("card", RISKS, ids=_ids)
def test_risk_numbers_are_possible(card) -> None:
    frequency, magnitude = card.frequency, card.magnitude
    assert bool(frequency.prior) != bool(frequency.error_rate), f"{card.id}: one kind of frequency"
    audiences = {"employees", "partners", "customers", "anonymous"}
    assert set(frequency.prior) in (set(), {"any"}, audiences), f"{card.id}: {frequency.prior}"
    pairs = [*frequency.prior.values(), card.chain, card.success]
    pairs += [frequency.error_rate] if frequency.error_rate else []
    assert all(a > 0 and b > 0 for a, b in pairs), (
        f"{card.id}: Gamma and Beta need positive numbers"
    )
    fields = ("response", "per_record", "records", "downtime", "litigation", "churn", "fine")
    for name in fields:
        interval = getattr(magnitude, name)
        assert not interval or 0 < interval[0] < interval[1], f"{card.id}: {name} {interval}"
    assert bool(magnitude.fine) == bool(magnitude.fine_cap), f"{card.id}: a fine has a cap"
    assert bool(magnitude.fine) == (magnitude.fine_probability > 0), f"{card.id}: p of the fine"
    assert frequency.why and magnitude.why, f"{card.id}: the numbers have no reason"
    assert not magnitude.records_fact or magnitude.records_fact in CATALOG.questions, card.id
    assert card.tau is None or 0 < card.tau < 1, f"{card.id}: tau {card.tau}"


@pytest.mark.parametrize("card", CONTROLS, ids=_ids)
def test_control_links_resolve(card) -> None:
    assert not set(card.risks) - set(CATALOG.risks), f"{card.id}: {card.risks}"
    assert not set(card.clauses) - set(CATALOG.clauses), f"{card.id}: {card.clauses}"
    folder = ROOT / "guard" / "detectors"
    named = {*card.detectors, *(rule["detector"] for rule in card.enforce.guards)}
    assert named == set(card.detectors), f"{card.id}: detectors and enforce.guards differ"
    for detector in named:
        path = folder / f"{detector.replace('-', '_')}.yaml"
        assert path.is_file(), f"{card.id}: no detector card {path.name}"
        stages = set(yaml.safe_load(path.read_text(encoding="utf-8"))["stages"])
        for rule in card.enforce.guards:
            if rule["detector"] == detector:
                beyond = set(rule["stages"]) - stages
                assert not beyond, f"{card.id}: {detector} does not read {sorted(beyond)}"
    if card.default_when:
        assert not list(problems(card.default_when, CATALOG.questions)), card.id
    assert card.why and card.evidence, f"{card.id}: no reason or no evidence"
    assert card.fresh_days > 0, f"{card.id}: evidence never gets old"
    assert card.references, f"{card.id}: no framework knows anything like it"


def test_every_detector_serves_a_control_or_has_a_reason_not_to() -> None:
    cards = (ROOT / "guard" / "detectors").glob("*.yaml")
    known = {path.stem.replace("_", "-") for path in cards}
    named = set(CATALOG.controls_of_detector)
    assert len(known) > len(UNNAMED)
    assert known - named == set(UNNAMED), "name it in a control card, or give the reason here"


@pytest.mark.parametrize("card", CONTROLS, ids=_ids)
def test_control_is_enforced_or_attested(card) -> None:
    enforce = card.enforce
    technical = bool(
        enforce.guards or enforce.settings or enforce.tools or enforce.limits or enforce.built_in
    )
    assert technical == (card.type == "technical" or card.id in ("CTL-USAGE-POLICY", "CTL-CONSENT"))
    assert technical != bool(enforce.attestation), f"{card.id}: enforced or attested, not both"
    if enforce.attestation:
        assert card.owner and card.due_days > 0, f"{card.id}: nobody is to do it"


@pytest.mark.parametrize("card", PROBES, ids=_ids)
def test_probe_links_resolve(card) -> None:
    assert card.risk in CATALOG.risks, f"{card.id}: no risk {card.risk}"
    for key in card.controls:
        control = CATALOG.controls.get(key)
        assert control, f"{card.id}: no control {key}"
        assert card.risk in control.risks, f"{card.id}: {key} does not name {card.risk}"


@pytest.mark.parametrize("card", CLAUSES, ids=_ids)
def test_clause_is_a_dated_fact(card) -> None:
    if card.fw != "law":
        framework = CATALOG.frameworks.get(card.fw)
        assert framework and framework.holds(card.ref), f"{card.id}: {card.fw} has no {card.ref}"
    dated = re.fullmatch(r"\d{4}-\d\d-\d\d", card.applies_from)
    # What is followed by choice applies from no day.
    unbound = card.confidence == "to_be_checked" or card.status == "voluntary"
    open_date = not card.applies_from and unbound
    assert dated or open_date, f"{card.id}: {card.applies_from}"
    assert bool(card.checked) == (card.confidence == "verified"), f"{card.id}: checked when?"
    assert card.read or card.checked, f"{card.id}: to be checked, and nothing says why"
    assert not card.until or card.until > card.applies_from, f"{card.id}: ends before it starts"
    assert card.source.startswith("https://"), f"{card.id}: no source"
    used = CATALOG.controls_of_clause.get(card.id, ()) + CATALOG.risks_of_clause.get(card.id, ())
    assert used, f"{card.id}: no risk and no control names it"


@pytest.mark.parametrize("card", CLAUSES, ids=_ids)
def test_clause_rules_and_links_hold(card) -> None:
    for rule in (card.applies_when, card.possible_when, card.bans_when):
        assert rule is None or not list(problems(rule, CATALOG.questions)), card.id
    for fact, options in (
        ("geo.users", card.where),
        ("geo.processing", card.processed_in),
        ("role.eu", card.roles),
    ):
        assert set(options) <= set(CATALOG.questions[fact].options), f"{card.id}: {fact}"
    assert {card.needs, card.superseded_by} <= {"", *CATALOG.clauses}, card.id
    assert bool(card.superseded_by) == bool(card.until), f"{card.id}: ended by what?"
    assert not card.needs or not CATALOG.clauses[card.needs].needs, f"{card.id}: a chain of needs"
    assert card.prohibited or (card.possible_when, card.bans_when) == (None, None), card.id


def test_every_law_of_the_list_has_a_clause() -> None:
    starts = (
        "EUAIA GDPR US-CO US-NY US-CA US-TX US-UT US-IL UK- CA- KR- JP- BR- CN- EU-NIS2 EU-DORA "
        "EU-PLD EU-DSA US-HIPAA US-COPPA US-FTC US-ECOA ISO42001 NIST-RMF NIST-600-1 SOC2"
    )
    missing = [s for s in starts.split() if not any(key.startswith(s) for key in CATALOG.clauses)]
    assert not missing


@pytest.mark.parametrize("card", list(CATALOG.cases.values()), ids=_ids)
def test_case_is_a_dated_fact(card) -> None:
    assert re.fullmatch(r"20\d\d(-\d\d(-\d\d)?)?", card.date), f"{card.id}: {card.date}"
    assert card.title and card.what and card.lesson and card.source, (
        f"{card.id}: something is empty"
    )


def test_every_case_teaches_some_risk() -> None:
    unused = set(CATALOG.cases) - set(CATALOG.risks_of_case)
    assert not unused, f"cases that no risk names: {sorted(unused)}"


def test_links_read_the_same_in_both_directions() -> None:
    for forward, backward, cards in (
        ("risks", CATALOG.controls_of_risk, CATALOG.controls),
        ("clauses", CATALOG.controls_of_clause, CATALOG.controls),
        ("detectors", CATALOG.controls_of_detector, CATALOG.controls),
        ("controls", CATALOG.probes_of_control, CATALOG.probes),
        ("clauses", CATALOG.risks_of_clause, CATALOG.risks),
        ("cases", CATALOG.risks_of_case, CATALOG.risks),
        ("asks", CATALOG.risks_of_question, CATALOG.risks),
    ):
        there = {(key, target) for key, card in cards.items() for target in getattr(card, forward)}
        back = {(key, target) for target, keys in backward.items() for key in keys}
        assert there == back, f"{forward}: {there ^ back}"


def test_owasp_lists_and_nist_risks_are_covered() -> None:
    named = {(ref.fw, ref.id) for risk in RISKS for ref in risk.references}
    for framework, least in (("owasp-llm", 10), ("owasp-asi", 10), ("nist-ai-600-1", 11)):
        covered = {
            entry for entry in CATALOG.frameworks[framework].entries if (framework, entry) in named
        }
        assert len(covered) >= least, f"{framework}: only {sorted(covered)}"
