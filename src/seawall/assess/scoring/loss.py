"""Step 5: what one event costs, drawn from 90% intervals."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.catalog.model import Magnitude
from seawall.core.profile import Profile

Draws = NDArray[np.float64]
Interval = tuple[float, float]
Z90 = 3.29
# Fixed amount in EUR and share of yearly turnover: AI Act Art. 99(3)-(5), GDPR Art. 83(4)-(5).
CAPS: dict[str, tuple[float, float]] = {
    "ai-act-5": (35e6, 0.07),
    "ai-act": (15e6, 0.03),
    "ai-act-info": (7.5e6, 0.01),
    "gdpr-83-4": (10e6, 0.02),
    "gdpr-83-5": (20e6, 0.04),
}
# A small or medium enterprise stays under EUR 50 million (Recommendation 2003/361/EC).
SME_TURNOVER = 50e6


class LossModel(NamedTuple):
    """Loss of one event in the profile's currency; intervals are 90% of a lognormal.

    `churn` are lost sales: nobody loses more of them than `turnover`, all that it has.
    """

    parts: tuple[Interval, ...]
    records: Interval | None
    records_limit: float
    per_record: Interval | None
    fine: Interval | None
    fine_probability: float
    fine_cap: float
    churn: Interval | None = None
    turnover: float = math.inf


def lognormal(interval: Interval) -> tuple[float, float]:
    """Return (mu, sigma) of the lognormal whose 90% interval is (L, U)."""
    low, high = math.log(interval[0]), math.log(interval[1])
    return (low + high) / 2.0, (high - low) / Z90


def fine_cap(kind: str, turnover_eur: float | None) -> float:
    """Return the statutory cap in EUR: the higher of amount and share of turnover.

    Small firms take the lower one under the AI Act (Art. 99(6)); the GDPR knows no such rule.
    Unknown turnover: the fixed amount. Raises KeyError for an unknown kind.
    """
    amount, share = CAPS[kind]
    if turnover_eur is None:
        return amount
    by_turnover = share * turnover_eur
    if kind.startswith("ai-act") and turnover_eur < SME_TURNOVER:
        return min(amount, by_turnover)
    return max(amount, by_turnover)


def loss_model(magnitude: Magnitude, profile: Profile) -> LossModel:
    """Build the loss of a risk for a profile: its currency, its records, its turnover."""
    rate = profile.per_eur

    def money(interval: Interval | None) -> Interval | None:
        return None if interval is None else (interval[0] * rate, interval[1] * rate)

    parts = (magnitude.response, magnitude.downtime, magnitude.litigation)
    records, limit = _records(magnitude, profile)
    turnover = profile.value("business.turnover")
    cap = math.inf
    if magnitude.fine_cap:
        cap = rate * fine_cap(magnitude.fine_cap, None if turnover is None else turnover / rate)
    return LossModel(
        parts=tuple(filled for part in parts if (filled := money(part)) is not None),
        records=records,
        records_limit=limit,
        per_record=money(magnitude.per_record),
        fine=money(magnitude.fine),
        fine_probability=magnitude.fine_probability,
        fine_cap=cap,
        churn=money(magnitude.churn),
        turnover=float(turnover) if magnitude.churn and turnover is not None else math.inf,
    )


def _records(magnitude: Magnitude, profile: Profile) -> tuple[Interval | None, float]:
    """Return the 90% interval of records an event reaches, and their upper bound.

    A known number of reachable records is the bound; the interval starts at a hundredth of it.
    """
    reachable = profile.value(magnitude.records_fact) if magnitude.records_fact else None
    if magnitude.per_record is None:
        return None, 0.0
    if reachable is None:
        return magnitude.records, math.inf
    if reachable <= 1.0:
        return None, 0.0
    return (max(1.0, reachable / 100.0) * 0.999, reachable), reachable


def draw_losses(rng: np.random.Generator, model: LossModel, events: int) -> Draws:
    """Draw the loss of each of `events` events. Shape (events,)."""
    total = np.zeros(events)
    for part in model.parts:
        total += rng.lognormal(*lognormal(part), events)
    if model.churn is not None:
        total += np.minimum(rng.lognormal(*lognormal(model.churn), events), model.turnover)
    if model.records is not None and model.per_record is not None:
        records = np.minimum(rng.lognormal(*lognormal(model.records), events), model.records_limit)
        total += records * rng.lognormal(*lognormal(model.per_record), events)
    if model.fine is not None and model.fine_probability > 0.0:
        fined = np.flatnonzero(rng.random(events) < model.fine_probability)
        fines = rng.lognormal(*lognormal(model.fine), fined.size)
        total[fined] += np.minimum(fines, model.fine_cap)
    return total
