"""Two runs of the same attempts: is the difference real, and how large is it?

Attempts that vary one payload are not independent, so the test turns whole payloads and the
interval counts fewer trials (SCORING step 2).
"""

import math
from collections import Counter
from collections.abc import Sequence

from seawall.core.stats import wilson


def newcombe_paired(
    both: int, first_only: int, second_only: int, neither: int, n_effective: float | None = None
) -> tuple[float, float]:
    """Return the 95% interval of (first rate - second rate) over pairs: Newcombe 1998b, method 10.

    `n_effective` scales all counts down where pairs are not independent; None takes them as they
    are. Without pairs nothing is known: (-1, 1).
    """
    n = both + first_only + second_only + neither
    if n == 0:
        return -1.0, 1.0
    factor = (n if n_effective is None else n_effective) / n
    a, b, c, d = (x * factor for x in (both, first_only, second_only, neither))
    total = a + b + c + d
    first, second = (a + b) / total, (a + c) / total
    low1, high1 = wilson(a + b, total)
    low2, high2 = wilson(a + c, total)
    phi = _correlation(a, b, c, d)
    down1, up2 = first - low1, high2 - second
    up1, down2 = high1 - first, second - low2
    below = math.sqrt(max(0.0, down1**2 - 2 * phi * down1 * up2 + up2**2))
    above = math.sqrt(max(0.0, down2**2 - 2 * phi * down2 * up1 + up1**2))
    return first - second - below, first - second + above


def _correlation(a: float, b: float, c: float, d: float) -> float:
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if margins == 0:
        return 0.0
    cross = a * d - b * c
    # Method 10 corrects a positive cross product for continuity: less overlap, wider interval.
    if cross > 0:
        cross = max(0.0, cross - (a + b + c + d) / 2)
    return cross / math.sqrt(margins)


def mcnemar(differences: Sequence[int]) -> float:
    """Return the exact two-sided p-value of McNemar's test over clusters.

    Each number is one payload's (successes in the first run - in the second). Were the runs alike,
    each sign could as well be the other: all turns of signs are counted. With one attempt a
    payload this is the exact McNemar test. Nothing that differs: 1.
    """
    sizes = [abs(d) for d in differences if d]
    seen = abs(sum(differences))
    chances: Counter[int] = Counter({0: 1})
    for size in sizes:
        turned: Counter[int] = Counter()
        for total, ways in chances.items():
            turned[total + size] += ways
            turned[total - size] += ways
        chances = turned
    as_far = sum(ways for total, ways in chances.items() if abs(total) >= seen)
    # Whole numbers: 2**n ways divide without losing digits.
    return float(as_far / (1 << len(sizes)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def discordant_needed(alpha: float = 0.05) -> int:
    """Return how many pairs, all differing in one direction, make McNemar's exact p <= alpha."""
    return max(1, math.ceil(1 - math.log2(alpha) - 1e-12))


def smallest_drop(n_effective: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the least fall of ASR (0 to 1) that a pair of runs shows with this power.

    For a protection that stops attacks and lets none through that failed before. Above 1 means:
    too few attempts, no fall is large enough; then infinity is returned.
    """
    n, needed = math.floor(n_effective), discordant_needed(alpha)
    if n < needed:
        return math.inf
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if _at_least(needed, n, middle) < power:
            low = middle
        else:
            high = middle
    return high


def _at_least(k: int, n: int, p: float) -> float:
    """Return P(X >= k) for X ~ Binomial(n, p)."""
    return 1.0 - sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k))
