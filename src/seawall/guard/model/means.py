"""What the transformer's mean vectors say beside its heads: two linear models, a product each.

Of a user's message, whether it is what users ask of agents with tools: orders about mails, payments
and rights that are no attack where the user gives them himself. Of an outsider's text, whether it
holds an order: learnt from more results of tools than the transformer (training/means.py).
"""

from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from seawall.guard.model.calibration import finite
from seawall.guard.model.embeddings import Floats

FILE = "means.npz"
# An attack's log-odds lose no more: whoever hides one among such requests wins little.
MOST = 1.5


class Means:
    """Thread-safe."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        """`requests` (width + 1) and `orders` (2 * width + 1): weights, at the end a bias."""
        self._requests, self._orders = (
            arrays[n].astype(np.float32) for n in ("requests", "orders")
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `means.npz`. Raises OSError, ValueError, KeyError."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            return cls({name: arrays[name] for name in arrays.files})

    def taken_off(self, mean: Floats) -> float:
        """Return what an attack's log-odds lose, 0 to MOST: the log-odds that a user's message is
        such a request. `mean`: (1, width), of its vectors at the end.

        Raises ValueError where the numbers are none.
        """
        return min(MOST, max(0.0, _odds(self._requests, mean[0])))

    def orders(self, middle: Floats, mean: Floats) -> tuple[float, ...]:
        """Return each head's log-odds for a window of an outsider's text: of both kinds of attack
        the same, of harm none. `middle`: (1, tokens, width), half way.

        Raises ValueError where the numbers are none.
        """
        odds = _odds(self._orders, np.concatenate((middle[0].mean(0), mean[0])))
        return odds, odds, 0.0


def _odds(weights: Floats, vector: Floats) -> float:
    return finite([float(vector @ weights[:-1]) + float(weights[-1])])[0]
