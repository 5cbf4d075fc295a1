"""Step 6: causes that hit many risks in the same year."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]
# A new attack on the vendor's model is published: one year in ten, attacks triple in that year.
VENDOR_YEAR, VENDOR_TIMES = 0.10, 3.0
# A way round the guard is found: one year in twenty, it stays open for one to three months.
GUARD_YEAR, GUARD_SHARE = 0.05, (1.0 / 12.0, 3.0 / 12.0)


class Shocks(NamedTuple):
    """Per draw: how much the attack rate grows, and the share of the year without the guard."""

    more_attacks: Draws
    unguarded: Draws


def draw_shocks(rng: np.random.Generator, draws: int) -> Shocks:
    """Draw the common causes of a year, shared by every risk. Shapes (draws,)."""
    vendor = rng.random(draws) < VENDOR_YEAR
    guard = rng.random(draws) < GUARD_YEAR
    share = rng.uniform(*GUARD_SHARE, draws)
    return Shocks(np.where(vendor, VENDOR_TIMES - 1.0, 0.0), np.where(guard, share, 0.0))


def extra_frequency(
    rate_chain: Draws, success: Draws, unguarded_success: Draws, shocks: Shocks, *, attacked: bool
) -> Draws:
    """Return the events a year that the shocks add to lambda * P * q. Shape (draws,).

    `rate_chain` is lambda * q; only attacks grow with a published attack, while an open way
    round the guard brings p_off back for everything the guard holds.
    """
    attacks = shocks.more_attacks if attacked else np.zeros_like(shocks.more_attacks)
    lost = np.maximum(0.0, unguarded_success - success)
    extra = attacks * success + shocks.unguarded * (1.0 + attacks) * lost
    return np.asarray(rate_chain * extra, dtype=np.float64)
