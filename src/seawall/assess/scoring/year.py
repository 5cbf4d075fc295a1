"""Steps 4, 6 and 8: a year's loss of a risk and of the portfolio, quantiles, bands."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seawall.assess.scoring.formulas import YEAR
from seawall.assess.scoring.loss import LossModel, draw_losses
from seawall.core.register import Loss

Draws = NDArray[np.float64]
# Above this many events in a year their sum is drawn as one lognormal of the same two moments.
EXACT_EVENTS = 64
_MOMENT_SAMPLE = 20_000
BANDS = (0.05, 0.20, 0.50, 1.00)


def yearly_loss(rng: np.random.Generator, frequency: Draws, model: LossModel) -> Draws:
    """Draw S = sum of N losses, N ~ Poisson(LEF). Shapes (draws,) -> (draws,)."""
    return paired_losses(rng, frequency, np.ones(frequency.size), model)[0]


def paired_losses(
    rng: np.random.Generator, frequency: Draws, kept: Draws, model: LossModel
) -> tuple[Draws, Draws]:
    """Draw a year without and with guards from the same events. Shapes (draws,).

    `kept` is P_on / P_off: each event stays with this probability, which thins the Poisson
    process exactly; where it is above 1 the guards add events. Pairing takes the noise of two
    separate simulations out of their difference.
    """
    counts = rng.poisson(frequency)
    share = np.minimum(kept, 1.0)
    without, with_guards = np.zeros(frequency.size), np.zeros(frequency.size)
    few = np.flatnonzero((counts > 0) & (counts <= EXACT_EVENTS))
    if few.size:
        sizes = counts[few]
        losses = draw_losses(rng, model, int(sizes.sum()))
        stays = rng.random(losses.size) < np.repeat(share[few], sizes)
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        without[few] = np.add.reduceat(losses, starts)
        with_guards[few] = np.add.reduceat(losses * stays, starts)
    many = np.flatnonzero(counts > EXACT_EVENTS)
    if many.size:
        sample, normal = draw_losses(rng, model, _MOMENT_SAMPLE), rng.standard_normal(many.size)
        without[many] = _many(counts[many], sample, normal)
        with_guards[many] = _many(rng.binomial(counts[many], share[many]), sample, normal)
    if np.any(kept > 1.0):
        with_guards += yearly_loss(rng, frequency * np.maximum(0.0, kept - 1.0), model)
    return without, with_guards


def _many(counts: NDArray[np.int64], sample: Draws, normal: Draws) -> Draws:
    """Sum many events by moments (Fenton-Wilkinson): exact mean and variance, lognormal shape."""
    spread2 = sample.var() / sample.mean() ** 2
    sigma2 = np.log1p(spread2 / np.maximum(counts, 1))
    total = counts * sample.mean() * np.exp(np.sqrt(sigma2) * normal - sigma2 / 2.0)
    return np.asarray(total, dtype=np.float64)


def summarise(
    losses: Draws,
    appetite: float | None,
    currency: str,
    *,
    formula: str = YEAR,
    basis: Literal["prior", "measured", "unverified", "mixed"] = "prior",
) -> Loss:
    """Return ALE, quantiles, ES95 (mean of the worst 5%) and P(S > appetite).

    Without an appetite the last is P(S > 0), which no command shows.
    """
    p50, p90, p95 = (float(value) for value in np.quantile(losses, [0.50, 0.90, 0.95]))
    worst = losses[losses >= p95]
    return Loss(
        currency=currency,
        ale=float(losses.mean()),
        p50=p50,
        p90=p90,
        p95=p95,
        es95=float(worst.mean()),
        over_appetite=float((losses > (appetite or 0.0)).mean()),
        formula=formula,
        basis=basis,
    )


def band(p95: float, appetite: float | None) -> int:
    """Return the colour 1 (best) to 5 of P95 / appetite; 0 when no appetite is known.

    With an appetite of 0 any loss is far above it.
    """
    if appetite is None:
        return 0
    return 1 + sum(p95 > limit * appetite for limit in BANDS)


def exceedance(losses: Draws, grid: Draws) -> Draws:
    """Return P(S > x) for every x of the grid. Shape of the grid."""
    ordered = np.sort(losses)
    above = ordered.size - np.searchsorted(ordered, grid, side="right")
    return np.asarray(above / ordered.size, dtype=np.float64)


def log_grid(losses: Draws, points: int = 60) -> Draws:
    """Return losses from the 5% quantile of the positive ones to the largest, evenly in log."""
    positive = losses[losses > 0.0]
    if positive.size == 0:
        return np.geomspace(1.0, 10.0, points)
    low, high = float(np.quantile(positive, 0.05)), float(np.quantile(positive, 0.9995))
    exponent = 10.0 ** math.floor(math.log10(max(low, 1.0)))
    return np.geomspace(exponent, max(high, exponent * 10.0), points)
