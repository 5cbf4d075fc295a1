"""The scout: a small network that ends the matter where a text is plainly harmless."""

from pathlib import Path
from typing import Self

import onnxruntime

from seawall.guard.model.calibration import finite
from seawall.guard.model.embeddings import PlacelessEmbeddings
from seawall.guard.model.session import session
from seawall.guard.model.transformer import Shown


class Scout:
    """Two convolutions, taught by the transformer. Thread-safe."""

    def __init__(
        self, embeddings: PlacelessEmbeddings, model: onnxruntime.InferenceSession
    ) -> None:
        self._embeddings, self._model = embeddings, model

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `scout.npz` and `scout.onnx`. Raises what their readers raise."""
        return cls(PlacelessEmbeddings.load(folder / "scout.npz"), session(folder / "scout.onnx"))

    def learn(self) -> None:
        """Work out the vectors of all words, so that no text waits for them."""
        self._embeddings.learn()

    def heads(self, shown: Shown) -> tuple[float, ...]:
        """Return the log-odds of each head for one window. Raises ValueError for none."""
        (said,) = self._model.run(None, {"vectors": self._embeddings(shown.ids)})
        return finite(said[0])
