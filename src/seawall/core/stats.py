"""Intervals for attack success rates (SCORING steps 2 and 9)."""

import math
from functools import lru_cache

_TINY = 1e-300
_Z = 1.959963984540054


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Lentz's continued fraction of the incomplete beta function (DLMF 8.17.22)."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    result = d
    for m in range(1, 300):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + numerator / c
            c = c if abs(c) > _TINY else _TINY
            result *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return result


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return P(X <= x) for X ~ Beta(a, b); a, b > 0."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log_front + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return front * _continued_fraction(x, a, b) / a
    return 1.0 - front * _continued_fraction(1.0 - x, b, a) / b


@lru_cache(maxsize=4096)
def beta_quantile(q: float, a: float, b: float) -> float:
    """Return x with P(X <= x) = q for X ~ Beta(a, b), by bisection to 1e-12."""
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2.0
        if beta_cdf(middle, a, b) < q:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def effective_trials(n: int, clusters: int, icc: float, age_days: float = 0.0) -> float:
    """Return n' of SCORING step 2: n / (1 + (m - 1) * icc) * 2^(-age / 90 d), m = n / clusters."""
    if n <= 0:
        return 0.0
    variants = n / max(1, clusters)
    design = 1.0 + max(0.0, variants - 1.0) * icc
    return n / design * math.pow(2.0, -age_days / 90.0)


def posterior(successes: int, n: int, n_effective: float) -> tuple[float, float]:
    """Return (a, b) of the Jeffreys posterior Beta(1/2 + s', 1/2 + n' - s')."""
    scaled = successes * n_effective / n if n else 0.0
    return 0.5 + scaled, 0.5 + n_effective - scaled


def trials_needed(tau: float, confidence: float = 0.95) -> int:
    """Return the trials without success that show UCB <= tau: ln(1 - c) / ln(1 - tau), up."""
    return math.ceil(math.log(1.0 - confidence) / math.log1p(-tau))


def wilson(successes: float, n: float, z: float = _Z) -> tuple[float, float]:
    """Return Wilson's score interval of a rate (1927); `n` may be a fraction. No trials: (0, 1).

    Its lower end is exactly 0 without a success, its upper end 1 where every trial is one.
    """
    if n <= 0:
        return 0.0, 1.0
    rate = successes / n
    middle = rate + z * z / (2 * n)
    half = z * math.sqrt(max(0.0, rate * (1 - rate)) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = max(0.0, (middle - half) / scale) if successes > 0 else 0.0
    return low, min(1.0, (middle + half) / scale) if successes < n else 1.0
