"""Hashed features of a text for the linear model: letters, words, pairs of words. numpy only."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from seawall.guard.model.powers import MIX, PRIME, Hashes, powers

BITS = 21
ORDERS = (3, 4, 5)
ADDRESS = re.compile(
    r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}|https?://[^\s\"'<>)\]]{1,300}"
    r"|\b(?:[\w\-]{1,63}\.){1,4}(?:example|test|invalid|com|org|net|io|co|app|dev)\b[^\s\"'<>)\],]{0,200}"
)
# What every address holds; most prose has none.
_MAYADDRESS = re.compile(r"\.[\w\-]|://")
_BYTES = np.arange(256)
# Letters, digits and every byte of a non-ASCII character are word bytes.
_IS_WORD = ((_BYTES >= 97) & (_BYTES <= 122)) | ((_BYTES >= 48) & (_BYTES <= 57)) | (_BYTES >= 128)
_SHIFT = np.uint64(64 - BITS)
Indices = npt.NDArray[np.int32]


def clean(text: str) -> str:
    """Return the text in lower case with single spaces, a space at either end.

    Without addresses: those of written attacks and of harmless texts differ for no good reason.
    """
    lower = text.lower()
    if "." in lower and _MAYADDRESS.search(lower):
        lower = ADDRESS.sub(" ", lower)
    return f" {' '.join(lower.split())} "


def _salted(hashes: Hashes, salt: int) -> Hashes:
    return hashes ^ np.uint64(salt * 0x2545F4914F6CDD1D & 0xFFFFFFFFFFFFFFFF)


def buckets(parts: list[Hashes]) -> Indices:
    """Return the bucket of each salted hash."""
    mixed = np.concatenate(parts)
    mixed *= MIX
    mixed ^= mixed >> np.uint64(29)
    mixed *= PRIME
    mixed >>= _SHIFT
    return mixed.astype(np.int32)


def distinct(values: Indices) -> Indices:
    """Return each value once, in order: numpy.unique in a tenth of its time."""
    values.sort()
    first = np.empty(len(values), dtype=np.bool_)
    first[:1] = True
    np.not_equal(values[1:], values[:-1], out=first[1:])
    # A boolean index takes twice the time of these two.
    return values.take(np.flatnonzero(first))


def _words(data: npt.NDArray[np.uint8], wide: Hashes) -> tuple[Hashes, npt.NDArray[np.intp]]:
    """Return a hash of every word, in order, and where it stands. `wide`: the bytes plus one."""
    inside = _IS_WORD[data]
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2] + 1, edges[1::2] + 1
    if not len(starts):
        return np.zeros(0, dtype=np.uint64), starts
    size = len(data)
    up, down = powers(size)
    total = np.zeros(size + 1, dtype=np.uint64)
    np.cumsum(wide * up[:size], out=total[1:])
    # Shifted back to the start of the text, so that a word hashes alike wherever it stands.
    back: Hashes = (total[ends] - total[starts]) * down[starts]
    return back, starts


def _bytes(text: str) -> bytes:
    return clean(text).encode("utf-8", "ignore")


def hashed(data: npt.NDArray[np.uint8]) -> tuple[list[Hashes], npt.NDArray[np.intp]]:
    """Return the salted hashes of all features of a clean text's bytes, and where its words stand.

    In order: runs of 3, 4 and 5 bytes by where they begin, words, each word with the next one, and
    with the one after that.
    """
    wide = data.astype(np.uint64) + np.uint64(1)
    parts: list[Hashes] = []
    hashes = wide
    for order in range(2, ORDERS[-1] + 1):
        hashes = hashes[:-1] * PRIME + wide[order - 1 :]
        if order in ORDERS:
            parts.append(_salted(hashes, order))
    words, starts = _words(data, wide)
    mixed = words * MIX
    parts.append(_salted(words, 11))
    parts.append(_salted(mixed[:-1] + words[1:], 12))
    parts.append(_salted(mixed[:-2] + words[2:], 13))
    return parts, starts


def features(text: str) -> Indices:
    """Return the sorted distinct buckets (0 <= i < 2**BITS) that a text fills; linear in it."""
    parts, _ = hashed(np.frombuffer(_bytes(text), dtype=np.uint8))
    return distinct(buckets(parts))


def together(groups: Sequence[Sequence[str]]) -> tuple[Indices, npt.NDArray[np.intp]]:
    """Return the features of several groups of texts one after another, and where each begins.

    For each group what `distinct` makes of the `features` of its texts; the bounds are one more
    than the groups. Many short texts cost little more than one. At most a thousand groups.
    """
    parts = [(number, _bytes(text)) for number, texts in enumerate(groups) for text in texts]
    data = np.frombuffer(b"".join(part for _, part in parts), dtype=np.uint8)
    sizes = [len(part) for _, part in parts]
    piece = np.repeat(np.arange(len(parts), dtype=np.int32), sizes)
    # Which group a feature belongs to; what goes over the end of a text belongs to none.
    group = np.array([number for number, _ in parts], dtype=np.int32)
    hashes, owners = _side_by_side(data, piece, group, np.int32(len(groups)))
    found = distinct(buckets(hashes) | owners << BITS)
    bounds = np.searchsorted(found, np.arange(len(groups) + 1, dtype=np.int32) << BITS)
    return found[: bounds[-1]] & ((1 << BITS) - 1), bounds


def _side_by_side(
    data: npt.NDArray[np.uint8], piece: Indices, group: Indices, nobody: np.int32
) -> tuple[list[Hashes], Indices]:
    """Return the salted hashes of texts that stand one behind the other, and whose each is."""
    owners: list[Indices] = []
    alone = group.tolist() == [*range(nobody)]  # each group is one text

    def add(first: Indices, last: Indices) -> None:
        whose = first if alone else group[first]
        owners.append(whose if first is last else np.where(first == last, whose, nobody))

    parts, starts = hashed(data)
    for order in ORDERS:
        add(piece[: 1 - order], piece[order - 1 :])
    at = piece[starts]
    add(at, at)
    for apart in (1, 2):
        add(at[:-apart], at[apart:])
    return parts, np.concatenate(owners)
