"""Step 7: what a control does, measured; layers; controls that nobody measured."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seawall.core.register import Effectiveness

Draws = NDArray[np.float64]
UNMEASURED = (2.0, 3.0)
# Nobody's untested control is believed to stop more than this share.
UNMEASURED_CAP = 0.6
# Nothing was scored on one side: no effect is claimed, and any is possible.
NOTHING = Effectiveness(value=0.0, low=-1.0, high=1.0, measured=False)


def effectiveness(on: Draws, off: Draws) -> Effectiveness:
    """Return e = 1 - p_on / p_off: mean and 95% interval of the draws, each at least -1.

    Below 0 the guard made it worse; draws are cut at -1, since a tiny p_off says nothing.
    """
    ratio = np.maximum(-1.0, 1.0 - on / np.maximum(off, 1e-12))
    low, high = np.quantile(ratio, [0.025, 0.975])
    return Effectiveness(value=float(ratio.mean()), low=float(low), high=float(high), measured=True)


def combine(effects: Sequence[float | Draws]) -> float | Draws:
    """Combine layers that were measured singly, half independent and half fully dependent.

    1 - e = 1/2 prod(1 - e_j) + 1/2 (1 - max e_j). No layer has no effect.
    """
    if not effects:
        return 0.0
    left = np.prod([1.0 - np.asarray(effect) for effect in effects], axis=0)
    best = np.max([np.asarray(effect) for effect in effects], axis=0)
    result = 1.0 - 0.5 * left - 0.5 * (1.0 - best)
    return float(result) if np.ndim(result) == 0 else result


def unmeasured(rng: np.random.Generator, controls: int, draws: int) -> Draws:
    """Draw the combined effect of controls that nobody measured: Beta(2, 3) each, capped."""
    layers = [rng.beta(*UNMEASURED, draws) for _ in range(controls)]
    return np.minimum(np.zeros(draws) + combine(layers), UNMEASURED_CAP)
