"""The topic model: what a passage is about, as a vector; passages about the same are near.

The judging model's layers, each with a small correction beside its products (low rank) that brings
back what it knew of topics before it was trained to judge: `topic.onnx` holds the corrections only
and reads everything else from the other models' files.
"""

from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime

from seawall.guard.model.calibration import finite
from seawall.guard.model.embeddings import Embeddings, Floats
from seawall.guard.model.session import session
from seawall.guard.model.transformer import FIRST, LAST


class Topic:
    """Thread-safe: a session of one thread, shared by all callers."""

    def __init__(self, words: Embeddings, model: onnxruntime.InferenceSession) -> None:
        self._words, self._model = words, model

    @classmethod
    def load(cls, folder: Path, words: Embeddings) -> Self:
        """Read `topic.onnx`. Raises what onnxruntime raises."""
        return cls(words, session(folder / "topic.onnx"))

    def vector(self, ids: list[int]) -> Floats:
        """Return a vector of unit length for the word pieces of one passage.

        Raises ValueError where the model's numbers are none.
        """
        (mean,) = self._model.run(None, {"vectors": self._words((FIRST, *ids, LAST))})
        finite(mean[0])
        unit: Floats = mean[0] / max(float(np.linalg.norm(mean[0])), 1e-6)
        return unit
