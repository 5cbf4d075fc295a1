"""What moves P95: values against closed forms and against registers built with the change."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from conftest import NOW, PROFILE, result

from seawall.assess.levers.build import find_levers, with_levers
from seawall.assess.levers.portfolio import Portfolio
from seawall.assess.levers.runs import no_success
from seawall.assess.profile import parse_profile
from seawall.assess.questions import answers_of, with_answer
from seawall.assess.register import build_register, setting_of
from seawall.catalog.load import Catalog, load_catalog
from seawall.catalog.model import (
    Control,
    Enforcement,
    Frequency,
    Magnitude,
    Reference,
    Risk,
    Statement,
)
from seawall.core.profile import Fact, Profile
from seawall.core.register import Levers
from seawall.core.trials import Mode

DRAWS = 20_000
SEED = 7


class Small(Catalog):
    """One risk with simple numbers, one control against it; questions are the real ones."""

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        risk = Risk(
            id="SEC-02", version=1, title="t", category="security", adversarial=True,
            statement=Statement(cause="c", event="e", consequence="x"), severity="S3",
            references=(Reference(fw="owasp-llm", id="LLM01"),), chain=(5.0, 5.0),
            frequency=Frequency(prior={"any": (200.0, 50.0)}, tries=1, why="w"),
            magnitude=Magnitude(response=(90_000.0, 110_000.0), why="w"), success=(5.0, 5.0),
        )  # fmt: skip
        card = Control(
            id="CTL-X", version=1, title="x", type="technical", function=("prevent",),
            risks=("SEC-02",), enforce=Enforcement(built_in=True), evidence=("e",), why="w",
            yearly_cost=1000.0,
        )  # fmt: skip
        self.__dict__["risks"] = {"SEC-02": msgspec.structs.replace(risk, **changes)}
        self.__dict__["controls"] = {"CTL-X": card}
        probe = load_catalog().probes["PRB-INJ-DOC"]
        self.__dict__["probes"] = {
            "PRB-INJ-DOC": msgspec.structs.replace(probe, controls=("CTL-X",))
        }


def levers(
    profile: Profile, catalog: Catalog, pairs: Any = (), coverage: float = 0.0, **more: Any
) -> Levers:
    setting = setting_of(profile, catalog, pairs, coverage, seed=SEED, draws=DRAWS, now=NOW, **more)
    return find_levers(setting)


def p95(profile: Profile, catalog: Catalog, pairs: Any = (), coverage: float = 0.0) -> float:
    """Return the residual P95 of the register, which simulates by itself."""
    made = build_register(
        profile, catalog, pairs, coverage, seed=SEED, draws=DRAWS, now=NOW, model_label="m"
    )
    return made.residual.p95


@pytest.mark.parametrize(
    ("belief", "tries", "chance"),
    [
        ((0.5, 0.5), 4, 70 / 256),  # the middle binomial coefficient over 4^n
        ((1.0, 1.0), 9, 1 / 10),
        ((2.0, 3.0), 0, 1.0),
        ((1.0, 2.0), 3, 2 / 5),
    ],
)
def test_the_chance_of_no_success(belief: tuple[float, float], tries: float, chance: float) -> None:
    assert no_success(belief, tries) == pytest.approx(chance, rel=1e-9)


def test_today_is_the_register(profile: Profile, catalog: Catalog) -> None:
    setting = setting_of(profile, catalog, (), 0.0, seed=SEED, draws=DRAWS, now=NOW)
    assert Portfolio(setting).p95 == pytest.approx(p95(profile, catalog), rel=0.03)


def test_return_on_a_control_is_what_the_formula_says(profile: Profile) -> None:
    catalog = Small()
    found = levers(profile, catalog)
    (control,) = found.controls
    # lambda * p * q * X = 4 * 0.5 * 0.5 * 100,000; shocks add 0.1 * 2 of it, less the lognormal.
    ale = 4 * 0.5 * 0.5 * 99_800 * 1.2
    sample = np.random.default_rng(1).beta(2.0, 3.0, 400_000)
    stops = float(np.minimum(sample, 0.6).mean())
    assert control.ale_fall == pytest.approx(ale * stops, rel=0.05)
    assert control.rosi == pytest.approx((control.ale_fall - 1000.0) / 1000.0, abs=0.01)
    assert not control.in_place and control.basis == "unverified"


def test_a_control_in_place_is_worth_what_its_loss_would_cost(profile: Profile) -> None:
    catalog = Small()
    (adding,) = levers(profile, catalog).controls
    (losing,) = levers(profile, catalog, enforced=("CTL-X",)).controls
    assert losing.in_place and losing.basis == "unverified"
    assert losing.ale_fall == pytest.approx(adding.ale_fall, rel=0.02)


def test_a_measured_control_is_worth_the_difference_of_two_registers(profile: Profile) -> None:
    catalog = Small()
    pairs = [(result("PRB-INJ-DOC", Mode.OFF, 32), result("PRB-INJ-DOC", Mode.ON, 2))]
    (control,) = levers(profile, catalog, pairs, 1.0).controls
    fall = p95(profile, catalog, pairs, 0.0) - p95(profile, catalog, pairs, 1.0)
    assert control.basis == "measured" and control.in_place
    assert control.p95_fall == pytest.approx(fall, rel=0.05)


def test_the_next_test_falls_to_what_the_register_would_show(profile: Profile) -> None:
    catalog = Small(success=(0.5, 0.5))
    card = catalog.probes["PRB-INJ-DOC"]
    (run,) = levers(profile, catalog).tests
    clusters = min(card.n, len(card.seeds))
    good = result("PRB-INJ-DOC", Mode.OFF, 0, n=card.n, clusters=clusters)
    fall = p95(profile, catalog) - p95(profile, catalog, [(good, None)])
    assert run.fall == pytest.approx(fall, rel=0.08)
    assert run.through == "without the gateway" and run.tries == card.n
    assert run.per_hour == pytest.approx(run.fall * run.chance / run.hours, rel=0.05)
    assert run.chance == pytest.approx(no_success((0.5, 0.5), good.n_effective))


@pytest.mark.parametrize(("source", "runs"), [("discover", 1), ("interview", 0)])
def test_only_an_answer_takes_a_test_out(profile: Profile, source: str, runs: int) -> None:
    catalog = Small()
    key, card = "interface.modalities_in", catalog.probes["PRB-INJ-DOC"]
    rule = {"fact": key, "has_any": ["image"]}
    catalog.__dict__["probes"] = {card.id: msgspec.structs.replace(card, applies_when=rule)}
    seen = Fact(key=key, value=("audio", "email"), source=source)
    told = msgspec.structs.replace(profile, facts={**profile.facts, key: seen})
    assert len(levers(told, catalog).tests) == runs


def test_more_tries_through_the_gateway_help_only_where_traffic_passes_it(profile: Profile) -> None:
    catalog = Small()
    pairs = [(result("PRB-INJ-DOC", Mode.OFF, 60), result("PRB-INJ-DOC", Mode.ON, 4))]
    (run,) = levers(profile, catalog, pairs, 1.0).tests
    assert run.through == "through the gateway" and run.fall > 0
    without = levers(profile, catalog, pairs, 0.0)
    assert not without.tests
    assert any("No traffic passes the gateway" in note for note in without.notes)


@pytest.fixture(scope="module")
def whole() -> Mapping[str, Any]:
    catalog = load_catalog()
    profile = parse_profile(PROFILE, "support.yaml", catalog.questions)
    return {"profile": profile, "catalog": catalog, "levers": levers(profile, catalog)}


def test_facts_move_p95_to_what_a_changed_profile_gives(whole: Mapping[str, Any]) -> None:
    profile, catalog = whole["profile"], whole["catalog"]
    found = whole["levers"].facts
    assert len(found) > 8
    for lever in found[:3]:
        values = [p95(profile, catalog)]
        values += [
            p95(with_answer(profile, lever.fact, answer), catalog)
            for answer in answers_of(catalog.questions[lever.fact])
        ]
        assert lever.p95_best == pytest.approx(min(values), rel=0.06), lever.fact
        assert lever.p95_worst == pytest.approx(max(values), rel=0.06), lever.fact


def test_levers_are_ranked_and_above_the_noise(whole: Mapping[str, Any]) -> None:
    found: Levers = whole["levers"]
    swings = [lever.p95_worst - lever.p95_best for lever in found.facts]
    falls = [lever.p95_fall for lever in found.controls]
    assert swings == sorted(swings, reverse=True) and falls == sorted(falls, reverse=True)
    assert min(swings + falls) >= 0.005 * found.p95 * 0.999
    worth = [run.per_hour for run in found.tests]
    assert worth == sorted(worth, reverse=True) and len(worth) > 5
    rows = {risk for key in ("CTL-TOOL-RULES",) for risk in whole["catalog"].controls[key].risks}
    assert any(lever.control == "CTL-TOOL-RULES" for lever in found.controls), rows


def test_the_risks_without_a_probe_are_those_of_the_register() -> None:
    catalog = load_catalog()
    desk = parse_profile(PROFILE, "p", catalog.questions)
    register = build_register(
        desk, catalog, [], 0.0, seed=SEED, draws=2000, now=NOW, model_label="m"
    )
    levers = with_levers(register, desk, catalog, [], 0.0).levers
    assert levers is not None
    assert any(f"{len(register.not_tested)} risks that apply" in note for note in levers.notes)


def test_same_inputs_same_levers_and_the_register_keeps_them(profile: Profile) -> None:
    catalog = Small()
    register = build_register(
        profile, catalog, (), 0.0, seed=SEED, draws=5000, now=NOW, model_label="m"
    )
    one = with_levers(register, profile, catalog, (), 0.0)
    assert one == with_levers(register, profile, catalog, (), 0.0)
    assert one.levers is not None and one.levers.draws == 5000
    assert msgspec.json.decode(msgspec.json.encode(one), type=type(one)) == one
