"""Lines of signs as a picture: what each sign inks in its cell, scaled to one height."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# A sign's picture, and the height of a row of letters, in pixels.
SIGN_HIGH, SIGN_WIDE, HIGH = 8, 4, 16
# A cell's width is so many pixels, divided by the number of lines: letters come out 8-14 wide.
STRETCH, MOST_WIDE = 10.0, 4.0
_SPACE = 32
_FEW, _MOST = 0.15, 0.5
_LEAST_APART = 12
Grid = NDArray[np.uint32]
Picture = NDArray[np.float32]


class Signs:
    """What signs look like: `codes` sorted code points, `shapes` (signs, 8, 4) from 0 to 255."""

    def __init__(self, codes: NDArray[np.uint32], shapes: NDArray[np.uint8]) -> None:
        self._codes = codes
        full = np.ones((1, SIGN_HIGH, SIGN_WIDE), dtype=np.float32)
        self._shapes = np.concatenate([shapes.astype(np.float32) / 255.0, full, 0 * full])

    def shown(self, grid: Grid) -> Picture:
        """Return (lines * 8, columns * 4) in 0..1; an unknown sign inks its whole cell."""
        place = np.searchsorted(self._codes, grid)
        size = len(self._codes)
        known = self._codes[np.minimum(place, size - 1)] == grid
        place = np.where(known, place, size)
        place[grid == _SPACE] = size + 1
        lines, columns = grid.shape
        cells: Picture = self._shapes[place]
        return cells.transpose(0, 2, 1, 3).reshape(lines * SIGN_HIGH, columns * SIGN_WIDE)


@lru_cache(maxsize=4096)
def _wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


def grid_of(lines: Sequence[str]) -> Grid:
    """Return the code points of lines, blanks filled up; a wide sign takes two columns."""
    even = [line.expandtabs() for line in lines]
    even = [
        line
        if line.isascii()
        else "".join([c * 2 if c > "\u1100" and _wide(c) else c for c in line])
        for line in even
    ]
    width = max(map(len, even))
    data = "".join([line.ljust(width) for line in even]).encode("utf-32-le", "replace")
    grid = np.frombuffer(data, dtype=np.uint32).reshape(len(even), width).copy()
    grid[(grid == 0x2800) | (grid == 0xA0) | (grid == 0x3000) | (grid < _SPACE)] = _SPACE
    return cleared(_dense(_cropped(grid)))


def _dense(grid: Grid) -> Grid:
    """Return the grid without every second column where all of these are blank."""
    apart = grid.shape[1] > _LEAST_APART and bool((grid[:, 1::2] == _SPACE).all())
    return grid[:, ::2] if apart else grid


def cleared(grid: Grid) -> Grid:
    """Return the grid with its background blank and without empty lines and columns around.

    The background is what frames it, or most of it where next to nothing is blank.
    """
    grid = _cropped(grid)
    if not grid.size:
        return grid
    signs, counts = np.unique(grid, return_counts=True)
    frame = np.concatenate([grid[0], grid[-1], grid[:, 0], grid[:, -1]])
    blank = np.count_nonzero(grid == _SPACE) / grid.size
    most = signs[counts.argmax()]
    if len(signs) > 1 and most != _SPACE:
        framed = bool((frame == most).all())
        if framed or (blank < _FEW and counts.max() >= _MOST * grid.size):
            ink = np.where(grid == _SPACE, np.uint32(0x2588), grid)
            return _cropped(np.where(grid == most, np.uint32(_SPACE), ink))
    return grid


def _cropped(grid: Grid) -> Grid:
    ink = grid != _SPACE
    lines, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(lines):
        return grid[:0, :0]
    return grid[lines[0] : lines[-1] + 1, columns[0] : columns[-1] + 1]


def scaled(picture: Picture, high: int, wide: int) -> Picture:
    """Return the picture as means of its pixels over a grid of `high` by `wide`."""
    return _means(_means(picture, high).T, wide).T


def _means(picture: Picture, size: int) -> Picture:
    """Return `size` means along the first axis, of ranges that may end inside a pixel."""
    length = len(picture)
    total = np.concatenate([np.zeros_like(picture[:1]), np.cumsum(picture, axis=0)])
    edges = np.arange(size + 1, dtype=np.float32) * (length / size)
    low = np.minimum(edges.astype(np.int64), length - 1)
    part = (edges - low)[:, None].astype(np.float32)
    at = total[low] * (1 - part) + total[low + 1] * part
    means: Picture = (at[1:] - at[:-1]) * (size / length)
    return means


def strip(grid: Grid, signs: Signs) -> Picture:
    """Return a row of letters as (3, HIGH, width) in 0..1.

    Planes: what the signs look like, which cells hold any, which hold the commonest one.
    """
    lines, columns = grid.shape
    wide = max(2, round(columns * min(MOST_WIDE, STRETCH / lines)))
    shown = signs.shown(grid)
    ink = grid != _SPACE
    found, counts = np.unique(grid[ink], return_counts=True)
    common = grid == found[counts.argmax()]
    planes = [scaled(shown, HIGH, wide)]
    for cells in (ink, common):
        filled = cells.astype(np.float32).repeat(SIGN_HIGH, axis=0).repeat(SIGN_WIDE, axis=1)
        filled = np.where(_partial(grid), shown, filled) if cells is ink else filled
        planes.append(scaled(filled, HIGH, wide))
    return np.stack(planes)


def _partial(grid: Grid) -> NDArray[np.bool_]:
    """Return where signs fill exact parts of their cells: blocks and dots, per pixel."""
    parts = ((grid >= 0x2580) & (grid <= 0x259F)) | ((grid >= 0x2800) & (grid <= 0x28FF))
    return parts.repeat(SIGN_HIGH, axis=0).repeat(SIGN_WIDE, axis=1)
