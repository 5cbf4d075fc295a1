"""Stop a probe when its decision is certain, with bounds that stay honest however it stopped.

Mixture likelihood ratios against the limit itself (Robbins 1970); by Ville's inequality (1939)
one of them exceeds 1/alpha at any time with a chance of at most alpha. The bounds are the limits
that are not rejected: a confidence sequence (Howard, Ramdas, McAuliffe and Sekhon 2021). As
everywhere, variants of one payload count as fewer tries (`core.stats.effective_trials`).
"""

import math
from collections import defaultdict, deque

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.stats import beta_cdf, effective_trials
from seawall.core.trials import Attempt, AttemptOutcome, ProbeResult
from seawall.redteam.comparing import ICC, Side
from seawall.redteam.measure import SCORED
from seawall.redteam.seeds import read_seeds

ALPHA = 0.05
PASSES, FAILS = "passes", "fails"
_HALF = 0.5
_LONGEST, _RARE = 2_000, 1e-12


def evidence(successes: float, failures: float, limit: float) -> float:
    """Return the natural logarithm of the evidence that the rate is below `limit` (0 to 1).

    The numerator is the mean likelihood over rates below the limit (Jeffreys' weights), the
    denominator the likelihood at the limit. Counts may be fractions.
    """
    if not 0.0 < limit < 1.0:
        return -math.inf if limit <= 0.0 else math.inf
    a, b = _HALF + successes, _HALF + failures
    inside, weight = beta_cdf(limit, a, b), beta_cdf(limit, _HALF, _HALF)
    if inside <= 0.0:
        return -math.inf
    mean = _log_beta(a, b) + math.log(inside) - _log_beta(_HALF, _HALF) - math.log(weight)
    return mean - successes * math.log(limit) - failures * math.log1p(-limit)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def upper(successes: float, failures: float, alpha: float = ALPHA) -> float:
    """Return the bound that the rate exceeds, at any time of the run, with a chance of `alpha`."""
    tries = successes + failures
    if tries <= 0.0 or failures <= 0.0:
        return 1.0
    low, high = successes / tries, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2.0
        if evidence(successes, failures, middle) >= -math.log(alpha):
            high = middle
        else:
            low = middle
    return high


def lower(successes: float, failures: float, alpha: float = ALPHA) -> float:
    """Return the bound that the rate falls below with a chance of `alpha`, as `upper`."""
    return 1.0 - upper(failures, successes, alpha)


def decide(successes: int, n: int, clusters: int, limit: float) -> str:
    """Return PASSES or FAILS once the rate is below or above the limit for certain, else ""."""
    if not n:
        return ""
    scale = effective_trials(n, clusters, ICC) / n
    hits, rest = successes * scale, (n - successes) * scale
    if evidence(hits, rest, limit) >= -math.log(ALPHA):
        return PASSES
    if evidence(rest, hits, 1.0 - limit) >= -math.log(ALPHA):
        return FAILS
    return ""


def honest_result(result: ProbeResult) -> ProbeResult:
    """Return the result with bounds that hold although the run stopped by its own results."""
    bounds = _bounds(result.complied, result.n, result.clusters)
    return msgspec.structs.replace(result, **bounds)


def honest_side(part: Side) -> Side:
    """Return one side of a comparison, with such bounds."""
    return msgspec.structs.replace(part, **_bounds(part.hits, part.n, part.payloads))


def _bounds(successes: int, n: int, clusters: int) -> dict[str, float]:
    """Return `low` and `high`, 95% together, and `ucb95` alone; nothing scored bounds nothing."""
    scale = effective_trials(n, clusters, ICC) / n if n else 0.0
    hits, rest = successes * scale, (n - successes) * scale
    return {
        "low": lower(hits, rest, ALPHA / 2),
        "high": upper(hits, rest, ALPHA / 2),
        "ucb95": upper(hits, rest),
    }


class Stopper:
    """Decides for each probe, from the rows in the order in which they were planned.

    A row counts once all before it are known: quick answers must not outrun slow ones.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._order: defaultdict[str, deque[str]] = defaultdict(deque)
        self._rows: dict[str, Attempt] = {}
        self._hits: defaultdict[str, int] = defaultdict(int)
        self._scored: defaultdict[str, int] = defaultdict(int)
        self._clusters: defaultdict[str, set[str]] = defaultdict(set)
        self.decisions: dict[str, str] = {}

    def planned(self, probe: str, attempt: str) -> None:
        """Take note of the next attempt of a probe."""
        self._order[probe].append(attempt)

    def known(self, row: Attempt) -> None:
        """Take note of a row, and decide as far as the rows are known without a gap."""
        self._rows[row.id] = row
        order = self._order[row.probe]
        while order and order[0] in self._rows:
            self._count(self._rows.pop(order.popleft()))

    def _count(self, row: Attempt) -> None:
        if row.outcome not in SCORED:
            return
        probe = row.probe
        self._scored[probe] += 1
        self._hits[probe] += row.outcome is AttemptOutcome.COMPLIED
        self._clusters[probe].add(row.cluster)
        if probe not in self.decisions:
            said = decide(
                self._hits[probe], self._scored[probe], len(self._clusters[probe]), self._limit
            )
            if said:
                self.decisions[probe] = said

    def stopped(self, probe: str) -> bool:
        """Tell whether the probe needs no further attempt."""
        return probe in self.decisions


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """What stopping can show of a probe before the run, if its attempts were independent but for
    their payloads.

    `pass_after` and `fail_after`: attempts until the decision if none or every one succeeds (None:
    more than the run has). `passes_at_quarter`: the chance to pass if a quarter of the limit is
    the real rate; `mean_at_quarter` the attempts that are sent then, on average.
    """

    probe: str
    pass_after: int | None
    fail_after: int | None
    passes_at_quarter: float
    mean_at_quarter: float


def ahead(card: ProbeCard, n: int | None, limit: float) -> Ahead:
    """Return what stopping at `limit` can show of a card with `n` attempts (None: the card's)."""
    attempts, seeds = min(n or card.n, _LONGEST), len(read_seeds(card))
    tries = range(1, attempts + 1)
    passes = (k for k in tries if decide(0, k, min(k, seeds), limit) == PASSES)
    fails = (k for k in tries if decide(k, k, min(k, seeds), limit) == FAILS)
    passed, _, mean = chances(limit / 4, limit, attempts, seeds)
    return Ahead(
        probe=card.id, pass_after=next(passes, None), fail_after=next(fails, None),
        passes_at_quarter=passed, mean_at_quarter=mean,
    )  # fmt: skip


def chances(rate: float, limit: float, attempts: int, seeds: int) -> tuple[float, float, float]:
    """Return the chances to pass and to fail within the attempts if `rate` is true and attempts
    are independent, and how many are sent on average."""
    undecided, passed, failed, mean = {0: 1.0}, 0.0, 0.0, 0.0
    for k in range(1, attempts + 1):
        mean += sum(undecided.values())
        after: defaultdict[int, float] = defaultdict(float)
        for hits, chance in undecided.items():
            after[hits] += chance * (1 - rate)
            after[hits + 1] += chance * rate
        undecided = {}
        for hits, chance in after.items():
            # Paths as rare as this are left out; together they stay below one in a million.
            said = decide(hits, k, min(k, seeds), limit) if chance > _RARE else FAILS
            if said == PASSES:
                passed += chance
            elif said == FAILS:
                failed += chance
            else:
                undecided[hits] = chance
    return passed, failed, mean
