"""The angle at which lines of text lie."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from seawall.guard.image.relief import Grey

_LENGTH, _POINTS, _INK = 400, 6000, 64
_WIDEST, _COARSE, _FINE = 45.0, 1.5, 0.5
_CLEARLY = 1.2
Floats = npt.NDArray[np.float64]


def _points(grey: Grey) -> tuple[Floats, Floats, Floats]:
    """Return x, y (from the middle) and strength of drawn points of a small copy, at most some."""
    small = Image.fromarray(grey)
    small.thumbnail((_LENGTH, _LENGTH), Image.Resampling.BOX)
    pixels = np.asarray(small)
    rows, columns = np.nonzero(pixels >= _INK)
    # The same points each time. Off the grid, or 0 degrees, where pixels fall into step, would win.
    random = np.random.default_rng(0)
    if len(rows) > _POINTS:
        chosen = random.choice(len(rows), _POINTS, replace=False)
        rows, columns = rows[chosen], columns[chosen]
    strength = pixels[rows, columns].astype(np.float64)
    off = random.random((2, len(rows)))
    return columns + off[0] - pixels.shape[1] / 2, rows + off[1] - pixels.shape[0] / 2, strength


def _unevenness(places: Floats, strength: Floats) -> float:
    sums = np.bincount((places + _LENGTH).round().astype(np.intp), strength, 2 * _LENGTH)
    return float(np.square(np.diff(sums)).sum())


def level_angle(grey: Grey) -> float:
    """Return by how many degrees to turn a relief so that lines of text lie level.

    From -45 to 135; whether they then stand on their heads cannot be told from rows.
    """
    x, y, strength = _points(grey)

    def both(angle: float) -> Sequence[float]:
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        return (
            _unevenness(y * cosine - x * sine, strength),
            _unevenness(x * cosine + y * sine, strength),
        )

    plain = both(0.0)
    best, way, most = 0.0, 0, 0.0
    for angle in np.arange(-_WIDEST, _WIDEST + _COARSE, _COARSE):
        for index, value in enumerate(both(float(angle))):
            if value > most:
                best, way, most = float(angle), index, value
    for angle in np.arange(best - _COARSE, best + _COARSE + _FINE, _FINE):
        value = both(float(angle))[way]
        if value > most:
            best, most = float(angle), value
    if most <= _CLEARLY * max(plain):
        best, way = 0.0, int(plain[1] > _CLEARLY * plain[0])
    return best + 90.0 * way


def turned(grey: Grey, angle: float) -> Grey:
    """Return the relief turned counter-clockwise by `angle` degrees, enlarged to hold it all."""
    quarters, rest = divmod(angle + 45.0, 90.0)
    grey = np.rot90(grey, int(quarters) % 4)
    if rest == 45.0:
        return np.ascontiguousarray(grey)
    image = Image.fromarray(np.ascontiguousarray(grey))
    return np.asarray(image.rotate(rest - 45.0, Image.Resampling.BICUBIC, expand=True))
