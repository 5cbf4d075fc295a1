"""The letters of a text, and selections of them in which another text could be hidden."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import msgspec
import numpy as np
import numpy.typing as npt

from seawall.guard.registered.letters import folded_words, letters, places
from seawall.guard.rolling import Codes, codes

Indexes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
# Two Chinese characters or kana stand for a word: nothing parts words there.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]{1,2}|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)
VOWELS = codes("aeiouy")
_STRIDES = (2, 3)


class Stream(msgspec.Struct):
    """Letters chosen from a text. `places` works out where each starts and ends in the text."""

    kind: str
    letters: Codes
    places: Callable[[], tuple[Indexes, Indexes]]


class Spelled:
    """A text as letters without digits, with the word and place of each."""

    def __init__(self, text: str) -> None:
        self.text = text
        points = codes(letters(text))
        self._kept = (points < ord("0")) | (points > ord("9"))
        self.letters = points[self._kept]

    @cached_property
    def places(self) -> Indexes:
        """The index in the text of each letter."""
        return places(self.text)[self._kept]

    @cached_property
    def words(self) -> list[tuple[int, int]]:
        """The ranges of words in the text."""
        return [match.span() for match in _WORD.finditer(self.text)]

    @cached_property
    def folded(self) -> list[str]:
        """The letters of each word."""
        return folded_words(self.text[start:end] for start, end in self.words)

    @cached_property
    def word_of(self) -> Indexes:
        """The index of each letter's word."""
        return np.searchsorted([start for start, _ in self.words], self.places, "right") - 1

    def _stream(self, kind: str, chosen: Indexes | Mask | slice) -> Stream:
        def where() -> tuple[Indexes, Indexes]:
            at = self.places[chosen]
            return at, at + 1

        return Stream(kind, self.letters[chosen], where)

    def plain(self) -> Stream:
        """Return all letters."""
        return self._stream("letters", slice(None))

    def consonants(self) -> Stream:
        """Return what is left without vowels."""
        return self._stream("consonants", ~np.isin(self.letters, VOWELS))

    def hidden(self) -> Iterator[Stream]:
        """Yield every second and third letter and word, and first letters of words and lines."""
        for step in _STRIDES:
            for first in range(step):
                yield self._stream("every nth letter", slice(first, None, step))
                yield self._stream("every nth word", self.word_of % step == first)
        yield self._stream("first letters", _changes(self.word_of))
        ends = [match.start() for match in re.finditer(r"\n", self.text)]
        if ends:
            yield self._stream("first letters", _changes(np.searchsorted(ends, self.places)))

    def only(self, known: frozenset[str]) -> Stream:
        """Return the letters of words in `known`: fillers, keys and numbers fall away."""
        told = np.array([word in known for word in self.folded] or [False])
        return self._stream("known words", told[self.word_of])

    def backwards(self) -> Stream:
        """Return the words from the last to the first."""
        return self._stream("words backwards", np.argsort(-self.word_of, kind="stable"))

    def turned(self) -> Stream:
        """Return the letters from the last to the first."""
        return self._stream("letters turned round", slice(None, None, -1))

    def words_turned(self) -> Stream:
        """Return each word from its last letter to its first."""
        order = np.lexsort((-np.arange(len(self.letters)), self.word_of))
        return self._stream("words turned round", order)


def _changes(values: Indexes) -> Indexes:
    """Return where a new value begins."""
    changed = np.flatnonzero(values[1:] != values[:-1]) + 1
    return np.concatenate((np.zeros(min(1, len(values)), np.int64), changed))


def joined(kind: str, pieces: Sequence[tuple[str, int, int]]) -> Stream:
    """Return the letters of pieces (letters, start, end in the text), each as a whole."""

    def where() -> tuple[Indexes, Indexes]:
        counts = [len(piece) for piece, _, _ in pieces]
        starts = np.repeat(_array(start for _, start, _ in pieces), counts)
        return starts, np.repeat(_array(end for _, _, end in pieces), counts)

    return Stream(kind, codes("".join(piece for piece, _, _ in pieces)), where)


def _array(values: Iterable[int]) -> Indexes:
    return np.fromiter(values, np.int64)
