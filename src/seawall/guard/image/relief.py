"""A picture as relief: how far each pixel is from its surroundings, whatever the colours.

Dark on light, light on dark, red on green and faint letters look alike there.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Grey = npt.NDArray[np.uint8]
_TILE, _MEDIAN = 16, 9
_LONGEST, _MOST_GROWTH = 900, 4.0
# So many pixels are no speck of dust; a letter of ten pixels' height has thirty.
_SPECK = 60
LEAST_STEP = 2


def fit(picture: Image.Image) -> Image.Image:
    """Return the picture at a size at which letters are read: a small one grows."""
    return scaled(picture, max(1.0, min(_LONGEST / max(picture.size), _MOST_GROWTH)))


def scaled(picture: Image.Image, factor: float) -> Image.Image:
    """Return the picture `factor` times as large."""
    if factor == 1.0:
        return picture
    size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
    return picture.resize(size, Image.Resampling.LANCZOS)


def relief(picture: Image.Image) -> Grey:
    """Return the largest difference of any colour channel from the ground around it."""
    width, height = picture.size
    colours = np.asarray(picture.convert("RGB"))
    padded = np.pad(colours, ((0, -height % _TILE), (0, -width % _TILE), (0, 0)), mode="edge")
    rows, columns = padded.shape[0] // _TILE, padded.shape[1] // _TILE
    tiles = padded.reshape(rows, _TILE, columns, _TILE, 3).swapaxes(1, 2)
    middle = np.partition(tiles.reshape(rows, columns, -1, 3), _TILE * _TILE // 2, axis=2)
    grounds = middle[:, :, _TILE * _TILE // 2, :]
    found = np.zeros((height, width), dtype=np.uint8)
    for channel in range(3):
        ground = Image.fromarray(np.ascontiguousarray(grounds[:, :, channel]))
        whole = ground.filter(ImageFilter.MedianFilter(_MEDIAN)).resize(
            (columns * _TILE, rows * _TILE), Image.Resampling.BILINEAR
        )
        level = np.asarray(whole)[:height, :width].astype(np.int16)
        step = np.abs(colours[:, :, channel].astype(np.int16) - level).astype(np.uint8)
        np.maximum(found, step, out=found)
    return found


def peak(grey: Grey) -> int:
    """Return the value that more than a speck of pixels reaches."""
    counts = np.bincount(grey.ravel(), minlength=256)[::-1].cumsum()
    return int(255 - np.searchsorted(counts, _SPECK))


def stretched(grey: Grey) -> Grey:
    """Return the relief with its peak at 255."""
    high = max(peak(grey), LEAST_STEP)
    table = np.minimum(np.arange(256) * 255 // high, 255).astype(np.uint8)
    return table[grey]


def is_blank(grey: Grey) -> bool:
    """Return whether nothing in the relief could be seen."""
    return peak(grey) < LEAST_STEP


def has_letters(grey: Grey) -> bool:
    """Return whether a stretched relief looks drawn: letters have edges, photographs slopes.

    Faintness plays no part, since the relief is stretched.
    """
    ink = int(np.count_nonzero(grey >= 160))
    slope = int(np.count_nonzero((grey >= 64) & (grey < 160)))
    return _SPECK // 2 <= ink <= grey.size * 0.4 and slope <= 3 * ink
