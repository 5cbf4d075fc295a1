"""Tells answers that give what was asked from those that do not, by examples whose truth is known.

Regularised least squares (Rifkin, Yeo and Poggio, 2003) on the vectors of the guard's transformer,
solved anew in each run, so that it fits whatever weights the guard has. What a fit without some of
the examples says of these comes from the same inverse (Rifkin and Lippert, 2007).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_PENALTY, _LEAST = 100.0, 1e-6


class Helping:
    """Whether an answer helps, by its vector; solved on vectors (a row an answer) whose truth is
    known. Raises ValueError without examples of both kinds."""

    def __init__(self, vectors: Array, helped: Sequence[bool]) -> None:
        if all(helped) or not any(helped):
            raise ValueError("examples of one kind only")
        self._mean, self._spread = vectors.mean(axis=0), vectors.std(axis=0) + _LEAST
        scaled = (vectors - self._mean) / self._spread
        self._truth = np.where(helped, 1.0, -1.0)
        products = scaled @ scaled.T + 1.0
        self._inverse: Array = np.linalg.inv(products + _PENALTY * np.eye(len(helped)))
        self._shares: Array = self._inverse @ self._truth
        self._weights: Array = scaled.T @ self._shares

    def score(self, vector: npt.NDArray[Any]) -> float:
        """Return how much it helps; from 0 on it does."""
        scaled = (np.asarray(vector, dtype=np.float64) - self._mean) / self._spread
        return float(scaled @ self._weights + self._shares.sum())

    def held_out(self, groups: Sequence[str]) -> list[float]:
        """Return each example's score by a fit without the examples of its group (one name each).

        Only the scale of the vectors is that of all examples.
        """
        scores, names = np.empty(len(groups)), np.array(groups)
        for name in set(groups):
            own = np.flatnonzero(names == name)
            block = self._inverse[np.ix_(own, own)]
            scores[own] = self._truth[own] - np.linalg.solve(block, self._shares[own])
        return [float(score) for score in scores]
