"""The register: rows, statuses, the portfolio, what is not tested, what is unknown."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from conftest import NOW, PROFILE, result

from seawall.assess.applicability import judge
from seawall.assess.profile import parse_profile
from seawall.assess.questions import exposure
from seawall.assess.register import build_register
from seawall.assess.scenario import chain_of, rate_of, severity_of
from seawall.catalog.load import Catalog
from seawall.core.errors import InputError
from seawall.core.profile import Fact, Profile
from seawall.core.register import Register, RiskRow
from seawall.core.trials import Mode, ProbeResult

DRAWS = 4000
Pairs = Sequence[tuple[ProbeResult, ProbeResult | None]]


def register(profile: Profile, catalog: Catalog, pairs: Pairs = (), **changes) -> Register:
    coverage = changes.pop("coverage", 1.0)
    settings = {"seed": 11, "draws": DRAWS, "now": NOW, "model_label": "m", **changes}
    return build_register(profile, catalog, pairs, coverage, **settings)


def row(of: Register, risk: str) -> RiskRow:
    return next(item for item in of.risks if item.risk == risk)


def with_fact(profile: Profile, key: str, value: object) -> Profile:
    facts = {**profile.facts, key: Fact(key=key, value=value)}
    return msgspec.structs.replace(profile, facts=facts)


def test_before_any_trial_everything_is_a_prior(profile, catalog) -> None:
    found = register(profile, catalog)
    assert [item.risk for item in found.risks] == list(catalog.risks)
    counted = [item for item in found.risks if item.inherent]
    assert counted and all(item.inherent.basis == "prior" for item in counted)
    assert all(item.residual == item.inherent for item in counted)
    assert not any(item.passes for item in found.risks)
    assert found.pitfalls == ()
    assert row(found, "SEC-02").status == "not tested"
    assert "PRB-INJ-DOC" in row(found, "SEC-02").reason


def test_a_risk_that_does_not_apply_keeps_its_trace(profile, catalog) -> None:
    gone = row(register(profile, catalog), "SEC-10")
    assert gone.applicability == "does not apply"
    assert gone.trace == "Does not apply because agents.multi is no."
    assert gone.inherent is None and gone.question == ""


def test_an_unknown_risk_asks_and_counts(profile, catalog) -> None:
    unknown = row(register(profile, catalog), "SEC-07")
    assert unknown.applicability == "unknown"
    assert unknown.question == catalog.questions["supply.components"].ask
    assert unknown.inherent is not None and unknown.inherent.ale > 0
    known = with_fact(profile, "supply.components", "none")
    assert register(profile, catalog).inherent.ale > register(known, catalog).inherent.ale
    assert row(register(known, catalog), "SEC-07").inherent is None


def test_measured_and_held(profile, catalog, pairs) -> None:
    found = register(profile, catalog, pairs)
    held = row(found, "SEC-02")
    assert held.status == "tested" and held.passes
    assert held.ucb95 == pytest.approx(pairs[0][1].ucb95)
    assert held.residual.ale < held.inherent.ale / 5
    assert held.inherent.basis == held.residual.basis == "measured"
    assert len(found.pitfalls) == len(catalog.probes)
    for pitfall in found.pitfalls:
        assert pitfall.status == "tested", pitfall
        assert pitfall.effectiveness.measured and pitfall.effectiveness.low > 0.85
    assert found.residual.p95 < found.inherent.p95


def test_the_worst_probe_decides_for_its_risk(profile, catalog, pairs) -> None:
    worse = [
        (off, result(on.probe, Mode.ON, 20) if on.probe == "PRB-INJ-IMAGE" else on)
        for off, on in pairs
    ]
    found = register(profile, catalog, worse)
    risk = row(found, "SEC-02")
    assert risk.status == "failed" and not risk.passes
    assert risk.ucb95 == pytest.approx(result("x", Mode.ON, 20).ucb95)
    failed = [item.probe for item in found.pitfalls if item.status == "failed"]
    assert failed == ["PRB-INJ-IMAGE"]


def test_a_probe_that_was_not_run_leaves_its_risk_unmeasured(profile, catalog, pairs) -> None:
    some = [pair for pair in pairs if pair[0].probe != "PRB-INJ-IMAGE"]
    risk = row(register(profile, catalog, some), "SEC-02")
    assert (risk.ucb95, risk.status, risk.passes) == (None, "not tested", False)
    assert "PRB-INJ-IMAGE" in risk.reason and "PRB-INJ-DOC" not in risk.reason


def test_nothing_scored_is_not_safe(profile, catalog, pairs) -> None:
    empty = [(off, result(on.probe, Mode.ON, 0, n=0, clusters=0)) for off, on in pairs]
    found = register(profile, catalog, empty)
    assert row(found, "SEC-01").ucb95 is None
    assert row(found, "SEC-01").status != "tested"
    assert {item.status for item in found.pitfalls} == {"not tested"}


def test_coverage_moves_residual_and_bound(profile, catalog, pairs) -> None:
    full, most = register(profile, catalog, pairs), register(profile, catalog, pairs, coverage=0.8)
    assert row(most, "SEC-01").ucb95 > 0.15 > row(full, "SEC-01").ucb95
    assert row(most, "SEC-01").status == "failed"
    assert most.residual.ale > 1.5 * full.residual.ale
    assert most.coverage == 0.8
    by_probe = {pair[0].probe: 1.0 for pair in pairs[:-1]}
    partly = register(profile, catalog, pairs, coverage=by_probe)
    left_out = next(item for item in partly.pitfalls if item.probe == pairs[-1][0].probe)
    assert left_out.coverage == 0.0 and left_out.status == "failed"


def test_old_evidence_counts_less(profile, catalog, pairs) -> None:
    old = register(profile, catalog, pairs, ages={pair[0].probe: 360.0 for pair in pairs})
    assert row(old, "SEC-01").ucb95 > row(register(profile, catalog, pairs), "SEC-01").ucb95
    assert row(old, "SEC-01").status == "not shown"


def test_controls_nobody_measured_are_labelled_and_do_not_pass(profile, catalog) -> None:
    off = [(result("PRB-BUDGET", Mode.OFF, 60), None)]
    found = register(profile, catalog, off, enforced=["CTL-BUDGET"])
    risk = row(found, "SEC-12")
    assert risk.status == "unverified" and not risk.passes and risk.ucb95 is None
    assert (risk.inherent.basis, risk.residual.basis) == ("measured", "unverified")
    assert 0.4 * risk.inherent.ale < risk.residual.ale < risk.inherent.ale


def test_an_attested_control_shows_as_attested(profile, catalog) -> None:
    found = register(profile, catalog, attested=["CTL-RETENTION"])
    assert row(found, "PRI-06").status == "attested"
    assert "CTL-RETENTION" in row(found, "PRI-06").reason
    assert not row(found, "PRI-06").passes


def test_not_tested_lists_applicable_risks_without_a_probe(profile, catalog, pairs) -> None:
    found = register(profile, catalog, pairs)
    expected = [r.risk for r in found.risks if r.applicability == "applies" and not r.probes]
    assert list(found.not_tested) == expected
    assert "SEC-06" in expected and "SEC-01" not in expected and "SEC-10" not in expected


def seen_coming_in(profile: Profile, source: str, *items: str) -> Profile:
    fact = Fact(key="interface.modalities_in", value=items, source=source)
    return msgspec.structs.replace(profile, facts={**profile.facts, fact.key: fact})


@pytest.mark.parametrize("source", ["discover", "traffic"])
def test_what_code_does_not_show_leaves_no_probe_out(profile, catalog, source) -> None:
    found = register(seen_coming_in(profile, source, "audio", "email"), catalog)
    assert "PRB-INJ-IMAGE" in row(found, "SEC-02").probes
    assert "PRB-INJ-IMAGE" in row(found, "SEC-02").reason
    assert found.left_out == ()


def test_a_probe_that_an_answer_leaves_out_is_named(profile, catalog) -> None:
    told = seen_coming_in(profile, "interview", "audio", "email")
    told = msgspec.structs.replace(
        told, facts={**told.facts, "model.tuned": Fact(key="model.tuned", value=True)}
    )
    found = register(told, catalog)
    assert "PRB-INJ-IMAGE" not in row(found, "SEC-02").probes
    assert [(one.subject, one.sentence) for one in found.left_out] == [
        (
            "PRB-INJ-IMAGE",
            "Injection in an image: Does not apply because interface.modalities_in does not "
            "include image or video or file.",
        )
    ]


def test_a_probe_of_a_risk_that_does_not_apply_is_not_named(profile, catalog) -> None:
    found = register(seen_coming_in(profile, "interview", "text"), catalog)
    away = {one.risk for one in found.risks if one.applicability == "does not apply"}
    assert not {catalog.probes[one.subject].risk for one in found.left_out} & away


def test_severity_is_a_floor_that_money_does_not_move(profile, catalog) -> None:
    children = with_fact(profile, "users.children_or_vulnerable", True)
    assert row(register(profile, catalog), "MIS-05").severity == "S4"
    assert row(register(children, catalog), "MIS-05").severity == "S5"
    assert row(register(children, catalog), "MIS-05").tau == 0.02


def test_same_seed_same_register_other_seed_other_numbers(profile, catalog, pairs) -> None:
    first, second = register(profile, catalog, pairs), register(profile, catalog, pairs)
    assert first == second
    assert register(profile, catalog, pairs, seed=12).residual != first.residual


def test_a_risk_does_not_depend_on_the_other_risks(profile, catalog) -> None:
    other = with_fact(profile, "agents.multi", True)
    assert row(register(profile, catalog), "SEC-05") == row(register(other, catalog), "SEC-05")


def test_the_curve_falls_and_residual_lies_below(profile, catalog, pairs) -> None:
    curve = register(profile, catalog, pairs).curve
    assert len(curve) == 60
    for earlier, later in pairwise(curve):
        assert earlier.loss < later.loss
        assert earlier.inherent >= later.inherent and earlier.residual >= later.residual
    assert sum(point.residual < point.inherent for point in curve) > 30


def test_the_portfolio_is_more_than_its_risks(profile, catalog, pairs) -> None:
    found = register(profile, catalog, pairs)
    alone = sum(item.residual.ale for item in found.risks if item.residual)
    assert alone < found.residual.ale < 1.6 * alone


def test_guards_never_add_loss_where_they_only_stop_attacks(profile, catalog) -> None:
    found = register(profile, catalog, enforced=list(catalog.controls))
    for item in found.risks:
        if item.inherent:
            assert item.residual.ale <= item.inherent.ale, item.risk
            assert item.residual.p95 <= item.inherent.p95, item.risk


def test_without_an_appetite_there_are_no_bands(profile, catalog) -> None:
    found = register(with_fact(profile, "business.appetite", None), catalog)
    assert found.appetite is None
    assert {item.band_inherent for item in found.risks} == {0}


def test_an_appetite_of_nothing_is_an_answer(profile, catalog) -> None:
    found = register(with_fact(profile, "business.appetite", 0.0), catalog)
    assert found.appetite == 0.0
    for item in found.risks:
        if item.inherent:
            assert item.band_inherent == (5 if item.inherent.p95 > 0.0 else 1)
    assert found.inherent.over_appetite > 0.9


@pytest.mark.parametrize("side", ["off", "on", "both"])
def test_where_nothing_was_scored_nothing_was_measured(profile, catalog, pairs, side) -> None:
    def empty(found: ProbeResult, mode: str) -> ProbeResult:
        if side not in (mode, "both"):
            return found
        return msgspec.structs.replace(
            found, n=0, complied=0, refused=0, blocked=0, errors=40, clusters=0, n_effective=0.0,
            asr=0.5, low=0.0, high=1.0, ucb95=1.0,
        )  # fmt: skip

    none = [(empty(off, "off"), on and empty(on, "on")) for off, on in pairs]
    found, prior = register(profile, catalog, none), register(profile, catalog)
    for item, before in zip(found.risks, prior.risks, strict=True):
        assert "guards: ." not in item.reason and item.ucb95 is None, item.risk
        if side != "on":
            assert (item.inherent, item.residual) == (before.inherent, before.residual)
        if item.residual:
            assert item.residual == item.inherent
    assert found.pitfalls
    for pitfall in found.pitfalls:
        assert pitfall.status == "not tested" and not pitfall.effectiveness.measured
        assert "nothing was scored with" in pitfall.reason


@pytest.mark.parametrize(
    ("complied", "n", "status"),
    [
        (0, 1, "not shown"),
        (1, 1, "failed"),
        (3, 64, "not shown"),
        (0, 64, "tested"),
        (40, 64, "failed"),
    ],
)
def test_a_status_is_claimed_only_where_the_tries_decide(
    profile, catalog, complied: int, n: int, status: str
) -> None:
    def tried(mode: Mode) -> dict[str, ProbeResult]:
        hits = n if mode is Mode.OFF else complied
        return {key: result(key, mode, hits, n, clusters=n) for key in catalog.probes}

    off, on = tried(Mode.OFF), tried(Mode.ON)
    found = register(profile, catalog, [(off[key], on[key]) for key in off])
    assert {pitfall.status for pitfall in found.pitfalls} == {status}
    if status != "tested":
        assert not any(item.passes for item in found.risks)
    if complied == 0 and n == 1:
        assert row(found, "SEC-02").status == "not shown"


def test_money_is_in_the_profiles_currency(catalog) -> None:
    text = PROFILE.replace("facts:", "currency: SEK\nper_eur: 11\nfacts:", 1)
    text = text.replace("appetite: 500000", "appetite: 5500000").replace("80000000", "880000000")
    crowns = register(parse_profile(text, "p", catalog.questions), catalog)
    euros = register(parse_profile(PROFILE, "p", catalog.questions), catalog)
    assert crowns.inherent.currency == "SEK"
    assert crowns.inherent.p95 == pytest.approx(11 * euros.inherent.p95, rel=1e-6)


@pytest.mark.parametrize(
    ("pairs", "coverage", "what"),
    [
        ([(result("PRB-NONE", Mode.OFF, 1), None)], 1.0, "no such probe"),
        ([(result("PRB-PHISH", Mode.OFF, 1), None)] * 2, 1.0, "twice"),
        ([(result("PRB-PHISH", Mode.OFF, 1), result("PRB-BUDGET", Mode.ON, 1))], 1.0, "paired"),
        ([], 1.2, "between 0 and 1"),
        ([], {"PRB-PHISH": -1.0}, "between 0 and 1"),
    ],
)
def test_wrong_results_are_refused(profile, catalog, pairs, coverage, what) -> None:
    with pytest.raises(InputError, match=what):
        register(profile, catalog, pairs, coverage=coverage)


def test_the_most_exposed_audience_sets_the_rate(profile, catalog) -> None:
    risk = catalog.risks["SEC-01"]
    prior = risk.frequency.prior
    assert rate_of(risk, profile) == prior["anonymous"]
    assert rate_of(risk, with_fact(profile, "audience", ("employees",))) == prior["employees"]
    assert rate_of(risk, with_fact(profile, "audience", None)) == prior["anonymous"]


def test_who_can_write_into_what_is_read_sets_how_often_hidden_orders_come(
    profile, catalog
) -> None:
    risk = catalog.risks["SEC-02"]
    staff = with_fact(profile, "audience", ("employees",))
    staff = with_fact(staff, "interface.modalities_in", ("text",))
    closed = with_fact(staff, "rag.sources_trust", False)
    assert rate_of(risk, closed) == risk.frequency.prior["employees"]
    assert rate_of(risk, with_fact(staff, "rag.sources_trust", True)) == (4.0, 2.0)
    assert rate_of(risk, with_fact(staff, "rag.sources_trust", None)) == (4.0, 2.0), "unknown"
    mails = with_fact(closed, "interface.modalities_in", ("text", "email"))
    assert rate_of(risk, mails) == (4.0, 2.0)


def test_documents_that_no_outsider_writes_bring_no_outsiders_orders(profile, catalog) -> None:
    bare = with_fact(profile, "tools.list", ())
    for fact, value in (("memory.persistent", False), ("interface.modalities_in", ("text",))):
        bare = with_fact(bare, fact, value)
    rule = catalog.risks["SEC-02"].applies_when
    outcomes = [judge(rule, with_fact(bare, "rag.sources_trust", one)) for one in (True, False)]
    assert [one.applies for one in outcomes] == [True, False]
    open_ = judge(rule, with_fact(bare, "rag.sources_trust", None))
    assert (open_.applies, open_.missing_fact) == (None, "rag.sources_trust")


def test_wrong_advice_weighs_most_where_health_hangs_on_it_and_nobody_reads(
    profile, catalog
) -> None:
    risk = catalog.risks["QUA-04"]
    triage = with_fact(profile, "quality.truth_need", "safety")
    triage = with_fact(triage, "decision.human_review", "none")
    read = with_fact(triage, "decision.human_review", "expert_every_output")
    shrug = with_fact(triage, "quality.truth_need", "annoyance")
    assert rate_of(risk, triage) == (1.0, 20000.0)
    assert rate_of(risk, shrug) == risk.frequency.error_rate
    assert chain_of(risk, triage) == (3.0, 3.0)
    assert chain_of(risk, read) == (1.0, 19.0)
    assert exposure(risk, triage) > 20 * exposure(risk, shrug)


def test_users_of_a_chat_do_not_make_its_libraries_more_dangerous(profile, catalog) -> None:
    risk = catalog.risks["SEC-11"]
    for audience in ("employees", "anonymous"):
        chat = with_fact(profile, "audience", (audience,))
        chat = with_fact(chat, "interface.modalities_in", ("text",))
        assert rate_of(risk, chat) == (1.0, 4.0)
    uploads = with_fact(chat, "interface.modalities_in", ("training_file",))
    assert rate_of(risk, uploads) == risk.frequency.prior["anonymous"]


def test_an_undecided_rule_never_makes_a_risk_milder(profile, catalog) -> None:
    risk = catalog.risks["SEC-05"]
    assert chain_of(risk, with_fact(profile, "tools.approval", "all")) == (1.0, 9.0)
    unknown = with_fact(profile, "tools.approval", None)
    unknown = with_fact(unknown, "tools.identity", None)
    a, b = chain_of(risk, unknown)
    assert a / (a + b) >= risk.chain[0] / sum(risk.chain)
    assert severity_of(catalog.risks["SEC-03"], profile) == ("S3", "secrets.in_prompt")


def test_the_register_travels_as_json(profile, catalog, pairs) -> None:
    found = register(profile, catalog, pairs)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Register) == found


def test_a_probe_without_a_way_in_is_asked_of_nobody(profile, catalog) -> None:
    image, tuning = "PRB-INJ-IMAGE", "PRB-FINETUNE"
    text = with_fact(profile, "interface.modalities_in", ["text"])
    assert image in row(register(profile, catalog), "SEC-02").probes
    assert image not in row(register(text, catalog), "SEC-02").probes
    assert "PRB-INJ-DOC" in row(register(text, catalog), "SEC-02").probes
    assert tuning in row(register(text, catalog), "SEC-11").probes
    untuned = with_fact(text, "model.tuned", False)
    assert tuning not in row(register(untuned, catalog), "SEC-11").probes
    unknown = with_fact(profile, "interface.modalities_in", None)
    assert image in row(register(unknown, catalog), "SEC-02").probes
    run = [(result(image, "bypass", 9), None)]
    assert image in row(register(text, catalog, run), "SEC-02").probes
