"""What goes into the transformer: words and places as vectors, as in BERT's first layer."""

import mmap
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.intp]
_EPSILON = 1e-12
# So many words are worked out together: their vectors stay in the processor's nearest memory.
_AT_ONCE = 1024


class Embeddings:
    """int8 word vectors with a scale a word; one row of places stands for all of them."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        self._words = arrays["words"].astype(np.int8, copy=False)
        self._scales = arrays["scales"].astype(np.float32)[:, None]
        self._places = arrays["places"].astype(np.float32)
        self._weight = arrays["weight"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float32)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the vectors. Raises OSError, ValueError, KeyError."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls({name: arrays[name] for name in arrays.files})

    def __call__(self, tokens: tuple[int, ...]) -> Floats:
        """Return the vectors (1, tokens, width) of one text's tokens."""
        return self._worked_out(np.array(tokens, dtype=np.intp))[None]

    def times(self, tokens: Ids, factors: Floats) -> Floats:
        """Return the words' own vectors (tokens, width), each times its word's factor."""
        raw: Floats = self._words[tokens].astype(np.float32)
        raw *= factors[tokens][:, None]
        return raw

    def _worked_out(self, at: Ids) -> Floats:
        raw: Floats = self._words[at].astype(np.float32)
        raw *= self._scales[at]
        raw += self._places[: len(at)]
        # In place, each pass once: the callers hold the interpreter meanwhile.
        share = np.float32(1 / raw.shape[1])
        raw -= np.add.reduce(raw, axis=1, keepdims=True) * share
        spread = np.einsum("ij,ij->i", raw, raw) * share
        raw *= (1 / np.sqrt(spread + _EPSILON))[:, None]
        raw *= self._weight
        raw += self._bias
        return raw


class PlacelessEmbeddings(Embeddings):
    """Words have one vector wherever they stand: it is worked out once, when a text shows the word,
    or all at once by `learn`.

    Thread-safe: two that work one out write the same.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        """Raises ValueError when places have vectors of their own."""
        super().__init__(arrays)
        if len(self._places) != 1:
            raise ValueError("A word's vector depends on its place.")
        # Pages of its own: NumPy asks for huge ones, of which a dozen words fill the memory of all.
        pages = mmap.mmap(-1, self._words.size * np.dtype(np.float32).itemsize)
        self._ready = np.frombuffer(pages, dtype=np.float32).reshape(self._words.shape)
        self._known = np.zeros(len(self._words), dtype=np.bool_)

    def learn(self) -> None:
        """Work out all words, so that no text waits for them."""
        size = len(self._words)
        for first in range(0, size, _AT_ONCE):
            at = np.arange(first, min(first + _AT_ONCE, size))
            self._ready[at] = self._worked_out(at)
        self._known[:] = True

    def __call__(self, tokens: tuple[int, ...]) -> Floats:
        """Return the vectors (1, tokens, width) of one text's tokens."""
        at = np.array([tokens], dtype=np.intp)
        known = self._known.take(at)
        if not known.all():
            new = at[~known]
            self._ready[new] = self._worked_out(new)
            self._known[new] = True
        return self._ready.take(at, axis=0)
