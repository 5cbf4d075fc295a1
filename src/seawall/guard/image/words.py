"""Words in a picture: cheap passes first, more only for what is left unread."""

import hashlib
import time
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from seawall.guard.image import tesseract
from seawall.guard.image.angle import level_angle, turned
from seawall.guard.image.relief import (
    Grey,
    fit,
    has_letters,
    is_blank,
    relief,
    scaled,
    stretched,
)
from seawall.guard.image.tesseract import Word

ROUNDS = 3
SECONDS = 12.0
_MARGIN, _BORDER = 6, 24
_LEAST_LETTERS = 16
_MOST_ENLARGED = 8_000_000


class Reader:
    """Reads the pictures of one image; a page that looks like one already read is left out.

    All of them together may take SECONDS. Then UnreadableImageError is raised.
    """

    def __init__(self) -> None:
        self.texts: dict[str, None] = {}
        self.pages = 0
        self._known: dict[bytes, list[Word]] = {}
        self._until = time.monotonic() + SECONDS

    def picture(self, picture: Image.Image) -> None:
        """Read one picture into `texts`. Raises like `tesseract.read`."""
        picture = fit(picture)
        raised = relief(picture)
        if is_blank(raised):
            return
        drawn = stretched(raised)
        letters = has_letters(drawn)
        angle = level_angle(drawn) if letters else 0.0
        first = self._read([stretched(turned(raised, angle))])[0]
        others = [turned(page, angle) for page in _flat(picture, drawn)]
        others = [_unread(page, first) for page in others] + ([] if letters else _extremes(picture))
        others = [page for page in others if has_letters(page)]
        self._read(others)
        for layer in [_unread(turned(raised, angle), first)] if letters else others[:1]:
            self._rounds(layer)

    def _rounds(self, layer: Grey) -> None:
        """Read what is left of a layer, the right way up and on its head, until nothing is."""
        for _ in range(ROUNDS):
            if is_blank(layer):
                return
            drawn = stretched(layer)
            if not has_letters(drawn):
                return
            layer = _cropped(turned(layer, level_angle(drawn)))
            page = _enlarged(stretched(layer))
            upright, around = self._read([page, _turned_round(page)])
            if _only_looks_like_text(upright, around):
                layer, page = _mirrored(layer), _mirrored(page)
                upright, around = self._sure([page, _turned_round(page)])
            factor = page.shape[1] / layer.shape[1]
            if _letters(around) > _letters(upright):
                layer, upright = _turned_round(layer), around
            if not _letters(upright):
                return
            layer = _unread(layer, upright, factor)

    def _sure(self, pages: Sequence[Grey]) -> list[list[Word]]:
        """Read pages as `_read` does; what none of them says with confidence is left out."""
        before = set(self.texts)
        found = self._read(pages)
        for words in found:
            text = tesseract.text(words)
            if text not in before and not _letters(words):
                self.texts.pop(text, None)
        return found

    def _read(self, pages: Sequence[Grey]) -> list[list[Word]]:
        """Return the words of each page; a page like one that was read before is known."""
        digests = [_digest(page) for page in pages]
        fresh = {d: p for d, p in zip(digests, pages, strict=True) if d not in self._known}
        self.pages += len(fresh)
        images = [ImageOps.invert(Image.fromarray(page)) for page in fresh.values()]
        for digest, words in zip(fresh, self._words(images), strict=True):
            self._known[digest] = words
            if text := tesseract.text(words):
                self.texts[text] = None
        return [self._known[digest] for digest in digests]

    def _words(self, images: list[Image.Image]) -> list[list[Word]]:
        return tesseract.read(images, self._until - time.monotonic()) if images else []


def _flat(picture: Image.Image, drawn: Grey) -> list[Grey]:
    """Return the plain grey picture, dark on light, where it differs from the relief.

    Letters larger than the relief's surroundings are whole there.
    """
    grey = np.asarray(ImageOps.autocontrast(picture.convert("L"), cutoff=0.5))
    plain = grey if np.median(grey) < 128 else 255 - grey
    differing = np.abs(plain.astype(np.int16) - drawn) > 64
    return [plain] if differing.mean() > 0.005 else []


def _extremes(picture: Image.Image) -> list[Grey]:
    """Return what is nearly white and what is nearly black: letters laid over a photograph."""
    colours = np.asarray(picture.convert("RGB")).astype(np.int16)
    layers = (
        np.clip((colours.min(axis=2) - 215) * 8, 0, 255).astype(np.uint8),
        np.clip((40 - colours.max(axis=2)) * 8, 0, 255).astype(np.uint8),
    )
    return [layer for layer in layers if has_letters(layer)]


def _letters(words: Sequence[Word]) -> int:
    """Return how many letters were read with confidence."""
    return sum(len(word.text) for word in tesseract.sure(words))


def _only_looks_like_text(*readings: Sequence[Word]) -> bool:
    """Return whether signs were read, but none with confidence: as of writing in a mirror."""
    signs = (sum(c.isalnum() for word in words for c in word.text) for words in readings)
    return not any(map(_letters, readings)) and max(signs) >= _LEAST_LETTERS


def _turned_round(page: Grey) -> Grey:
    return np.ascontiguousarray(np.rot90(page, 2))


def _mirrored(page: Grey) -> Grey:
    return np.ascontiguousarray(page[:, ::-1])


def _unread(layer: Grey, words: Sequence[Word], factor: float = 1.0) -> Grey:
    """Return the layer without the words that were read with confidence."""
    left = layer.copy()
    for word in tesseract.sure(words):
        x1, y1, x2, y2 = (round(edge / factor) for edge in word.box)
        left[max(0, y1 - _MARGIN) : y2 + _MARGIN, max(0, x1 - _MARGIN) : x2 + _MARGIN] = 0
    return left


def _cropped(layer: Grey) -> Grey:
    """Return the part of a layer in which something is drawn."""
    box = Image.fromarray(stretched(layer)).point(lambda value: 255 * (value >= 64)).getbbox()
    if box is None:
        return layer
    left, top, right, bottom = box
    rows = slice(max(0, top - _BORDER), bottom + _BORDER)
    return np.ascontiguousarray(layer[rows, max(0, left - _BORDER) : right + _BORDER])


def _enlarged(page: Grey) -> Grey:
    """Return the page twice as large where that may help and is affordable."""
    if page.size * 4 > _MOST_ENLARGED:
        return page
    return np.asarray(scaled(Image.fromarray(page), 2.0))


def _digest(page: Grey) -> bytes:
    """Return what equal pages have in common: their size and coarse grey levels."""
    small = Image.fromarray(page).filter(ImageFilter.BoxBlur(1)).reduce(2)
    coarse = np.asarray(small) >> 6
    return hashlib.blake2b(coarse.tobytes() + repr(page.shape).encode(), digest_size=16).digest()
