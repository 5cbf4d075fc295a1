"""The next best test: which probe run may take most off P95 for an hour of work."""

import math
from collections.abc import Iterator

import msgspec

from seawall.assess.applicability import judge
from seawall.assess.levers.portfolio import Portfolio
from seawall.assess.scenario import Trial
from seawall.assess.scoring.success import ICC, Evidence
from seawall.catalog.model import ProbeCard
from seawall.core.register import TestLever
from seawall.core.stats import effective_trials

# Setting up and reading a run, and one try with its answer; a person sits beside it.
SETUP_HOURS, TRY_SECONDS = 0.25, 6.0
# Trials that lost weight with age are no whole number; their share of successes is kept.
_SCALE = 1_000_000


def run_levers(portfolio: Portfolio, least: float) -> list[TestLever]:
    """Return the runs that may take at least `least` off P95, the most an hour first."""
    catalog, profile = portfolio.setting.catalog, portfolio.setting.profile
    found = [
        lever
        for risk in catalog.risks
        for probe in catalog.probes_of_risk.get(risk, ())
        if judge(catalog.probes[probe].applies_when, profile).applies is not False
        for lever in _runs(portfolio, catalog.probes[probe])
        if lever.fall >= least
    ]
    return sorted(found, key=lambda lever: (-lever.per_hour, lever.probe))


def _runs(portfolio: Portfolio, card: ProbeCard) -> Iterator[TestLever]:
    """Yield the run without the gateway while there is none, then that through it."""
    trials = portfolio.trials(card.risk)
    today = trials.get(card.id)
    clusters = min(card.n, len(card.seeds))
    if today is None:
        risk = portfolio.setting.catalog.risks[card.risk]
        fresh = Evidence(successes=0, n=card.n, clusters=clusters)
        hoped = Trial(off=fresh, on=None, coverage=0.0)
        belief = risk.success
        yield _lever(portfolio, card, {**trials, card.id: hoped}, belief, gateway=False)
        return
    if today.coverage > 0.0:
        hoped = today._replace(on=_more(today.on, card.n, clusters))
        belief = (0.5, 0.5) if today.on is None else today.on.beta()
        yield _lever(portfolio, card, {**trials, card.id: hoped}, belief, gateway=True)


def _more(known: Evidence | None, n: int, clusters: int) -> Evidence:
    """Return the evidence after one more run of `n` tries without a success."""
    gained = effective_trials(n, clusters, ICC)
    if known is None or not known.valid or known.n <= 0:
        return Evidence(successes=0, n=n, clusters=clusters, n_effective=gained)
    a, b = known.beta()
    trials = a + b - 1.0 + gained
    successes = round((a - 0.5) / trials * _SCALE)
    return msgspec.structs.replace(
        known, n=_SCALE, successes=successes, n_effective=trials, age_days=0.0
    )


def _lever(
    portfolio: Portfolio,
    card: ProbeCard,
    hoped: dict[str, Trial],
    belief: tuple[float, float],
    *,
    gateway: bool,
) -> TestLever:
    losses = portfolio.losses(card.risk, portfolio.setting.profile, hoped)
    fall = portfolio.p95 - portfolio.p95_with({card.risk: losses})
    arms = 2 if gateway else 1
    hours = SETUP_HOURS + arms * card.n * TRY_SECONDS / 3600.0
    chance = no_success(belief, effective_trials(card.n, min(card.n, len(card.seeds)), ICC))
    return TestLever(
        probe=card.id,
        title=card.title,
        risk=card.risk,
        through="through the gateway" if gateway else "without the gateway",
        tries=card.n,
        hours=round(hours, 2),
        fall=fall,
        chance=chance,
        per_hour=fall * chance / hours,
    )


def no_success(belief: tuple[float, float], tries: float) -> float:
    """Return the chance of no success in `tries` independent tries: E[(1 - p)^n], p ~ Beta."""
    a, b = belief
    return math.exp(
        math.lgamma(b + tries) - math.lgamma(a + b + tries) + math.lgamma(a + b) - math.lgamma(b)
    )
