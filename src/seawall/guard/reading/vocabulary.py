"""Common words of a dozen languages: they tell text from noise and find where words part."""

import math
from collections.abc import Set
from functools import cache, lru_cache
from importlib import resources

LONGEST = 18
_CHUNK, _WORD = 500, 48
# What so many letters do not begin can only be a shorter word.
_HEAD = 4
_SHORT = tuple(range(1, _HEAD))
_UNKNOWN_CHARACTER = 11.0


@cache
def ranks() -> dict[str, int]:
    """Return the words, most common first, with their rank (see scripts/build_vocabulary.py)."""
    source = resources.files("seawall.guard.reading") / "vocabulary.txt"
    lines = source.read_text(encoding="utf-8").split("\n")
    return {word: rank for rank, word in enumerate(lines) if word}


@cache
def words() -> frozenset[str]:
    """Return the common words, lower case."""
    return frozenset(ranks())


def known(word: str) -> bool:
    """Return whether a lower-case word is common."""
    return word in words()


@cache
def _costs() -> dict[str, float]:
    """Return -log P of each word under Zipf's law: P(rank r) ~ 1 / (r ln N)."""
    log_size = math.log(len(ranks()))
    return {word: math.log((rank + 2) * log_size) for word, rank in ranks().items()}


def segment(letters: str) -> list[str]:
    """Return lower-case letters cut into the most likely words (Viterbi, unigrams).

    Linear in the text: at most LONGEST look-ups a character. Unknown stretches stay together.
    """
    if len(letters) > _CHUNK:
        chunks = range(0, len(letters), _CHUNK)
        return [word for at in chunks for word in segment(letters[at : at + _CHUNK])]
    return list(_known_cut(letters) if len(letters) <= _WORD else _cut(letters))


@lru_cache(maxsize=8192)
def _known_cut(letters: str) -> tuple[str, ...]:
    return tuple(_cut(letters))


@cache
def sizes_by_head() -> dict[str, tuple[int, ...]]:
    """Return how long the words are that begin with _HEAD letters, or are the first of them."""
    costs = _costs()
    found: dict[str, list[int]] = {}
    for word in costs:
        if _HEAD <= len(word) <= LONGEST:
            found.setdefault(word[:_HEAD], []).append(len(word))
    for head, sizes in found.items():
        sizes += [size for size in _SHORT if head[:size] in costs]
    return {head: tuple(sorted(set(sizes))) for head, sizes in found.items()}


def _cut(letters: str) -> list[str]:
    costs, sizes, size = _costs(), sizes_by_head(), len(letters)
    best = [math.inf] * (size + LONGEST)
    best[0] = 0.0
    cut = [0] * (size + LONGEST)
    for start in range(size):
        so_far, lengths = best[start], sizes.get(letters[start : start + _HEAD], _SHORT)
        # On equal terms a letter stays unknown, and words that begin sooner come first.
        if so_far + _UNKNOWN_CHARACTER <= best[start + 1]:
            best[start + 1], cut[start + 1] = so_far + _UNKNOWN_CHARACTER, -start - 1
        for length in lengths:
            cost = costs.get(letters[start : start + length])
            if cost is not None and so_far + cost < best[start + length]:
                best[start + length], cut[start + length] = so_far + cost, start
    found: list[str] = []
    end, unknown = size, ""
    while end > 0:
        if cut[end] < 0:
            unknown = letters[end - 1] + unknown
            end -= 1
            continue
        if unknown:
            found.append(unknown)
            unknown = ""
        found.append(letters[cut[end] : end])
        end = cut[end]
    if unknown:
        found.append(unknown)
    return found[::-1]


_LEAST_PARTS = 3


def parts_in(letters: str, most: int, some: Set[str]) -> bool:
    """Return whether three to `most` common words make up lower-case letters, one of them in some."""
    costs, sizes, size = _costs(), sizes_by_head(), len(letters)
    ends = {at for at in range(1, size) if letters[at:] in costs}
    # Where words end, and whether one of some is among them.
    reached = {0: False}
    for count in range(2, most + 1 if ends else 0):
        further: dict[int, bool] = {}
        for start, met in reached.items():
            for length in sizes.get(letters[start : start + _HEAD], _SHORT):
                end, word = start + length, letters[start : start + length]
                if end < size and word in costs:
                    further[end] = met or word in some or further.get(end, False)
        reached = further
        last = ends.intersection(reached) if count >= _LEAST_PARTS else ()
        if any(reached[at] or letters[at:] in some for at in last):
            return True
    return False


def plausible(parts: list[str]) -> bool:
    """Return whether a segmentation reads as text: long enough words, nearly all known."""
    letters = sum(map(len, parts))
    sound = sum(len(word) for word in parts if known(word))
    return len(parts) > 1 and sound >= 0.75 * letters and letters >= 3.2 * len(parts)
