"""Step 9: tolerances, trials that are needed, the next test, return on a control."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.catalog.model import Risk

Draws = NDArray[np.float64]
# Highest UCB95 of a try's success by severity; a card's own tau replaces it.
TAU: dict[str, float] = {"S1": 0.30, "S2": 0.20, "S3": 0.10, "S4": 0.10, "S5": 0.02}


def tolerance(risk: Risk, severity: str) -> float:
    """Return tau of a risk at a severity; money never moves it."""
    return TAU[severity] if risk.tau is None else risk.tau


def rosi(ale_fall: float, cost: float) -> float:
    """Return (fall of ALE - cost) / cost, both a year. A control without cost returns inf."""
    if cost <= 0.0:
        return float("inf") if ale_fall > 0.0 else 0.0
    return (ale_fall - cost) / cost


class NextTest(NamedTuple):
    """A test that could be run next: by how much portfolio P95 falls for an hour of testing."""

    name: str
    fall: float
    per_hour: float


def next_tests(
    total: Draws, now: Mapping[str, Draws], hoped: Mapping[str, Draws], hours: Mapping[str, float]
) -> list[NextTest]:
    """Rank tests by the fall of portfolio P95 per hour, largest first.

    `now` and `hoped` are a risk's yearly losses today and if its test shows no success; `total`
    is the portfolio's. Arrays of shape (draws,). Raises ValueError for hours that are not > 0.
    """
    before = float(np.quantile(total, 0.95))
    ranking = []
    for name, losses in hoped.items():
        if hours[name] <= 0.0:
            raise ValueError(f"{name}: a test takes time")
        after = float(np.quantile(total - now[name] + losses, 0.95))
        ranking.append(NextTest(name, before - after, (before - after) / hours[name]))
    return sorted(ranking, key=lambda test: (-test.per_hour, test.name))
