"""Which sentences of an outsider's text may be tasks: by their words, and by how far these are from
the words around. A glance, so that the topic model has few sentences to read.
"""

import re
from itertools import chain
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.guard.model.calibration import finite
from seawall.guard.model.embeddings import Embeddings, Floats
from seawall.guard.model.gloss import glossed
from seawall.guard.model.transformer import Reader

Range = tuple[int, int]
Ints = npt.NDArray[np.intp]
# Sentences shorter say too little; longer ones are cut.
SHORTEST, LONGEST = 8, 300
# A text is glanced over in blocks of so many characters.
BLOCK = 9_000
# So many of a block's sentences are read at most.
MOST = 2
# Only so many, the likeliest by their words, are compared with the words around.
COMPARED = 12
# How a sentence begins tells most: so many pieces have weights of their own.
FIRST = 3
# Sentences are told apart by how many pieces they have, in steps of five.
SIZES, STEP = 10, 5
# Where a sentence ends: behind its stop, at a short line's end or one after which no small letter
# goes on, at the end of a cell, a tag, its value or a JSON text, a line break written as two signs.
# All begin with a sign of the first class: the search then looks at nothing else. A stop belongs to
# its sentence: what stands behind it is a group.
_END = re.compile(
    r"[.!?…。！？\n\\\"\s;<>=,](?:"
    r"(?<=[.!?…])([\"')\]»”’]*(?:\s+|(?=[\"<])))|(?<=[。！？])()"
    r"|(?<=\n)(?![a-z])|(?<![^\n]{45}\n)(?<=\n)|(?<=\\)n|(?<=\")\s*[:,]\s*\"?"
    r"|(?<=\s)\|\s|(?<=\t)|(?<= ) +|(?<=;)(?<!\d;)|(?<=;)(?! ?\d)|(?<=<)[^<>\s]{1,40}>|(?<=[<>])"
    r"|(?<==)[\"']|(?<=,)(?<![\d\u3000-\u9fff],)(?! )|(?<=,)(?<![\u3000-\u9fff],)(?![ \d]))"
)
# What stands before a sentence and is no part of it: quotes, brackets, marks of comments, lists and
# cells, an item's number, who says it.
_BEFORE = re.compile(
    r"\[[^\[\]\n]{1,20}\]|[\s\"'“”„‘’«»(\[{|!•–—*#/%★☆>=;,\]-]+|(?:\d{1,3}|[A-Za-z])[.)]\s+"
    r"|\d{1,2}:\d\d(?::\d\d)?(?=[\s\]])"
    r"|(?!(?i:ai|assistant|agent|bot)s?\b)[^\W\d_][\w.'-]{0,14}(?: [\w.'-]{1,15})?"
    r"(?: \([^()\n]{1,20}\))?:(?=\s+\S.{15})"
)
_QUESTION = re.compile(r"[?？؟;]")


class Candidate(msgspec.Struct, frozen=True):
    """A sentence (start, end) that may be a task, and how likely at a glance (log-odds).

    `others`: what else in its block may be one.
    """

    place: Range
    odds: float
    others: tuple[Range, ...] = ()


def sentences(text: str) -> list[Range]:
    """Return where a text's sentences stand, those too short left out. Linear in the text."""
    found: list[Range] = []
    start = 0
    ends = (one.span(one.lastindex or 0) for one in _END.finditer(text))
    for end, following in (*ends, (len(text), len(text))):
        while end - start > LONGEST:
            space = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
            cut = space if space > 0 else start + LONGEST
            found.append((start, cut))
            start = cut
        if end > start:
            found.append((start, end))
        start = following
    bare = (_stripped(text, *place) for place in found)
    return [(first, last) for first, last in bare if last - first >= SHORTEST]


def _stripped(text: str, start: int, end: int) -> Range:
    """Return a range without the blanks around it and what stands before it."""
    while (before := _BEFORE.match(text, start, end)) is not None:
        start = before.end()
    last = start + len(text[start:end].rstrip())
    return start, last


class Candidates:
    """Weights of word pieces (training/candidates.py). Thread-safe."""

    def __init__(
        self, arrays: dict[str, npt.NDArray[np.generic]], reader: Reader, words: Embeddings
    ) -> None:
        self._reader, self._words = reader, words
        self._pieces = arrays["pieces"].astype(np.float32) * float(arrays["scale"][0])
        self._extra = arrays["extra"].astype(np.float32)
        self._factors = arrays["factors"].astype(np.float32)
        self._rarity = arrays["rarity"].astype(np.float32)
        self._mean = arrays["mean"].astype(np.float32)
        self._common = arrays["common"].astype(np.float32)
        self._by_words, self._by_topic, self._bias, self.least = map(float, arrays["glance"])

    @classmethod
    def load(cls, path: Path, reader: Reader, words: Embeddings) -> Self:
        """Read the weights. Raises OSError, ValueError, KeyError."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls({name: arrays[name] for name in arrays.files}, reader, words)

    def of(self, text: str) -> list[Candidate]:
        """Return the sentences of a text that may be tasks, at most MOST a block. Linear in it."""
        found: list[Candidate] = []
        for places in _blocks(sentences(text)):
            odds = self.odds(text, places)
            likely = [place for place, said in zip(places, odds, strict=True) if said >= self.least]
            for i in np.argsort(-odds, kind="stable")[:MOST].tolist():
                if odds[i] >= self.least:
                    others = tuple(place for place in likely if place != places[i])
                    found.append(Candidate(places[i], float(odds[i]), others))
        return found

    def odds(self, text: str, places: list[Range]) -> Floats:
        """Return how likely each of a block's sentences is a task (log-odds).

        Raises ValueError where the numbers are none: these are below every threshold.
        """
        ids, counts = self._tokens(text, places)
        signs = signs_of(text, places, counts)
        by_words = weighed(self._pieces, self._extra, ids, counts, signs)
        compared = np.argsort(-by_words, kind="stable")[:COMPARED]
        near = np.ones(len(places), dtype=np.float32)
        near[compared] = self._nearness(ids, counts, compared)
        said = self._by_words * by_words + self._by_topic * near + self._bias
        finite([said.sum()])
        return said.astype(np.float32)

    def _tokens(self, text: str, places: list[Range]) -> tuple[Ints, Ints]:
        """Return the pieces of all sentences one behind the other, and how many each has."""
        first, last = places[0][0], places[-1][1]
        if glossed(text[first:last]) is None:
            each = [self._reader.tokenizer.ids(text[slice(*place)], LONGEST) for place in places]
            counts = np.array(list(map(len, each)), dtype=np.intp)
            return np.fromiter(chain.from_iterable(each), np.intp, int(counts.sum())), counts
        tokens = self._reader.tokens(text[first:last], last - first + 1)
        starts = np.array([start + first for _, start, _ in tokens], dtype=np.intp)
        ids = np.array([number for number, _, _ in tokens], dtype=np.intp)
        return sorted_in(starts, ids, places)

    def _nearness(self, ids: Ints, counts: Ints, chosen: Ints) -> Floats:
        """Return the cosine of some sentences' mean words with that of all others of the block."""
        own, rest = self._sums(ids, counts, chosen)
        near: Floats = (self._plain(*own) * self._plain(*rest)).sum(1)
        return near

    def _sums(
        self, ids: Ints, counts: Ints, chosen: Ints
    ) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Return the sums of word vectors and of their weights: of some sentences, and of all
        others of the block.
        """
        once, times = np.unique(ids, return_counts=True)
        all_of = self._words.times(once, self._factors)
        # No product of matrices: a larger one wakes BLAS's own threads, which takes longer.
        all_of *= times.astype(np.float32)[:, None]
        total, weight = all_of.sum(0), float((times * self._rarity[once]).sum())
        starts = np.cumsum(counts) - counts
        parts = [ids[starts[at] : starts[at] + counts[at]] for at in chosen.tolist()]
        flat = np.concatenate(parts) if parts else ids[:0]
        sums = summed(self._words.times(flat, self._factors), counts[chosen])
        weights = summed(self._rarity[flat][:, None], counts[chosen])[:, 0]
        return (sums, weights), (total - sums, weight - weights)

    def _plain(self, sums: Floats, weights: Floats) -> Floats:
        """Return means of unit length without what all texts have in common."""
        means = sums / np.maximum(weights, np.float32(1e-6))[:, None] - self._mean
        means -= (means @ self._common.T) @ self._common
        unit: Floats = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
        return unit


def sorted_in(starts: Ints, ids: Ints, places: list[Range]) -> tuple[Ints, Ints]:
    """Return the pieces that stand in a range, and how many each of the ranges holds."""
    begins = np.array([start for start, _ in places], dtype=np.intp)
    ends = np.array([end for _, end in places], dtype=np.intp)
    of = np.searchsorted(begins, starts, side="right") - 1
    inside = (of >= 0) & (starts < ends[np.maximum(of, 0)])
    return ids[inside], np.bincount(of[inside], minlength=len(places)).astype(np.intp)


def signs_of(text: str, places: list[Range], counts: Ints) -> Ints:
    """Return two signs a sentence: whether it asks, and its size class."""
    asks = [_QUESTION.search(text, *place) is not None for place in places]
    sizes = 2 + np.minimum(counts // STEP, SIZES - 1)
    return np.stack([np.array(asks, dtype=np.intp), sizes], axis=1)


def weighed(pieces: Floats, extra: Floats, ids: Ints, counts: Ints, signs: Ints) -> Floats:
    """Return each sentence's log-odds by its words.

    `pieces` (2, vocabulary): weights of a sentence's first pieces, and of all; `extra`: of no
    question, a question and each size class, then the bias; `counts`: pieces a sentence.
    """
    starts = np.cumsum(counts) - counts
    place = np.arange(len(ids)) - np.repeat(starts, counts)
    each = pieces[1][ids] + np.where(place < FIRST, pieces[0][ids], 0.0)
    totals = summed(each[:, None], counts)[:, 0] + extra[signs].sum(1)
    odds: Floats = totals / np.sqrt(counts + np.minimum(counts, FIRST) + 2) + extra[-1]
    return odds


def summed(values: Floats, counts: Ints) -> Floats:
    """Return the sums (sentences, width) of values that stand one behind the other."""
    sums = np.zeros((len(counts), values.shape[1]), dtype=np.float32)
    some = np.flatnonzero(counts)
    if len(some):
        starts = np.cumsum(counts) - counts
        sums[some] = np.add.reduceat(values, starts[some], axis=0)
    return sums


def _blocks(places: list[Range]) -> list[list[Range]]:
    """Return sentences in groups of about BLOCK characters."""
    found: list[list[Range]] = []
    for place in places:
        if not found or place[1] - found[-1][0][0] > BLOCK:
            found.append([])
        found[-1].append(place)
    return found
