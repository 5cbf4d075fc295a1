"""What the transformer's mean vectors say beside its heads: three linear models, a product each.

Of a user's message, whether it is what users ask of agents with tools: orders about mails, payments
and rights that are no attack where the user gives them himself. Of an outsider's text, whether it
holds an order: learnt from more results of tools than the transformer (training/means.py). Of a
tool's definition, whether it only says what the tool does ("Change the user's password").
"""

from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from seawall.guard.model.calibration import finite
from seawall.guard.model.embeddings import Floats
from seawall.guard.model.transformer import means_of

FILE = "means.npz"
# An attack's log-odds lose no more: whoever hides one among such requests wins little. What tools
# do is told from orders far more surely.
MOST, MOST_OF_DEFINITION = 1.5, 8.0


class Means:
    """Thread-safe."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        """`requests` (width + 1), `orders`, `definitions` (2 * width + 1): weights, a bias last."""
        names = ("requests", "orders", "definitions")
        held = (arrays[name].astype(np.float32) for name in names)
        self._requests, self._orders, self._definitions = held

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
        odds = _odds(self._orders, means_of(middle, mean))
        return odds, odds, 0.0

    def taken_off_definition(self, middle: Floats, mean: Floats) -> float:
        """Return what an attack's log-odds lose, 0 to MOST_OF_DEFINITION: the log-odds that a
        window of a tool's definition says what the tool does. Raises ValueError as `orders` does.
        """
        odds = _odds(self._definitions, means_of(middle, mean))
        return min(MOST_OF_DEFINITION, max(0.0, odds))


def _odds(weights: Floats, vector: Floats) -> float:
    return finite([float(vector @ weights[:-1]) + float(weights[-1])])[0]
