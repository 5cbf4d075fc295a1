"""Step 1: how often it is tried, or happens by itself."""

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]


def attack_rate(
    rng: np.random.Generator,
    prior: tuple[float, float],
    draws: int,
    *,
    campaigns: float = 0.0,
    years: float = 0.0,
    recall: float = 1.0,
) -> Draws:
    """Draw campaigns a year: Gamma(a0 + k, b0 + T * rho). Shape (draws,).

    `campaigns` (k) were seen in `years` (T) by a gateway that recognises a share `recall` (rho).
    """
    shape, rate = prior
    return rng.gamma(shape + campaigns, 1.0 / (rate + years * recall), draws)


def failure_rate(
    rng: np.random.Generator,
    error_rate: tuple[float, float],
    requests_per_year: float,
    draws: int,
) -> Draws:
    """Draw failures a year that nobody provokes: requests * Beta(a, b). Shape (draws,)."""
    return requests_per_year * rng.beta(*error_rate, draws)
