"""The linear model: a first opinion in tens of microseconds, and which part of a text to read."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.guard.model.calibration import finite
from seawall.guard.model.features import Indices, distinct, features, together
from seawall.guard.model.gloss import glossed
from seawall.guard.model.windows import Places, Windows

CHUNK, STRIDE = 700, 500
# The log-odds of a head that is not asked.
NOT_ASKED = -20.0
# So many texts go through at once: their bytes stay in the processor's nearest memory.
_AT_ONCE = 8


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


def _rated(said: Iterable[list[float]], places: list[tuple[int, int]]) -> LinearScores:
    """Return what each head says of each range. Raises ValueError for what are no numbers."""
    attacks, *asked = map(finite, zip(*said, strict=True))
    harms = asked[0] if asked else (NOT_ASKED,) * len(places)
    rated = sorted(map(Chunk, attacks, harms, places), key=_suspicion)
    return LinearScores(max(attacks), max(harms), tuple(rated))


def _suspicion(chunk: Chunk) -> float:
    """Return what the most suspicious chunk has least of."""
    return -max(chunk.attack, chunk.harm)


def _shown(text: str) -> list[str]:
    """Return a text and, where it is not English, its glosses."""
    english = glossed(text)
    return [text] if english is None else [text, english.text]


def seen_in(text: str) -> Indices:
    """Return the features of a text, and those of its glosses where it is not English."""
    found = [features(one) for one in _shown(text)]
    return found[0] if len(found) < 2 else distinct(np.concatenate(found))


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

    def scores(
        self, text: str, *, untrusted: bool, places: list[tuple[int, int]] | None = None
    ) -> LinearScores:
        """Return the log-odds of a text's ranges; `untrusted`: an outsider wrote it.

        `places` None: those of `chunks`.
        """
        heads = self._untrusted if untrusted else self._trusted
        places = chunks(text) if places is None else places
        return _rated(heads.windows(text, places), places)

    def scores_at_once(
        self, text: str, *, untrusted: bool, places: list[tuple[int, int]]
    ) -> LinearScores | None:
        """Return `scores` where all ranges are English and cut at white space: read together.

        None where some must be read one by one, which may take ten times as long.
        """
        ready = Windows.of(text, places)
        if ready is None or not (ready.whole & ready.english).all():
            return None
        heads = self._untrusted if untrusted else self._trusted
        return _rated(heads.of(*ready.features(range(len(places)))), places)

    def of(self, seen: Indices, *, untrusted: bool) -> list[float]:
        """Return the log-odds of attack and, for a user's text, of harm, from its features."""
        return (self._untrusted if untrusted else self._trusted).log_odds(seen)

    def harms(self, texts: Sequence[str]) -> list[float]:
        """Return the log-odds that a user's texts ask for harm; none is longer than CHUNK."""
        return [harm for _, harm in self._trusted.each(texts)]


class _Heads:
    """Weights (buckets, heads) as int8, with a scale and a bias a head; one or two heads."""

    def __init__(self, arrays: dict[str, npt.NDArray[np.generic]], names: tuple[str, ...]) -> None:
        each = np.stack([arrays[name].astype(np.int8) for name in names], axis=1)
        # A bucket's weights side by side are fetched as one number: a third of the time.
        self._heads, self._buckets = len(names), each.view(f"i{len(names)}").ravel()
        self._scales = [tuple(map(float, arrays[f"{name}_scale"][:2])) for name in names]

    def _weights(self, seen: Indices) -> list[npt.NDArray[np.int8]]:
        """Return the weights of buckets, an array a head."""
        side_by_side = self._buckets.take(seen).view(np.int8)
        return [side_by_side[head :: self._heads] for head in range(self._heads)]

    def log_odds(self, seen: Indices) -> list[float]:
        """Return a number a head."""
        totals = [int(np.add.reduce(own, dtype=np.int64)) for own in self._weights(seen)]
        return self._scaled(totals, len(seen))

    def each(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a number a head for each text."""
        if len(texts) < 2:
            return [self.log_odds(seen_in(text)) for text in texts]
        found: list[list[float]] = []
        for at in range(0, len(texts), _AT_ONCE):
            found += self.of(*together([_shown(text) for text in texts[at : at + _AT_ONCE]]))
        return found

    def windows(self, text: str, places: Sequence[tuple[int, int]]) -> list[list[float]]:
        """Return a number a head for each of a text's ranges; those ascend."""
        ready = Windows.of(text, places) if len(places) > 1 else None
        if ready is None:
            return self.each([text[start:end] for start, end in places])
        plain = ready.english | [
            whole and not clear and glossed(text[start:end]) is None
            for (start, end), whole, clear in zip(
                places, ready.whole.tolist(), ready.english.tolist(), strict=True
            )
        ]
        alone = np.flatnonzero(~(ready.whole & plain)).tolist()
        found = dict(zip(alone, self.each([text[slice(*places[at])] for at in alone]), strict=True))
        numbers = np.flatnonzero(ready.whole & plain).tolist()
        if numbers:
            found |= zip(numbers, self.of(*ready.features(numbers)), strict=True)
        return [found[at] for at in range(len(places))]

    def of(self, seen: Indices, bounds: Places) -> list[list[float]]:
        """Return a number a head for each text whose features stand one behind the other."""
        counts = np.diff(bounds)
        totals = np.zeros((self._heads, len(counts)), dtype=np.int64)
        some = np.flatnonzero(counts)
        if len(some):
            for total, own in zip(totals, self._weights(seen), strict=True):
                total[some] = np.add.reduceat(own, bounds[some], dtype=np.int64)
        return list(map(self._scaled, totals.T.tolist(), counts.tolist()))

    def _scaled(self, totals: list[int], count: int) -> list[float]:
        root = math.sqrt(count) or 1.0
        return [
            scale * total / root + bias
            for total, (scale, bias) in zip(totals, self._scales, strict=True)
        ]
