"""The values of the method that an implementation must reproduce."""

import numpy as np
import pytest
from scipy import stats

from seawall.assess.scoring import formulas
from seawall.assess.scoring.effect import combine, effectiveness, unmeasured
from seawall.assess.scoring.frequency import attack_rate, failure_rate
from seawall.assess.scoring.gate import TAU, next_tests, rosi
from seawall.assess.scoring.success import (
    Evidence,
    JudgeAudit,
    campaign,
    deployed,
    judged,
    success_rate,
)
from seawall.core.stats import beta_quantile, trials_needed

DRAWS = 200_000
SEED = 20261123


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


@pytest.mark.parametrize(("tau", "trials"), [(0.10, 29), (0.05, 59), (0.01, 299), (0.001, 2995)])
def test_trials_needed_without_a_success(tau: float, trials: int) -> None:
    assert trials_needed(tau) == trials


def test_no_success_in_fifty_is_no_certainty() -> None:
    a, b = Evidence(successes=0, n=50, clusters=50).beta()
    assert (a, b) == (0.5, 50.5)
    assert beta_quantile(0.95, a, b) == pytest.approx(0.037, abs=0.0006)


@pytest.mark.parametrize(("age", "bound"), [(0.0, 0.038), (180.0, 0.084), (360.0, 0.23)])
def test_evidence_ages(age: float, bound: float) -> None:
    evidence = Evidence(successes=3, n=240, clusters=60, age_days=age)
    assert beta_quantile(0.95, *evidence.beta()) == pytest.approx(bound, abs=0.005)


def test_an_old_effective_number_ages_in_the_same_way() -> None:
    fresh = Evidence(successes=3, n=240, clusters=60)
    known = Evidence(successes=3, n=240, clusters=1, n_effective=240 / 1.9, age_days=180)
    aged = Evidence(successes=3, n=240, clusters=60, age_days=180)
    assert known.beta() == pytest.approx(aged.beta())
    assert sum(fresh.beta()) > sum(aged.beta())


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(successes=3, n=240, clusters=60, valid=False),
        Evidence(successes=0, n=0, clusters=0),
    ],
)
def test_changed_or_missing_evidence_is_the_prior(evidence: Evidence) -> None:
    assert evidence.beta() == (0.5, 0.5)


@pytest.mark.parametrize(
    ("effects", "combined"),
    [((0.7, 0.6), 0.79), ((), 0.0), ((0.5,), 0.5), ((1.0, 0.2), 1.0), ((0.0, 0.0), 0.0)],
)
def test_layers_half_independent_half_dependent(effects: tuple, combined: float) -> None:
    assert combine(effects) == pytest.approx(combined)


def test_layers_lie_between_the_two_extremes() -> None:
    independent, dependent = 1 - (1 - 0.7) * (1 - 0.6), max(0.7, 0.6)
    assert (independent, dependent) == pytest.approx((0.88, 0.7))
    assert combine((0.7, 0.6)) == pytest.approx((independent + dependent) / 2)


def _beta_of(mean: float, low: float, high: float) -> tuple[float, float]:
    """The Beta of a mean whose 95% interval is nearest to (low, high)."""
    sizes = np.geomspace(20, 2000, 400)
    errors = [
        abs(stats.beta.ppf(0.025, mean * n, (1 - mean) * n) - low)
        + abs(stats.beta.ppf(0.975, mean * n, (1 - mean) * n) - high)
        for n in sizes
    ]
    n = float(sizes[int(np.argmin(errors))])
    return mean * n, (1 - mean) * n


def test_worked_run_effect_and_coverage(rng: np.random.Generator) -> None:
    off = rng.beta(*_beta_of(0.279, 0.220, 0.341), DRAWS)
    on = rng.beta(*_beta_of(0.016, 0.006, 0.030), DRAWS)
    assert np.quantile(off, [0.025, 0.975]) == pytest.approx([0.220, 0.341], abs=0.004)
    assert np.quantile(on, [0.025, 0.975]) == pytest.approx([0.006, 0.030], abs=0.002)
    effect = effectiveness(on, off)
    assert effect.value == pytest.approx(0.94, abs=0.005)
    assert (effect.low, effect.high) == pytest.approx((0.89, 0.98), abs=0.006)
    assert effect.measured
    assert deployed(on, off, 1.0).mean() == pytest.approx(0.016, abs=0.0005)
    assert deployed(on, off, 0.8).mean() == pytest.approx(0.068, abs=0.001)
    # Campaigns of five tries: the residual yearly loss is about a tenth of the inherent one.
    fall = campaign(on, 5).mean() / campaign(off, 5).mean()
    assert fall == pytest.approx(37 / 394, abs=0.006)


def test_the_worked_evidence_through_the_posterior(rng: np.random.Generator) -> None:
    on = success_rate(rng, [Evidence(successes=3, n=240, clusters=60)], DRAWS)
    assert on.mean() == pytest.approx(0.016, abs=0.0005)
    assert np.quantile(on, 0.95) == pytest.approx(0.038, abs=0.001)


def test_trap_a_clipped_correction_is_certain_of_nothing_happening(
    rng: np.random.Generator,
) -> None:
    """5 flags in 520: correcting by a judge's error rates and clipping gives 0 almost always."""
    flag = rng.beta(0.5 + 5, 0.5 + 515, DRAWS)
    false_alarms = rng.beta(0.5 + 3, 0.5 + 97, DRAWS)
    misses = rng.beta(0.5 + 5, 0.5 + 95, DRAWS)
    clipped = np.clip((flag - false_alarms) / (1 - misses - false_alarms), 0.0, 1.0)
    assert (clipped == 0.0).mean() == pytest.approx(0.95, abs=0.02)
    audit = JudgeAudit(flags=5, confirmed=4, audited=100, missed=0)
    ours = success_rate(rng, [Evidence(successes=5, n=520, clusters=520, audit=audit)], DRAWS)
    assert (ours == 0.0).mean() == 0.0
    assert np.quantile(ours, 0.05) > 0.003


def test_a_judge_is_corrected_by_what_people_found() -> None:
    p = judged(np.array([0.1]), np.array([0.8]), np.array([0.05]))
    assert p == pytest.approx(0.1 * 0.8 + 0.9 * 0.05)


def test_families_are_mixed_by_normalised_weight(rng: np.random.Generator) -> None:
    often = Evidence(successes=100, n=100, clusters=100, weight=3.0)
    never = Evidence(successes=0, n=100, clusters=100, weight=1.0)
    assert success_rate(rng, [often, never], DRAWS).mean() == pytest.approx(0.75, abs=0.01)
    with pytest.raises(ValueError, match="weight"):
        success_rate(rng, [], DRAWS)


def test_rates(rng: np.random.Generator) -> None:
    assert attack_rate(rng, (3, 3), DRAWS).mean() == pytest.approx(1.0, abs=0.01)
    seen = attack_rate(rng, (3, 3), DRAWS, campaigns=5, years=2, recall=0.5)
    assert seen.mean() == pytest.approx(8 / 4, abs=0.02)
    assert failure_rate(rng, (1, 99), 1000, DRAWS).mean() == pytest.approx(10, abs=0.1)


def test_a_campaign_succeeds_when_one_try_does() -> None:
    assert campaign(np.array([0.0, 0.1, 1.0]), 5) == pytest.approx([0, 1 - 0.9**5, 1])


@pytest.mark.parametrize("coverage", [-0.1, 1.1, float("nan")])
def test_coverage_is_a_share(coverage: float) -> None:
    with pytest.raises(ValueError, match="share"):
        deployed(np.zeros(1), np.ones(1), coverage)


def test_unmeasured_controls_are_capped(rng: np.random.Generator) -> None:
    one, five = unmeasured(rng, 1, DRAWS), unmeasured(rng, 5, DRAWS)
    assert one.mean() == pytest.approx(0.39, abs=0.02)
    assert one.max() <= 0.6 and five.max() == pytest.approx(0.6)
    assert unmeasured(rng, 0, 5).tolist() == [0.0] * 5


def test_a_guard_that_makes_it_worse_shows_it(rng: np.random.Generator) -> None:
    assert effectiveness(np.full(9, 0.4), np.full(9, 0.2)).value == pytest.approx(-1.0)
    assert effectiveness(np.full(9, 0.0), np.full(9, 0.0)).value == 1.0


@pytest.mark.parametrize(
    ("fall", "cost", "expected"),
    [(300, 100, 2.0), (50, 100, -0.5), (10, 0, float("inf")), (0, 0, 0.0)],
)
def test_rosi(fall: float, cost: float, expected: float) -> None:
    assert rosi(fall, cost) == expected


def test_the_next_test_is_the_one_that_moves_the_portfolio_most() -> None:
    big, small = np.linspace(0, 1000, 1001), np.linspace(0, 10, 1001)
    total = big + small
    now = {"SEC-01": big, "QUA-01": small}
    hoped = {"SEC-01": big / 10, "QUA-01": small / 10}
    ranked = next_tests(total, now, hoped, {"SEC-01": 4.0, "QUA-01": 1.0})
    assert [test.name for test in ranked] == ["SEC-01", "QUA-01"]
    assert ranked[0].per_hour == pytest.approx(ranked[0].fall / 4)
    with pytest.raises(ValueError, match="time"):
        next_tests(total, now, hoped, {"SEC-01": 0.0, "QUA-01": 1.0})


def test_severity_only_tightens_the_tolerance() -> None:
    taus = [TAU[severity] for severity in ("S1", "S2", "S3", "S4", "S5")]
    assert taus == sorted(taus, reverse=True)


def test_every_formula_has_an_id_of_its_own() -> None:
    ids = [value for name, value in vars(formulas).items() if name.isupper() and name != "FORMULAS"]
    assert sorted(ids) == sorted(formulas.FORMULAS)
