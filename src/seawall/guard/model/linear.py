"""The linear model: a first opinion in tens of microseconds, and which part of a text to read."""

import math
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.guard.model.features import Indices, distinct, features
from seawall.guard.model.gloss import glossed

CHUNK, STRIDE = 700, 500
# The log-odds of a head that is not asked.
NOT_ASKED = -20.0


class Chunk(msgspec.Struct, frozen=True):
    """Log-odds of one range (start, end) in characters."""

    attack: float
    harm: float
    place: tuple[int, int]


class LinearScores(msgspec.Struct, frozen=True):
    """Log-odds of the most suspicious chunk, and all chunks, most suspicious first."""

    attack: float
    harm: float
    ranked: tuple[Chunk, ...]


def chunks(text: str) -> list[tuple[int, int]]:
    """Return overlapping ranges of about CHUNK characters, cut at spaces where there are some."""
    if len(text) <= CHUNK:
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + CHUNK)
        space = text.rfind(" ", start + STRIDE, end) if end < len(text) else end
        end = space if space > start else end
        found.append((start, end))
        if end == len(text):
            break
        following = text.find(" ", end - (CHUNK - STRIDE), end)
        start = following + 1 if following >= 0 else end - (CHUNK - STRIDE)
    return found


def seen_in(text: str) -> Indices:
    """Return the features of a text, and those of its glosses where it is not English."""
    own, english = features(text), glossed(text)
    if english is None:
        return own
    return distinct(np.concatenate([own, features(english.text)]))


class Linear:
    """Weights of the three models; those asked for together stand side by side."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        self._trusted = _Heads(arrays, ("attack_input", "harm"))
        self._untrusted = _Heads(arrays, ("attack_untrusted",))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the weights. Raises OSError, ValueError."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls({name: arrays[name] for name in arrays.files})

    def scores(self, text: str, *, untrusted: bool) -> LinearScores:
        """Return the log-odds of a text; `untrusted`: an outsider wrote it."""
        heads = self._untrusted if untrusted else self._trusted
        rated: list[Chunk] = []
        for start, end in chunks(text):
            attack, *rest = heads.log_odds(seen_in(text[start:end]))
            rated.append(Chunk(attack, rest[0] if rest else NOT_ASKED, (start, end)))
        rated.sort(key=lambda chunk: -max(chunk.attack, chunk.harm))
        attack, harm = max(c.attack for c in rated), max(c.harm for c in rated)
        return LinearScores(attack, harm, tuple(rated))


class _Heads:
    """Weights (buckets, heads) as int8, with a scale and a bias a head."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]], names: tuple[str, ...]) -> None:
        self._weights = np.stack([arrays[name].astype(np.int8) for name in names], axis=1)
        self._scales = [tuple(map(float, arrays[f"{name}_scale"][:2])) for name in names]

    def log_odds(self, seen: Indices) -> list[float]:
        """Return a number a head."""
        if not len(seen):
            return [bias for _, bias in self._scales]
        totals = self._weights.take(seen, axis=0).sum(axis=0, dtype=np.int64).tolist()
        root = math.sqrt(len(seen))
        return [
            scale * total / root + bias
            for total, (scale, bias) in zip(totals, self._scales, strict=True)
        ]
