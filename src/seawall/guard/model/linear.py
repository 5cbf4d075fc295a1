"""The linear model: a first opinion in tens of microseconds, and which part of a text to read."""

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
    """Weights of the three models."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        self._weights = {
            name: (
                arrays[name].astype(np.int8),
                float(arrays[f"{name}_scale"][0]),
                float(arrays[f"{name}_scale"][1]),
            )
            for name in ("attack_input", "attack_untrusted", "harm")
        }

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the weights. Raises OSError, ValueError."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls({name: arrays[name] for name in arrays.files})

    def _log_odds(self, name: str, seen: Indices) -> float:
        weights, scale, bias = self._weights[name]
        if not len(seen):
            return bias
        total = int(weights[seen].sum(dtype=np.int64))
        return scale * total / float(np.sqrt(len(seen))) + bias

    def scores(self, text: str, *, untrusted: bool) -> LinearScores:
        """Return the log-odds of a text; `untrusted`: an outsider wrote it."""
        name = "attack_untrusted" if untrusted else "attack_input"
        rated: list[Chunk] = []
        for start, end in chunks(text):
            seen = seen_in(text[start:end])
            harm = NOT_ASKED if untrusted else self._log_odds("harm", seen)
            rated.append(Chunk(self._log_odds(name, seen), harm, (start, end)))
        rated.sort(key=lambda chunk: -max(chunk.attack, chunk.harm))
        attack, harm = max(c.attack for c in rated), max(c.harm for c in rated)
        return LinearScores(attack, harm, tuple(rated))
