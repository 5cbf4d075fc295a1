"""The linear model: a first opinion in tens of microseconds, and which part of a text to read."""

import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.core.once import Once
from seawall.guard.memo import Memo
from seawall.guard.model import installed
from seawall.guard.model.calibration import finite
from seawall.guard.model.cuts import chunks
from seawall.guard.model.features import Indices, distinct, features, together
from seawall.guard.model.gloss import glossed
from seawall.guard.model.windows import Places, Windows

# The log-odds of a head that is not asked.
NOT_ASKED = -20.0
# So many texts go through at once: their bytes stay in the processor's nearest memory.
_AT_ONCE = 8
# So many ranges are read one by one at once; of so many is known what was said: a prompt that
# grows, or a form, shares most with the last.
_FEW, _RANGES = 3, 1024


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
    """Weights of the three models; those asked for together stand side by side.

    Each is read when it is first asked for, or by `load_rest`; MissingPartError where it cannot be.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        def heads(*names: str) -> Once[_Heads]:
            return Once(lambda: _read(arrays, names))

        self._trusted, self._attacks = heads("attack_input", "harm"), heads("attack_input")
        self._untrusted = heads("attack_untrusted")
        self._lately: dict[bool, Memo[str, list[float]]] = {
            untrusted: Memo(_RANGES) for untrusted in (False, True)
        }

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open the weights. Raises OSError, ValueError, KeyError."""
        return cls(_Kept(path, ("attack_input", "attack_untrusted", "harm")))

    def load_rest(self) -> None:
        """Read all weights. Raises MissingPartError."""
        self._trusted()
        self._untrusted()

    def _heads(self, untrusted: bool, attacks: bool) -> "_Heads":
        if untrusted:
            return self._untrusted()
        return self._attacks() if attacks else self._trusted()

    def scores(
        self,
        text: str,
        *,
        untrusted: bool,
        places: list[tuple[int, int]] | None = None,
        attacks: bool = False,
    ) -> LinearScores:
        """Return the log-odds of a text's ranges; `untrusted`: an outsider wrote it.

        `places` None: those of `chunks`. `attacks`: nobody asks for harm.
        """
        places = chunks(text) if places is None else places
        return _rated(self._heads(untrusted, attacks).windows(text, places), places)

    def attacks_at_once(
        self, text: str, *, untrusted: bool, places: list[tuple[int, int]]
    ) -> LinearScores | None:
        """Return the `scores` of attacks where all ranges but a few are known from a moment ago, or
        English and cut at white space: read together. None where some must be read one by one,
        which may take ten times as long.
        """
        words = [text[start:end] for start, end in places]
        known = self._lately[untrusted]
        found = list(map(known.get, words))
        new = [at for at, one in enumerate(found) if one is None]
        if new:
            said = self._said(text, [places[at] for at in new], untrusted)
            if said is None:
                return None
            for at, one in zip(new, said, strict=True):
                found[at] = one
                known.put(words[at], one)
        return _rated((one for one in found if one is not None), places)

    def _said(
        self, text: str, places: list[tuple[int, int]], untrusted: bool
    ) -> list[list[float]] | None:
        heads = self._heads(untrusted, attacks=True)
        if len(places) <= _FEW:
            return heads.each([text[start:end] for start, end in places])
        ready = Windows.of(text, places)
        if ready is None or not (ready.whole & ready.english).all():
            return None
        return heads.of(*ready.features(range(len(places))))

    def of(self, seen: Indices, *, untrusted: bool) -> list[float]:
        """Return the log-odds of attack and, for a user's text, of harm, from its features."""
        return self._heads(untrusted, attacks=False).log_odds(seen)

    def harms(self, texts: Sequence[str]) -> list[float]:
        """Return the log-odds that a user's texts ask for harm; none is longer than CHUNK."""
        return [harm for _, harm in self._trusted().each(texts)]


def _read(arrays: Mapping[str, npt.NDArray[np.generic]], names: Sequence[str]) -> "_Heads":
    try:
        return _Heads(arrays, names)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise installed.unreadable("The linear model's weights", error) from error


class _Kept(Mapping[str, npt.NDArray[np.generic]]):
    """A file's arrays, each read when it is asked for."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        """Raises OSError, ValueError; KeyError when one of `names` is missing."""
        self._path = path
        with np.load(path, allow_pickle=False) as arrays:
            self._names: list[str] = list(arrays.files)
        if missing := [name for name in names if name not in self._names]:
            raise KeyError(missing[0])

    def __getitem__(self, name: str) -> npt.NDArray[np.generic]:
        with np.load(self._path, allow_pickle=False) as arrays:
            found: npt.NDArray[np.generic] = arrays[name]
            return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Heads:
    """Weights (buckets, heads) as int8, with a scale and a bias a head; one or two heads."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[np.generic]], names: Sequence[str]) -> None:
        apart = [arrays[name].astype(np.int8, copy=False) for name in names]
        each = np.stack(apart, axis=1) if len(names) > 1 else apart[0][:, None]
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
