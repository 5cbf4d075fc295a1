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
    counts = rng.poisson(frequency)
    result = np.zeros(frequency.size)
    few = np.flatnonzero((counts > 0) & (counts <= EXACT_EVENTS))
    if few.size:
        sizes = counts[few]
        losses = draw_losses(rng, model, int(sizes.sum()))
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        result[few] = np.add.reduceat(losses, starts)
    many = np.flatnonzero(counts > EXACT_EVENTS)
    if many.size:
        result[many] = _many(rng, counts[many], model)
    return result


def _many(rng: np.random.Generator, counts: NDArray[np.int64], model: LossModel) -> Draws:
    """Sum many events by moments (Fenton-Wilkinson): exact mean and variance, lognormal shape."""
    sample = draw_losses(rng, model, _MOMENT_SAMPLE)
    mean = counts * sample.mean()
    sigma2 = np.log1p(sample.var() * counts / np.maximum(mean, 1e-300) ** 2)
    mu = np.log(np.maximum(mean, 1e-300)) - sigma2 / 2.0
    return np.asarray(
        np.exp(mu + np.sqrt(sigma2) * rng.standard_normal(counts.size)), dtype=np.float64
    )


def summarise(
    losses: Draws,
    appetite: float,
    currency: str,
    *,
    formula: str = YEAR,
    basis: Literal["prior", "measured", "unverified", "mixed"] = "prior",
) -> Loss:
    """Return ALE, quantiles, ES95 (mean of the worst 5%) and P(S > appetite)."""
    p50, p90, p95 = (float(value) for value in np.quantile(losses, [0.50, 0.90, 0.95]))
    worst = losses[losses >= p95]
    return Loss(
        currency=currency,
        ale=float(losses.mean()),
        p50=p50,
        p90=p90,
        p95=p95,
        es95=float(worst.mean()),
        over_appetite=float((losses > appetite).mean()),
        formula=formula,
        basis=basis,
    )


def band(p95: float, appetite: float) -> int:
    """Return the colour 1 (best) to 5 of P95 / appetite; 0 when no appetite is known."""
    if appetite <= 0.0:
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
