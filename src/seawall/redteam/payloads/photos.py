"""Text printed over a photograph: sky, hills and grain, made here and the same in every run."""

from random import Random

import numpy as np
from PIL import Image

from seawall.redteam.payloads.codes import png
from seawall.redteam.payloads.images import Look, lettered

_GRAIN = 6.0


def over_photo(text: str, rng: Random) -> bytes:
    """Return a PNG: the text's lines in dark letters over a landscape of bright colours."""
    letters = lettered(text, Look(size=rng.randrange(26, 34)), rng)
    scene = _landscape(letters.width, letters.height, rng)
    dark = np.asarray(letters.convert("L"), dtype=np.float32)[..., None] / 255.0
    return png(Image.fromarray((scene * dark).astype(np.uint8)))


def _landscape(width: int, height: int, rng: Random) -> np.ndarray:
    """Return bright RGB values (height, width, 3) in 0..255: a sky over hills, with grain."""
    noise = np.random.default_rng(rng.randrange(2**32))
    down = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    across = np.linspace(0.0, rng.uniform(4.0, 9.0), width, dtype=np.float32)[None, :]
    horizon = rng.uniform(0.45, 0.7) + 0.08 * np.sin(across + rng.uniform(0, 6))
    sky = np.stack([170 + 40 * down + 0 * across, 200 + 20 * down + 0 * across,
                    235 + 0 * down + 0 * across], axis=-1)  # fmt: skip
    hills = np.stack([175 - 20 * down + 0 * across, 205 - 25 * down + 0 * across,
                      160 - 20 * down + 0 * across], axis=-1)  # fmt: skip
    scene = np.where((down < horizon)[..., None], sky, hills)
    return np.clip(scene + noise.normal(0.0, _GRAIN, scene.shape), 0, 255)
