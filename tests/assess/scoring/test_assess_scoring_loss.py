"""Losses of events and of years: intervals, caps, sums, quantiles, bands, shocks."""

import math

import numpy as np
import pytest

from seawall.assess.questions import mean_loss
from seawall.assess.scoring.loss import (
    LossModel,
    draw_losses,
    fine_cap,
    lognormal,
    loss_model,
)
from seawall.assess.scoring.shocks import Shocks, draw_shocks, extra_frequency
from seawall.assess.scoring.year import (
    EXACT_EVENTS,
    band,
    exceedance,
    log_grid,
    paired_losses,
    summarise,
    yearly_loss,
)
from seawall.catalog.model import Magnitude
from seawall.core.profile import Fact, Profile

DRAWS = 100_000


def model(**changes: object) -> LossModel:
    empty = LossModel(
        parts=(),
        records=None,
        records_limit=math.inf,
        per_record=None,
        fine=None,
        fine_probability=0.0,
        fine_cap=math.inf,
    )
    return empty._replace(**changes)


def profile(per_eur: float = 1.0, **facts: float) -> Profile:
    named = {key.replace("__", "."): value for key, value in facts.items()}
    return Profile(
        application="a",
        title="A",
        per_eur=per_eur,
        facts={key: Fact(key=key, value=value) for key, value in named.items()},
    )


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_nobody_loses_more_sales_than_it_has(rng: np.random.Generator) -> None:
    magnitude = Magnitude(response=(1, 1), churn=(5_000, 300_000))
    small, large = (loss_model(magnitude, profile(business__turnover=t)) for t in (2e4, 1e9))
    bounded = draw_losses(rng, small, DRAWS)
    assert bounded.max() == pytest.approx(20_001)
    free = draw_losses(np.random.default_rng(8), large, DRAWS)
    assert np.array_equal(
        free, draw_losses(np.random.default_rng(8), loss_model(magnitude, profile()), DRAWS)
    )
    assert mean_loss(small) == pytest.approx(bounded.mean(), rel=0.01)
    assert draw_losses(rng, loss_model(magnitude, profile(business__turnover=0.0)), 9).max() < 1.1


def test_sales_are_bounded_in_the_profiles_currency(rng: np.random.Generator) -> None:
    magnitude = Magnitude(response=(1, 1), churn=(5_000, 300_000))
    loss = draw_losses(rng, loss_model(magnitude, profile(10.0, business__turnover=2e5)), DRAWS)
    assert loss.max() == pytest.approx(200_010)


def test_a_90_percent_interval_holds_90_percent(rng: np.random.Generator) -> None:
    losses = draw_losses(rng, model(parts=((15_000, 180_000),)), DRAWS)
    assert ((losses > 15_000) & (losses < 180_000)).mean() == pytest.approx(0.90, abs=0.005)
    assert np.median(losses) == pytest.approx(math.sqrt(15_000 * 180_000), rel=0.02)
    mu, sigma = lognormal((1.0, math.e**3.29))
    assert (mu, sigma) == pytest.approx((3.29 / 2, 1.0))


@pytest.mark.parametrize(
    ("kind", "turnover", "cap"),
    [
        ("ai-act-5", 1e9, 70e6),
        ("ai-act-5", 100e6, 35e6),
        ("ai-act-5", 10e6, 0.7e6),
        ("ai-act", 1e9, 30e6),
        ("ai-act", 20e6, 0.6e6),
        ("ai-act-info", 1e9, 10e6),
        ("gdpr-83-5", 1e9, 40e6),
        ("gdpr-83-5", 10e6, 20e6),
        ("gdpr-83-4", 10e6, 10e6),
        ("gdpr-83-4", None, 10e6),
    ],
)
def test_statutory_caps(kind: str, turnover: float | None, cap: float) -> None:
    assert fine_cap(kind, turnover) == pytest.approx(cap)


def test_a_fine_never_exceeds_its_cap(rng: np.random.Generator) -> None:
    fined = model(fine=(1e6, 1e9), fine_probability=1.0, fine_cap=2e6)
    assert draw_losses(rng, fined, 5000).max() == pytest.approx(2e6)
    rare = model(fine=(1e6, 1e9), fine_probability=0.1, fine_cap=2e6)
    assert (draw_losses(rng, rare, DRAWS) > 0).mean() == pytest.approx(0.1, abs=0.005)


def test_an_event_reaches_no_more_records_than_there_are(rng: np.random.Generator) -> None:
    magnitude = Magnitude(
        response=(1, 2),
        per_record=(0.999, 1.001),
        records=(10, 20),
        records_fact="rag.reachable_records",
    )
    known = loss_model(magnitude, profile(rag__reachable_records=500))
    assert draw_losses(rng, known, DRAWS).max() < 500 * 1.01 + 20
    assert loss_model(magnitude, profile(rag__reachable_records=0)).records is None
    assert loss_model(magnitude, profile()).records == (10, 20)


def test_another_currency_scales_everything() -> None:
    magnitude = Magnitude(
        response=(10, 20), fine=(5, 6), fine_probability=0.5, fine_cap="gdpr-83-4"
    )
    scaled = loss_model(magnitude, profile(per_eur=2.0, business__turnover=4e9))
    assert scaled.parts == ((20, 40),)
    assert scaled.fine == (10, 12)
    assert scaled.fine_cap == pytest.approx(2 * 0.02 * 2e9)


def test_a_year_is_a_poisson_sum(rng: np.random.Generator) -> None:
    losses = yearly_loss(rng, np.full(DRAWS, 0.5), model(parts=((90, 110),)))
    assert (losses == 0).mean() == pytest.approx(math.exp(-0.5), abs=0.005)
    assert losses.mean() == pytest.approx(50, rel=0.02)
    assert yearly_loss(rng, np.zeros(50), model(parts=((90, 110),))).sum() == 0.0


def test_many_events_keep_mean_and_spread(rng: np.random.Generator) -> None:
    frequency = np.full(20_000, 4.0 * EXACT_EVENTS)
    one = draw_losses(rng, model(parts=((50, 500),)), DRAWS)
    losses = yearly_loss(rng, frequency, model(parts=((50, 500),)))
    assert losses.mean() == pytest.approx(frequency[0] * one.mean(), rel=0.02)
    spread = math.sqrt(frequency[0] * (one.var() + one.mean() ** 2))
    assert losses.std() == pytest.approx(spread, rel=0.05)


def test_thinning_keeps_the_distribution_of_the_guarded_year(rng: np.random.Generator) -> None:
    priced = model(parts=((50, 500),))
    frequency, kept = np.full(DRAWS, 3.0), np.full(DRAWS, 0.2)
    without, guarded = paired_losses(rng, frequency, kept, priced)
    alone = yearly_loss(rng, frequency * kept, priced)
    assert np.all(guarded <= without)
    assert guarded.mean() == pytest.approx(alone.mean(), rel=0.02)
    assert guarded.std() == pytest.approx(alone.std(), rel=0.05)
    assert (guarded == 0).mean() == pytest.approx(math.exp(-0.6), abs=0.005)


def test_guards_that_make_it_worse_add_events(rng: np.random.Generator) -> None:
    without, guarded = paired_losses(
        rng, np.full(DRAWS, 1.0), np.full(DRAWS, 1.5), model(parts=((90, 110),))
    )
    assert guarded.mean() == pytest.approx(1.5 * without.mean(), rel=0.02)


def test_summary_of_known_losses() -> None:
    losses = np.arange(1.0, 1001.0)
    loss = summarise(losses, 900.0, "EUR")
    assert loss.ale == pytest.approx(500.5)
    assert (loss.p50, loss.p90, loss.p95) == pytest.approx((500.5, 900.1, 950.05))
    assert loss.es95 == pytest.approx(975.5, abs=0.6)
    assert loss.over_appetite == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("p95", "appetite", "colour"),
    [
        (0, 100, 1),
        (5, 100, 1),
        (6, 100, 2),
        (21, 100, 3),
        (51, 100, 4),
        (101, 100, 5),
        (5, None, 0),
        (5, 0, 5),
        (0, 0, 1),
    ],
)
def test_bands(p95: float, appetite: float | None, colour: int) -> None:
    assert band(p95, appetite) == colour


def test_exceedance_falls_and_counts_strictly() -> None:
    losses = np.array([0.0, 10.0, 10.0, 100.0])
    assert exceedance(losses, np.array([0.0, 9.0, 10.0, 100.0])).tolist() == [0.75, 0.75, 0.25, 0.0]
    grid = log_grid(losses)
    assert np.all(np.diff(grid) > 0)
    assert np.all(np.diff(exceedance(losses, grid)) <= 0)
    assert log_grid(np.zeros(9)).size == 60


def test_shocks_only_add(rng: np.random.Generator) -> None:
    shocks = draw_shocks(rng, DRAWS)
    assert (shocks.more_attacks > 0).mean() == pytest.approx(0.10, abs=0.005)
    assert (shocks.unguarded > 0).mean() == pytest.approx(0.05, abs=0.005)
    one = Shocks(np.array([2.0, 0.0]), np.array([0.0, 0.25]))
    rate, on, off = np.ones(2), np.full(2, 0.1), np.full(2, 0.9)
    assert extra_frequency(rate, on, off, one, attacked=True) == pytest.approx([0.2, 0.2])
    assert extra_frequency(rate, on, off, one, attacked=False) == pytest.approx([0.0, 0.2])
    assert extra_frequency(rate, off, off, one, attacked=True) == pytest.approx([1.8, 0.0])
