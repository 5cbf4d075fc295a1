"""Hashed features of a text for the linear model: letters, words, pairs of words. numpy only."""

import re

import numpy as np
import numpy.typing as npt

BITS = 19
ORDERS = (3, 4, 5)
_ADDRESS = re.compile(
    r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}|https?://[^\s\"'<>)\]]{1,300}"
    r"|\b(?:[\w\-]{1,63}\.){1,4}(?:example|test|invalid|com|org|net|io|co|app|dev)\b[^\s\"'<>)\],]{0,200}"
)
_BYTES = np.arange(256)
# Letters, digits and every byte of a non-ASCII character are word bytes.
_IS_WORD = ((_BYTES >= 97) & (_BYTES <= 122)) | ((_BYTES >= 48) & (_BYTES <= 57)) | (_BYTES >= 128)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SHIFT = np.uint64(64 - BITS)
_INVERSE = np.uint64(pow(int(_PRIME), -1, 1 << 64))
Indices = npt.NDArray[np.int32]
_Hashes = npt.NDArray[np.uint64]


def clean(text: str) -> str:
    """Return the text in lower case with single spaces, a space at either end.

    Without addresses: those of written attacks and of harmless texts differ for no good reason.
    """
    lower = text.lower()
    if "." in lower:
        lower = _ADDRESS.sub(" ", lower)
    return f" {' '.join(lower.split())} "


def _buckets(hashes: _Hashes, salt: int) -> Indices:
    mixed = hashes ^ np.uint64(salt * 0x2545F4914F6CDD1D & 0xFFFFFFFFFFFFFFFF)
    mixed *= _MIX
    mixed ^= mixed >> np.uint64(29)
    mixed *= _PRIME
    mixed >>= _SHIFT
    return mixed.astype(np.int32)


def distinct(values: Indices) -> Indices:
    """Return each value once, in order: numpy.unique in a tenth of its time."""
    values.sort()
    first = np.empty(len(values), dtype=np.bool_)
    first[:1] = True
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return values[first]


def _powers(base: np.uint64, count: int) -> _Hashes:
    powers = np.full(count, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _words(data: npt.NDArray[np.uint8]) -> _Hashes:
    """Return a hash of every word, in order."""
    inside = _IS_WORD[data]
    edges = np.flatnonzero(np.diff(inside.astype(np.int8)))
    starts, ends = edges[::2] + 1, edges[1::2] + 1
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    weighted = (data.astype(np.uint64) + np.uint64(1)) * _powers(_PRIME, len(data))
    total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(weighted)])
    # Shifted back to the start of the text, so that a word hashes alike wherever it stands.
    back: _Hashes = (total[ends] - total[starts]) * _powers(_INVERSE, len(data) + 1)[starts]
    return back


def features(text: str) -> Indices:
    """Return the sorted distinct buckets (0 <= i < 2**BITS) that a text fills; linear in it."""
    data = np.frombuffer(clean(text).encode("utf-8", "ignore"), dtype=np.uint8)
    wide = data.astype(np.uint64) + np.uint64(1)
    parts: list[Indices] = []
    hashes = wide
    for order in range(2, ORDERS[-1] + 1):
        if len(wide) < order:
            break
        hashes = hashes[:-1] * _PRIME + wide[order - 1 :]
        if order in ORDERS:
            parts.append(_buckets(hashes, order))
    words = _words(data)
    if len(words):
        parts.append(_buckets(words, 11))
    if len(words) > 1:
        parts.append(_buckets(words[:-1] * _MIX + words[1:], 12))
    if len(words) > 2:
        parts.append(_buckets(words[:-2] * _MIX + words[2:], 13))
    return distinct(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int32)
