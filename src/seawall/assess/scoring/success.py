"""Steps 2 and 3: how often a try succeeds, measured; campaigns; coverage."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from seawall.core.stats import effective_trials, posterior

Draws = NDArray[np.float64]
ICC = 0.3


class JudgeAudit(msgspec.Struct, frozen=True, kw_only=True):
    """What people found when they checked an LLM judge.

    All `flags` were checked, `confirmed` of them were successes; of the passes `audited` were
    checked and `missed` of them were successes.
    """

    flags: int
    confirmed: int
    audited: int
    missed: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Trials of one attack family: `successes` of `n` in `clusters` groups of variants.

    `valid` is false when the model, prompt, tools or guards changed since: back to the prior.
    `n_effective` replaces the design effect when it was computed before (age still counts).
    """

    successes: int
    n: int
    clusters: int
    age_days: float = 0.0
    icc: float = ICC
    weight: float = 1.0
    valid: bool = True
    n_effective: float | None = None
    audit: JudgeAudit | None = None

    def beta(self) -> tuple[float, float]:
        """Return (a, b) of the Jeffreys posterior with design effect and ageing."""
        if not self.valid or self.n <= 0:
            return 0.5, 0.5
        if self.n_effective is None:
            trials = effective_trials(self.n, self.clusters, self.icc, self.age_days)
        else:
            trials = self.n_effective * 2.0 ** (-self.age_days / 90.0)
        return posterior(self.successes, self.n, trials)


def success_rate(rng: np.random.Generator, evidence: Sequence[Evidence], draws: int) -> Draws:
    """Draw p = sum w_f p_f over the families; weights are normalised. Shape (draws,).

    Raises ValueError without evidence, or with weights that sum to nothing.
    """
    total = sum(item.weight for item in evidence)
    if total <= 0:
        raise ValueError("no attack family with a positive weight")
    mixed = np.zeros(draws)
    for item in evidence:
        mixed += item.weight / total * _family(rng, item, draws)
    return mixed


def _family(rng: np.random.Generator, item: Evidence, draws: int) -> Draws:
    if item.audit is None or not item.valid:
        return rng.beta(*item.beta(), draws)
    flag = rng.beta(*msgspec.structs.replace(item, successes=item.audit.flags).beta(), draws)
    confirmed = _jeffreys(rng, item.audit.confirmed, item.audit.flags, draws)
    missed = _jeffreys(rng, item.audit.missed, item.audit.audited, draws)
    return judged(flag, confirmed, missed)


def _jeffreys(rng: np.random.Generator, successes: int, n: int, draws: int) -> Draws:
    return rng.beta(0.5 + successes, 0.5 + n - successes, draws)


def judged(flag: Draws, confirmed: Draws, missed: Draws) -> Draws:
    """Correct a judge: p = flag * confirmed + (1 - flag) * missed.

    Dividing by sensitivity and clipping at 0 (Rogan-Gladen) is no substitute: with few flags
    almost every draw becomes exactly 0, a certainty that no trial gave.
    """
    return flag * confirmed + (1.0 - flag) * missed


def campaign(p: Draws, tries: int) -> Draws:
    """Return P that at least one of `tries` succeeds: 1 - (1 - p)^k."""
    return 1.0 - (1.0 - p) ** tries


def deployed(on: Draws, off: Draws, coverage: float) -> Draws:
    """Return p in production: the guard sees the share `coverage` of the traffic only."""
    if not 0.0 <= coverage <= 1.0:
        raise ValueError("coverage is a share between 0 and 1")
    return coverage * on + (1.0 - coverage) * off
