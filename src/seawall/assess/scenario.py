"""One risk of one application as draws: attack rate, success, chain, yearly loss (steps 1-6)."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seawall.assess.applicability import judge
from seawall.assess.scoring.effect import unmeasured
from seawall.assess.scoring.frequency import attack_rate, failure_rate
from seawall.assess.scoring.loss import LossModel, loss_model
from seawall.assess.scoring.shocks import Shocks, extra_frequency
from seawall.assess.scoring.success import Evidence, campaign, deployed, success_rate
from seawall.assess.scoring.year import paired_losses, yearly_loss
from seawall.catalog.model import Risk
from seawall.core.profile import Profile
from seawall.core.stats import beta_quantile

Draws = NDArray[np.float64]
Basis = Literal["prior", "measured", "unverified"]
# Success of a try with the guards, in a case that is thought through; of success without them.
WhatIf = Callable[[Draws], Draws]
# Requests a day where the profile does not say: a small application, so that nothing counts as 0.
ASSUMED_REQUESTS = 1000.0


class Trial(NamedTuple):
    """A probe's evidence with the guards off and on, and the guards' share of the traffic."""

    off: Evidence
    on: Evidence | None
    coverage: float


class Scenario(NamedTuple):
    """Draws of one risk, each of shape (draws,): losses a year, and what the shocks add."""

    inherent: Draws
    residual: Draws
    inherent_shock: Draws
    residual_shock: Draws
    try_success: Draws
    inherent_basis: Basis
    residual_basis: Basis


class _Success(NamedTuple):
    """Success of one try without and with the guards, and what each rests on."""

    off: Draws
    deployed: Draws
    off_basis: Basis
    deployed_basis: Basis


def generator(seed: int, name: str) -> np.random.Generator:
    """Return a generator that depends on the seed and the name only, not on other risks."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def rate_of(risk: Risk, profile: Profile) -> tuple[float, float]:
    """Return Gamma(shape, rate) of campaigns a year, or Beta(a, b) of failures per request.

    The audience that attacks most counts, the highest of all if unknown; then the card's rules.
    """
    base = risk.frequency.error_rate or _prior(risk.frequency.prior, profile)
    return _chosen(risk.frequency.when, base, profile)


def _prior(prior: Mapping[str, tuple[float, float]], profile: Profile) -> tuple[float, float]:
    if "any" in prior:
        return prior["any"]
    audience = None if profile.partial("audience") else profile.value("audience")
    reached = [name for name in prior if audience is None or name in audience] or list(prior)
    return max((prior[name] for name in reached), key=lambda gamma: gamma[0] / gamma[1])


def chain_of(risk: Risk, profile: Profile) -> tuple[float, float]:
    """Return Beta(a, b) of P(loss | success): the first rule that holds replaces the card's."""
    return _chosen(risk.chain_when, risk.chain, profile)


def _chosen(
    entries: Iterable[Mapping[str, Any]], base: tuple[float, float], profile: Profile
) -> tuple[float, float]:
    """Return the first pair whose rule holds; an undecided rule counts only if it says more."""
    for entry in entries:
        verdict = judge(entry["if"], profile).applies
        a, b = entry["to"]
        if verdict or (verdict is None and a / b > base[0] / base[1]):
            return float(a), float(b)
    return base


def severity_of(risk: Risk, profile: Profile) -> tuple[str, str]:
    """Return the severity floor, and the fact that would settle it where one is missing.

    A rule that cannot be decided raises the severity too, until its question is answered.
    """
    severity, missing = str(risk.severity), ""
    for entry in risk.severity_when:
        verdict = judge(entry["if"], profile)
        if verdict.applies is not False and entry["to"] > severity:
            severity, missing = str(entry["to"]), verdict.missing_fact
    return severity, missing


def simulate(
    risk: Risk,
    profile: Profile,
    trials: Sequence[Trial],
    shocks: Shocks,
    *,
    seed: int,
    unverified: int = 0,
    what_if: WhatIf | None = None,
) -> Scenario:
    """Simulate a risk with the same attack rate and chain for inherent and residual loss.

    `unverified` is the number of controls in place that no probe measured. `what_if` replaces the
    success with the guards; the events without them stay the same, so cases can be compared.
    """
    draws = shocks.unguarded.size
    rng = generator(seed, risk.id)
    rate_chain = _rate(rng, risk, profile, draws) * rng.beta(*chain_of(risk, profile), draws)
    success = _success(rng, risk, trials, unverified, draws)
    if what_if is not None:
        success = success._replace(deployed=what_if(success.off))
    model = loss_model(risk.magnitude, profile)
    off = campaign(success.off, risk.frequency.tries)
    on = campaign(success.deployed, risk.frequency.tries)
    kept = on / np.maximum(off, 1e-12)
    inherent, residual = paired_losses(rng, rate_chain * off, kept, model)
    inherent_shock = _shock(rng, risk, rate_chain, off, off, shocks, model)
    residual_shock = inherent_shock
    if success.deployed is not success.off:
        residual_shock = _shock(rng, risk, rate_chain, on, off, shocks, model)
    return Scenario(
        inherent=inherent,
        residual=residual,
        inherent_shock=inherent_shock,
        residual_shock=residual_shock,
        try_success=success.deployed,
        inherent_basis=success.off_basis,
        residual_basis=success.deployed_basis,
    )


def _rate(rng: np.random.Generator, risk: Risk, profile: Profile, draws: int) -> Draws:
    rate = rate_of(risk, profile)
    if risk.frequency.error_rate is None:
        return attack_rate(rng, rate, draws)
    daily = profile.value("volume.requests_per_day")
    requests = 365.0 * (ASSUMED_REQUESTS if daily is None else daily)
    return failure_rate(rng, rate, requests, draws)


def _success(
    rng: np.random.Generator, risk: Risk, trials: Sequence[Trial], unverified: int, draws: int
) -> _Success:
    """Mix the probes of a risk with equal weight; without trials the card's prior stands."""
    if trials:
        off = [success_rate(rng, [trial.off], draws) for trial in trials]
        p_off = np.mean(off, axis=0)
        if all(trial.on is not None for trial in trials):
            return _Success(p_off, _measured(rng, trials, off, draws), "measured", "measured")
        basis: Basis = "measured"
    else:
        p_off, basis = rng.beta(*risk.success, draws), "prior"
    if unverified:
        p_on = p_off * (1.0 - unmeasured(rng, unverified, draws))
        return _Success(p_off, p_on, basis, "unverified")
    return _Success(p_off, p_off, basis, basis)


def _measured(
    rng: np.random.Generator, trials: Sequence[Trial], off: Sequence[Draws], draws: int
) -> Draws:
    mixed = np.zeros(draws)
    for trial, p_off in zip(trials, off, strict=True):
        if trial.on is not None:
            p_on = success_rate(rng, [trial.on], draws)
            mixed += deployed(p_on, p_off, trial.coverage) / len(trials)
    return mixed


def _shock(
    rng: np.random.Generator,
    risk: Risk,
    rate_chain: Draws,
    success: Draws,
    unguarded: Draws,
    shocks: Shocks,
    model: LossModel,
) -> Draws:
    extra = extra_frequency(rate_chain, success, unguarded, shocks, attacked=risk.adversarial)
    return yearly_loss(rng, extra, model)


def coverage_of(coverage: float | Mapping[str, Any], probe: str) -> float:
    """Return the coverage of a probe's traffic; a map that lacks it gives 0, never 1."""
    return float(coverage.get(probe, 0.0)) if isinstance(coverage, Mapping) else float(coverage)


class Bounds(NamedTuple):
    """One-sided 95% bounds of a try's success in production: at least `low`, at most `high`."""

    low: float
    high: float


def bounds_of(trial: Trial, rng: np.random.Generator, draws: int) -> Bounds | None:
    """Return LCB95 and UCB95 of a try's success, None without trials through the guards."""
    if trial.on is None:
        return None
    if trial.coverage == 1.0:
        a, b = trial.on.beta()
        return Bounds(beta_quantile(0.05, a, b), beta_quantile(0.95, a, b))
    on, off = rng.beta(*trial.on.beta(), draws), rng.beta(*trial.off.beta(), draws)
    low, high = np.quantile(deployed(on, off, trial.coverage), [0.05, 0.95])
    return Bounds(float(low), float(high))
