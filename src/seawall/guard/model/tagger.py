"""The tagger: which words of a text name a person, an address, a place or an organisation.

Each token is the sum of the vectors of its features; four convolutions let it see fifteen tokens
to either side; a softmax says what it is. No step looks at the whole text: time is linear in it.
"""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime

from seawall.core.errors import MissingPartError
from seawall.guard.model.session import session
from seawall.guard.model.tokens import features, lists_of, tokens

KINDS = ("person", "street-address", "location", "organisation")
# None, then the kinds.
LABELS = 1 + len(KINDS)
DILATIONS = (1, 2, 4, 8)
REACH = sum(DILATIONS)
_BLOCK = 480
_ANY = frozenset("-'’.&")
_SIGNS = {"street-address": frozenset("-'’.,/#\n"), "person": frozenset("-'’.")}
Floats = npt.NDArray[np.float32]


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a text. `score` 0..1: how likely it is of this kind."""

    kind: str
    start: int
    end: int
    score: float


class Tagger:
    """The network and what it knows of words. Thread-safe, without state."""

    def __init__(
        self, arrays: dict[str, npt.NDArray[np.generic]], network: onnxruntime.InferenceSession
    ) -> None:
        """`network` makes log-odds (tokens, LABELS) of states (tokens, width)."""
        self._table = arrays["table"].astype(np.int8)
        self._known = (arrays["known"].astype(np.uint64), arrays["level"].astype(np.int64))
        self._scale = arrays["scale"].astype(np.float32)
        self._network = network
        self._temperature = float(arrays["temperature"].astype(np.float64)[0])

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read `names.npz` and the `names.onnx` beside it. Raises MissingPartError."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                held = {name: arrays[name] for name in arrays.files}
            return cls(held, session(path.with_suffix(".onnx")))
        except Exception as error:
            raise MissingPartError(
                f"The model of names in {path} cannot be read ({type(error).__name__}).",
                hint="Reinstall Seawall.",
            ) from error

    def entities(self, text: str) -> list[Entity]:
        """Return what the text names, in order, apart from each other."""
        spans = tokens(text)
        if not len(spans):
            return []
        return _joined(text, spans, self.probabilities(text, spans))

    def lists_of(self, text: str) -> frozenset[str]:
        """Return which lists (given, family, place, street) have a word of the text."""
        words = (text[start:end] for start, end in tokens(text).tolist())
        return frozenset(name for word in words for name in lists_of(word, self._known))

    def probabilities(self, text: str, spans: npt.NDArray[np.int64]) -> Floats:
        """Return the probability of each label, shape (tokens, LABELS)."""
        done: list[Floats] = []
        for first in range(0, len(spans), _BLOCK):
            low, high = max(0, first - REACH - 1), min(len(spans), first + _BLOCK + REACH)
            start, end = int(spans[low, 0]), int(spans[high - 1, 1])
            seen = features(text[start:end], spans[low:high] - start, self._known)
            done.append(self._forward(seen)[first - low : first - low + _BLOCK])
        return np.concatenate(done)

    def _forward(self, seen: npt.NDArray[np.int64]) -> Floats:
        words = self._table.take(seen.T, axis=0).sum(axis=0, dtype=np.int32)
        state = words.astype(np.float32) * self._scale
        (odds,) = self._network.run(None, {"state": state})
        odds /= self._temperature
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        shares: Floats = odds / odds.sum(axis=1, keepdims=True)
        return shares


def _joined(text: str, spans: npt.NDArray[np.int64], shares: Floats) -> list[Entity]:
    """Join neighbouring tokens of one kind, also over a sign that its names may hold."""
    kinds = shares[:, 1:]
    found = np.flatnonzero(kinds.max(axis=1) > shares[:, 0])
    runs: list[list[int]] = []
    kind = last = -9
    for index, best in zip(found.tolist(), kinds[found].argmax(axis=1).tolist(), strict=True):
        if best == kind and (
            index == last + 1
            or (index == last + 2 and _holds(text, spans[last + 1].tolist(), KINDS[best]))
        ):
            runs[-1].append(index)
        else:
            runs.append([best, index])
        kind, last = best, index
    return [_entity(spans, kinds, run, best) for best, *run in runs]


def _holds(text: str, span: list[int], kind: str) -> bool:
    """Return whether a name of this kind may have this sign in its middle."""
    return text[slice(*span)] in _SIGNS.get(kind, _ANY)


def _entity(spans: npt.NDArray[np.int64], kinds: Floats, run: list[int], kind: int) -> Entity:
    return Entity(
        kind=KINDS[kind],
        start=int(spans[run[0], 0]),
        end=int(spans[run[-1], 1]),
        score=float(kinds[run, kind].mean() if len(run) > 1 else kinds[run[0], kind]),
    )


@cache
def load() -> Tagger:
    """Return the bundled tagger. Raises MissingPartError."""
    return Tagger.load(Path(str(resources.files("seawall.guard.model") / "weights" / "names.npz")))
