"""What the tagger's network is given: of each token the sum of the vectors of its features.

All but one feature belong to the word alone: what they come to is kept a word.
"""

import threading
from collections.abc import Iterable
from itertools import repeat

import numpy as np
import numpy.typing as npt

from seawall.guard.model.tokens import GAPS, Ints, Vocabulary, features, of_gaps, of_word, of_words

Floats = npt.NDArray[np.float32]
Sums = npt.NDArray[np.int16]
# So many words up to this length are kept.
_KEPT, _SHORT = 1 << 16, 24
# Up to so many new words, none longer, are worked out one by one.
_FEW = 5
# Its small letter depends on what stands beside its word.
_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"


class States:
    """The vectors of features as int8, one scale, and the sums of the words seen. Thread-safe."""

    def __init__(self, table: npt.NDArray[np.int8], scale: Floats, known: Vocabulary) -> None:
        self._table, self._scale, self._known = table, scale, known
        self._gaps: Sums = table.take(of_gaps().ravel(), axis=0).astype(np.int16)
        self._rows: dict[str, int] = {}
        self._sums: Sums = np.empty((_KEPT, table.shape[1]), dtype=np.int16)
        self._cases = np.zeros(_KEPT, dtype=np.uint8)
        self._used = 0
        self._lock = threading.Lock()

    def __call__(self, text: str, words: list[str], spans: Ints) -> Floats:
        """Return the states (tokens, width) of a text's tokens; linear in the text."""
        if _SIGMA in text:
            seen = features(text, spans, self._known)
            sums = self._table.take(seen.T, axis=0).sum(axis=0, dtype=np.int16)
        else:
            sums, case = self._of_words(words)
            place = case * GAPS
            place[1:] += np.minimum(spans[1:, 0] - spans[:-1, 1], GAPS - 1)
            sums += self._gaps.take(place, axis=0)
        states: Floats = sums.astype(np.float32) * self._scale
        return states

    def learn(self, words: Iterable[str]) -> None:
        """Work out words before a text shows them; none holds a space."""
        once = [word for word in dict.fromkeys(words) if _SIGMA not in word]
        self._keep(once, *self._worked_out(once))

    def _of_words(self, words: list[str]) -> tuple[Sums, Ints]:
        """Return the sums of words wherever they stand, and how each is written."""
        rows = np.fromiter(map(self._rows.get, words, repeat(-1)), dtype=np.intp, count=len(words))
        new = np.flatnonzero(rows < 0)
        if not len(new):
            return self._sums.take(rows, axis=0), self._cases.take(rows).astype(np.int64)
        fresh = [words[at] for at in new.tolist()]
        number = {word: at for at, word in enumerate(dict.fromkeys(fresh))}
        once = list(number)
        own, written = self._worked_out(once)
        at = np.fromiter(map(number.__getitem__, fresh), dtype=np.intp, count=len(fresh))
        first = self._keep(once, own, written)
        if first is not None:
            rows[new] = at + first
        sums, case = self._sums.take(rows, axis=0), self._cases.take(rows).astype(np.int64)
        if first is None:
            sums[new], case[new] = own[at], written[at]
        return sums, case

    def _worked_out(self, words: list[str]) -> tuple[Sums, Ints]:
        if len(words) <= _FEW and max(map(len, words)) <= _SHORT:
            each = [of_word(word, self._known) for word in words]
            seen, case = np.array([at for at, _ in each]), np.array([how for _, how in each])
            return self._table.take(seen.T, axis=0).sum(axis=0, dtype=np.int16), case
        seen, case = of_words(words, self._known)
        return self._table.take(seen.T, axis=0).sum(axis=0, dtype=np.int16), case

    def _keep(self, words: list[str], sums: Sums, cases: Ints) -> int | None:
        """Keep words; return the row of the first if all are kept, in rows one after the other."""
        short = [at for at, word in enumerate(words) if len(word) <= _SHORT]
        if len(short) < len(words):
            self._keep([words[at] for at in short], sums[short], cases[short])
            return None
        with self._lock:
            # Threads may have learnt a word at the same time: its later row counts.
            first = self._used
            self._used = last = min(first + len(words), _KEPT)
        size = last - first
        self._sums[first:last], self._cases[first:last] = sums[:size], cases[:size]
        self._rows.update(zip(words, range(first, last), strict=False))
        return first if size == len(words) else None
