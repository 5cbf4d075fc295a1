"""The network that reads a row of drawn letters from left to right: numpy, 140,000 numbers.

Three convolutions over the picture and three along it; what it says of each place is read by
connectionist temporal classification (Graves and others, 2006): repeats are one letter, blanks
part letters. `python -m training.drawn` makes the weights.
"""

import zipfile
import zlib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seawall.guard.model import installed
from seawall.guard.reading.beam import likeliest
from seawall.guard.reading.pixels import Grid, Picture, Signs, cleared, grid_of, strip

FILE = "drawn.npz"
_MARGIN, _MOST_AT_ONCE = 4, 2048
_DILATION = 2
# From more multiplications on OpenBLAS starts threads; on a busy machine that takes 30 times as long.
_ONE_THREAD = 65_536 * 4
# Rows whose letters are less sure than the first on the mean say nothing; those that are as sure
# as the second are read letter by letter.
_SURE, _CLEAR = 0.6, 0.97


class Read(msgspec.Struct, frozen=True):
    """What a row says, in small letters, and the mean probability of its letters.

    Of no letters, or of letters that are hardly any, both are nothing.
    """

    text: str
    sure: float


class Reader:
    """The weights, ready to use."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Take what `training.drawn` wrote: int8 weights with a scale a channel, biases."""
        self.signs = Signs(arrays["codes"], arrays["shapes"])
        self._classes = str(arrays["classes"])
        self._space = self._classes.index(" ") + 1
        self._layers = {
            name: (_flat(arrays, name), arrays[f"{name}.bias"].astype(np.float32)[:, None])
            for name in "abcdef"
        }

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the weights. Raises MissingPartError."""
        try:
            with np.load(path) as found:
                return cls(dict(found))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise installed.unreadable(f"The weights {path.name}", error) from error

    def read(self, grid: Grid) -> Read:
        """Return what a row of drawn letters says."""
        picture = strip(grid, self.signs)
        wide = picture.shape[2]
        parts = [
            self._odds(picture[:, :, at : at + _MOST_AT_ONCE])
            for at in range(0, wide, _MOST_AT_ONCE)
        ]
        return self._said(np.concatenate(parts, axis=1))

    def _odds(self, picture: Picture) -> Picture:
        """Return log-odds (classes, width / 2)."""
        room = _MARGIN + picture.shape[2] % 2
        x = np.pad(picture, ((0, 0), (0, 0), (_MARGIN, room)))
        for name, across in (("a", 2), ("b", 1), ("c", 1)):
            weights, bias = self._layers[name]
            x = _pooled(np.maximum(_around(weights, x) + bias[:, :, None], 0.0), across)
        state = x.reshape(-1, x.shape[2])
        state = np.maximum(self._along("d", state, 5, 1), 0.0)
        state = state + np.maximum(self._along("e", state, 5, _DILATION), 0.0)
        return self._along("f", state, 3, 1)

    def _along(self, name: str, state: Picture, taps: int, step: int) -> Picture:
        weights, bias = self._layers[name]
        reach = taps // 2 * step
        padded = np.pad(state, ((0, 0), (reach, reach)))
        size = state.shape[1]
        beside = np.stack(
            [padded[:, tap * step : tap * step + size] for tap in range(taps)], axis=1
        )
        result: Picture = _times(weights, beside.reshape(-1, size)) + bias
        return result

    def _said(self, odds: Picture) -> Read:
        odds = odds - odds.max(axis=0)
        logs = odds - np.log(np.exp(odds).sum(axis=0))
        chances = np.exp(logs)
        best = chances.argmax(axis=0)
        edges = np.concatenate([[0], np.flatnonzero(np.diff(best)) + 1])
        labels, tops = best[edges], np.maximum.reduceat(chances.max(axis=0), edges)
        seen = (labels > 0) & (labels != self._space)
        sure = float(tops[seen].mean()) if seen.any() else 0.0
        if sure < _SURE:
            return Read("", 0.0)
        if sure < _CLEAR:
            text = likeliest(logs.T.tolist(), self._classes)
        else:
            text = "".join([self._classes[label - 1] for label in labels[labels > 0]])
        return Read(" ".join(text.split()), sure)


def _flat(arrays: dict[str, NDArray[Any]], name: str) -> Picture:
    weights = arrays[f"{name}.weight"]
    flat = weights.reshape(len(weights), -1).astype(np.float32)
    result: Picture = flat * arrays[f"{name}.weight.scale"][:, None]
    return result


def _around(weights: Picture, x: Picture) -> Picture:
    """Return a convolution by three by three over (planes, high, wide)."""
    _, high, wide = x.shape
    windows = sliding_window_view(np.pad(x, ((0, 0), (1, 1), (1, 1))), (3, 3), axis=(1, 2))
    columns = windows.transpose(0, 3, 4, 1, 2).reshape(-1, high * wide)
    return _times(weights, columns).reshape(-1, high, wide)


def _times(weights: Picture, columns: Picture) -> Picture:
    """Return the product, column by column so far that it takes no threads: they wait in turns."""
    size = columns.shape[1]
    step = max(1, _ONE_THREAD // weights.size)
    result = np.empty((len(weights), size), dtype=np.float32)
    for at in range(0, size, step):
        np.matmul(weights, columns[:, at : at + step], out=result[:, at : at + step])
    return result


def _pooled(x: Picture, across: int) -> Picture:
    """Return the largest of two lines, and of `across` columns."""
    planes, high, wide = x.shape
    result: Picture = x.reshape(planes, high // 2, 2, wide // across, across).max(axis=(2, 4))
    return result


@cache
def bundled() -> Reader:
    """Return the bundled reader. Raises MissingPartError."""
    return Reader.load(installed.weights() / FILE)


@lru_cache(maxsize=64)
def said(lines: tuple[str, ...]) -> Read:
    """Return what lines with one row of drawn letters say. Raises MissingPartError."""
    grid = cleared(grid_of(lines))
    return bundled().read(grid) if grid.size else Read("", 0.0)
