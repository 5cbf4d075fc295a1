"""Stray tasks: what one would ask an assistant, in an outsider's text that is about something else.

"What is the capital of Peru?" in a tenancy letter has no sign of an attack, and no business there.
Few sentences that may be tasks are compared with the text around them (training/topic.py).
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.guard.model.calibration import finite
from seawall.guard.model.candidates import Candidates
from seawall.guard.model.embeddings import Embeddings, Floats
from seawall.guard.model.gloss import glossed
from seawall.guard.model.topic import Topic
from seawall.guard.model.transformer import Reader

Range = tuple[int, int]
# So many characters of the text on either side of a sentence say what the text is about.
AROUND = 130
# Words are kept whole where they have no more letters.
_WORD = 20
# Blanks and signs in a row, which push a sentence away from what stands around it.
_FILLER = re.compile(r"\s{3,}|[\W_]{8,}")
# Of so few nobody can tell.
LEAST_AROUND = 60
# Most sentences read of one text, however long.
MOST_READ = 6
# The log-odds of what is no task at all are below these.
NO_TASK = -3.0
OWN_PIECES, AROUND_PIECES = 80, 64


class Strayed(msgspec.Struct, frozen=True):
    """The sentence that is most likely a stray task: log-odds, and where it stands.

    `others`: what else in its block may be one.
    """

    odds: float
    place: Range
    others: Sequence[Range] = ()


def around(text: str, place: Range, others: Sequence[Range] = ()) -> str:
    """Return what stands on both sides of a sentence, cut at words; of fillers their first sign.

    `others`: ranges in order that may be tasks as well; they are left out, as are copies of the
    sentence. Linear in the text.
    """
    start, end = place
    own = text[start:end]
    size = AROUND + _WORD
    before = _plain(text, (max(0, start - size), start), own, others)
    while len(before) < AROUND and size < start:
        size *= 4
        before = _plain(text, (max(0, start - size), start), own, others)
    if (first := len(before) - AROUND) > 0:
        low = max(0, first - _WORD)
        near = max(before.rfind(" ", low, first), before.rfind("\n", low, first)) + 1
        before = before[near or first :]
    size = AROUND
    after = _plain(text, (end, end + size), own, others)
    while len(after) < AROUND and end + size < len(text):
        size *= 4
        after = _plain(text, (end, end + size), own, others)
    return f"{before}\n{after[:AROUND].strip()}".strip()


def context(text: str, place: Range, others: Sequence[Range]) -> str:
    """Return what stands around a sentence without other likely tasks, or, where little would be
    left, with them.
    """
    rest = around(text, place, others)
    return rest if len(rest) >= LEAST_AROUND or not others else around(text, place)


def _plain(text: str, place: Range, own: str, others: Sequence[Range]) -> str:
    """Return a range of a text without some others, fillers and copies of a sentence."""
    at, end = place
    kept = []
    for first, last in others:
        if last > at and first < end:
            kept.append(text[at : max(at, first)])
            at = last
    kept.append(text[at:end])
    found = "".join(kept)
    return _FILLER.sub(lambda run: run[0][0], found.replace(own, "\n") if own else found).strip()


class Head:
    """What is said of two passages' vectors: a network of one hidden layer."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        self._hidden = arrays["hidden"].astype(np.float32)
        self._hidden_bias = arrays["hidden_bias"].astype(np.float32)
        self._out = arrays["out"].astype(np.float32)
        self._bias, self._nearness, self._foreign = map(float, arrays["bias"])
        self._gate = arrays["gate"].astype(np.float32)

    def asks(self, own: Floats) -> float:
        """Return log-odds by a passage alone; below zero it is no task, whatever is around it."""
        return float(own @ self._gate[:-1]) + float(self._gate[-1])

    def odds(self, own: Floats, rest: Floats, *, foreign: bool = False) -> float:
        """Return the log-odds that the first is a task that strays among the second.

        `foreign`: glosses stand for words of another language, which says less. Raises ValueError
        where the numbers are none.
        """
        near = float(own @ rest)
        seen = np.concatenate((own * 10, rest * 10, own * rest * 100, np.abs(own - rest) * 10))
        inner = np.append(seen, np.float32(near * 4)) @ self._hidden + self._hidden_bias
        said = np.maximum(inner, 0.0) @ self._out + self._bias + self._nearness * near
        return finite([said - self._foreign if foreign else said])[0]


class Stray:
    """Thread-safe."""

    def __init__(self, reader: Reader, candidates: Candidates, topic: Topic, head: Head) -> None:
        self._reader, self._candidates = reader, candidates
        self._topic, self._head = topic, head

    @classmethod
    def load(cls, folder: Path, reader: Reader, words: Embeddings) -> Self:
        """Read `stray.npz` and `topic.onnx`. Raises OSError, ValueError, KeyError and what
        onnxruntime raises.
        """
        with np.load(folder / "stray.npz", allow_pickle=False) as arrays:
            held = {name: arrays[name] for name in arrays.files}
        candidates = Candidates(held, reader, words)
        return cls(reader, candidates, Topic.load(folder, words), Head(held))

    def worst(self, text: str) -> Strayed | None:
        """Return the likeliest stray task of a text; None where no sentence looks like a task."""
        asked = sorted(self._candidates.of(text), key=lambda one: -one.odds)[:MOST_READ]
        said = [
            found for one in asked if (found := self.odds(text, one.place, one.others)) is not None
        ]
        return max(said, key=lambda one: one.odds, default=None)

    def odds(self, text: str, place: Range, others: Sequence[Range] = ()) -> Strayed | None:
        """Return how likely one sentence is a stray task; None where too little is around it."""
        rest = context(text, place, others)
        if len(rest) < LEAST_AROUND:
            return None
        own = self._vector(text[slice(*place)], OWN_PIECES)
        if (asks := self._head.asks(own)) < 0.0:
            return Strayed(NO_TASK + asks, place, others)
        foreign = glossed(text[slice(*place)]) is not None
        beside = self._vector(rest, AROUND_PIECES)
        return Strayed(self._head.odds(own, beside, foreign=foreign), place, others)

    def _vector(self, text: str, most: int) -> Floats:
        return self._topic.vector(self._reader.ids(text, most))
