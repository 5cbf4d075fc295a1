"""The tagger: which words of a text name a person, an address, a place or an organisation.

Each token is the sum of the vectors of its features; four convolutions let it see fifteen tokens
to either side; a softmax says what it is. No step looks at the whole text: time is linear in it.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime

from seawall.guard.model import installed
from seawall.guard.model.session import session
from seawall.guard.model.states import Floats, States
from seawall.guard.model.tokens import Ints, lists_of, tokens, words_in

KINDS = ("person", "street-address", "location", "organisation")
# None, then the kinds.
LABELS = 1 + len(KINDS)
DILATIONS = (1, 2, 4, 8)
REACH = sum(DILATIONS)
_BLOCK = 480
# So many words are known from the start, so many of them with a capital, too.
_COMMON, _CAPITALS = 24_000, 12_000
_ANY = frozenset("-'’.&")
_SIGNS = {"street-address": frozenset("-'’.,/#\n"), "person": frozenset("-'’.")}


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
        self._known = (arrays["known"].astype(np.uint64), arrays["level"].astype(np.int64))
        self._states = States(
            arrays["table"].astype(np.int8), arrays["scale"].astype(np.float32), self._known
        )
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
            what = f"The model of names in {path}"
            raise installed.unreadable(what, error) from error

    def entities(self, text: str) -> list[Entity]:
        """Return what the text names, in order, apart from each other."""
        words, spans = words_in(text)
        if not words:
            return []
        odds = self._odds(self._states(text, words, spans))
        # Few tokens name anything; only theirs are worked out.
        likely = np.flatnonzero(odds[:, 1:].max(axis=1) > odds[:, 0])
        if not len(likely):
            return []
        return _joined(words, spans, likely, self._shares(odds[likely]))

    def learn(self, words: Iterable[str]) -> None:
        """Work out words before a text shows them: the first texts take no longer than others."""
        self._states.learn(words)

    def lists_of(self, text: str) -> frozenset[str]:
        """Return which lists (given, family, place, street) have a word of the text."""
        words = (text[start:end] for start, end in tokens(text).tolist())
        return frozenset(name for word in words for name in lists_of(word, self._known))

    def probabilities(self, text: str) -> Floats:
        """Return the probability of each label, shape (tokens, LABELS)."""
        words, spans = words_in(text)
        if not words:
            return np.zeros((0, LABELS), dtype=np.float32)
        return self._shares(self._odds(self._states(text, words, spans)))

    def _odds(self, states: Floats) -> Floats:
        """Return the log-odds of each label, a block of tokens after the other."""
        done: list[Floats] = []
        for first in range(0, len(states), _BLOCK):
            low = max(0, first - REACH)
            (odds,) = self._network.run(None, {"state": states[low : first + _BLOCK + REACH]})
            done.append(odds[first - low : first - low + _BLOCK])
        return np.concatenate(done) if len(done) > 1 else done[0]

    def _shares(self, odds: Floats) -> Floats:
        odds = odds / self._temperature
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        shares: Floats = odds / odds.sum(axis=1, keepdims=True)
        return shares


def _joined(words: list[str], spans: Ints, likely: Ints, shares: Floats) -> list[Entity]:
    """Join neighbouring tokens of one kind, also over a sign that its names may hold.

    `likely`: the tokens that `shares` tell of.
    """
    kinds = shares[:, 1:]
    found = np.flatnonzero(kinds.max(axis=1) > shares[:, 0])
    runs: list[list[int]] = []
    kind = last = -9
    for place, best in zip(found.tolist(), kinds[found].argmax(axis=1).tolist(), strict=True):
        index = int(likely[place])
        if best == kind and (
            index == last + 1 or (index == last + 2 and _holds(words[last + 1], KINDS[best]))
        ):
            runs[-1].append(place)
        else:
            runs.append([best, place])
        kind, last = best, index
    return [_entity(spans[likely[run]], kinds[run, best], best) for best, *run in runs]


def _holds(sign: str, kind: str) -> bool:
    """Return whether a name of this kind may have this sign in its middle."""
    return sign in _SIGNS.get(kind, _ANY)


def _entity(spans: Ints, shares: Floats, kind: int) -> Entity:
    return Entity(
        kind=KINDS[kind],
        start=int(spans[0, 0]),
        end=int(spans[-1, 1]),
        score=float(shares.mean() if len(shares) > 1 else shares[0]),
    )


@cache
def load() -> Tagger:
    """Return the bundled tagger. Raises MissingPartError."""
    folder = installed.weights()
    found = Tagger.load(folder / "names.npz")
    found.learn(_common(folder / "vocabulary.txt"))
    return found


def _common(path: Path) -> Iterator[str]:
    """Yield common words as texts write them, from a vocabulary whose commonest words are first."""
    words = filter(str.isalpha, path.read_text(encoding="utf-8").splitlines())
    for number, word in enumerate(islice(words, _COMMON)):
        yield word
        if number < _CAPITALS:
            yield word.capitalize()
    yield from ",.-'\"/:;()!?\n"
