"""What a run can show before anything is sent."""

import math

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.stats import effective_trials
from seawall.redteam.comparing import ICC
from seawall.redteam.measure import interval
from seawall.redteam.paired import smallest_drop
from seawall.redteam.seeds import read_seeds


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """`n_effective` counts the attempts as if payloads were used once. Rates are from 0 to 1.

    `ucb95_at_zero` is the bound if no attempt succeeds; `least_fall` the smallest fall of ASR
    between two paired runs that shows with 80% power, None where none is large enough.
    """

    probe: str
    attempts: int
    payloads: int
    n_effective: float
    ucb95_at_zero: float
    least_fall: float | None

    @property
    def fall(self) -> str:
        """The least fall for people."""
        return "none" if self.least_fall is None else f"{self.least_fall:.1%}"


def what_shows(card: ProbeCard, n: int | None, probes: int = 1) -> Power:
    """Return what `n` attempts (None: the card's) show among `probes` tested together."""
    attempts, seeds = n or card.n, len(read_seeds(card))
    payloads = min(attempts, seeds)
    n_effective = effective_trials(attempts, payloads, ICC)
    drop = smallest_drop(n_effective, alpha=0.05 / max(1, probes))
    return Power(
        probe=card.id,
        attempts=attempts,
        payloads=payloads,
        n_effective=n_effective,
        ucb95_at_zero=interval(0, attempts, n_effective)[2],
        least_fall=None if math.isinf(drop) else drop,
    )
