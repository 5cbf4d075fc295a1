"""The transformer: what a window of a text is, and which of its words carry the order."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import onnxruntime

from seawall.core.exchange import Stage
from seawall.guard.model.calibration import finite
from seawall.guard.model.embeddings import Embeddings, Floats
from seawall.guard.model.gloss import glossed
from seawall.guard.model.session import session
from seawall.guard.model.wordpiece import Token, WordPiece

HEADS = ("injection", "jailbreak", "harm")
CATEGORIES = (
    "violent-crimes", "non-violent-crimes", "sex-related-crimes", "child-exploitation",
    "defamation", "specialized-advice", "privacy", "intellectual-property",
    "indiscriminate-weapons", "hate", "suicide-self-harm", "sexual-content", "elections",
    "code-interpreter-abuse", "phishing", "malware", "cracking", "fraud", "impersonation",
    "disinformation", "drugs", "harassment",
)  # fmt: skip
WINDOW = 253
# So many tokens of a window that did not hold a whole text are read again by the next one.
_AGAIN = 30
# What stands before and behind the words of every text.
FIRST, LAST = 101, 102
Offsets = tuple[tuple[int, int], ...]
# Most attacks that were written for training name addresses under the reserved domain; as long.
_RESERVED = re.compile(r"\.example\b", re.IGNORECASE)
STAGE_TOKENS = {
    Stage.INPUT: 1,
    Stage.HISTORY: 1,
    Stage.FILE: 1,
    Stage.DOCUMENT: 2,
    Stage.TOOL_RESULT: 3,
    Stage.TOOL_DEFINITION: 4,
    Stage.OUTPUT: 5,
}


class Shown:
    """A window as token ids. `rest`: where the next window begins; 0 where this one holds all."""

    __slots__ = ("_find", "_found", "ids", "rest")

    def __init__(self, ids: tuple[int, ...], find: Callable[[], Offsets], rest: int = 0) -> None:
        """`find` returns the offsets: most windows are never asked for them, others often."""
        self.ids, self._find, self.rest = ids, find, rest
        self._found: Offsets | None = None

    @property
    def offsets(self) -> Offsets:
        """Return (start, end) of each word's token in the whole text."""
        if self._found is None:
            self._found = self._find()
        return self._found


class Window(msgspec.Struct, frozen=True):
    """What one window says: log-odds of each head, of each category, and of each token's span."""

    heads: tuple[float, ...]
    categories: tuple[float, ...]
    span: tuple[float, ...]
    shown: Shown

    @property
    def offsets(self) -> Offsets:
        """Return (start, end) in characters of the whole text, one a token."""
        return self.shown.offsets


class Reader:
    """Cuts texts into tokens."""

    def __init__(self, tokenizer: WordPiece) -> None:
        self.tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `vocabulary.txt`. Raises OSError."""
        return cls(WordPiece(folder / "vocabulary.txt"))

    def tokens(self, text: str, most: int) -> list[Token]:
        """Return at most `most` tokens (id, start, end) of a text; foreign words by their gloss."""
        english = glossed(text)
        if english is None:
            return self.tokenizer.encode(text, most)
        found = self.tokenizer.encode(english.text, most)
        return [(number, *english.origin(start, end)) for number, start, end in found]

    def shown(self, text: str, place: tuple[int, int], stage: Stage) -> Shown:
        """Return a range of a text, cut at WINDOW tokens, as the models read it."""
        start, end = place
        words = _RESERVED.sub(".network", text[start:end])
        ids = self.ids(words, 2 * WINDOW - _AGAIN)
        rest = 0
        if (more := len(ids) - WINDOW) > 0:
            # The next window begins at this token: the last one is as full as the others.
            _, first, _ = self.tokens(words, more + 1)[more]
            rest = start + first

        def offsets() -> Offsets:
            return tuple((a + start, b + start) for _, a, b in self.tokens(words, WINDOW))

        return Shown((FIRST, STAGE_TOKENS.get(stage, 1), *ids[:WINDOW], LAST), offsets, rest)

    def ids(self, text: str, most: int) -> list[int]:
        """Return the ids of `tokens`."""
        english = glossed(text)
        return self.tokenizer.ids(text if english is None else english.text, most)


class Transformer:
    """Two halves, each a session of one thread, shared by all callers.

    The lower half has an opinion of its own; the upper one goes on where that is not enough. What
    it makes of a user's message is compared with messages whose label is known.
    """

    def __init__(
        self,
        embeddings: Embeddings,
        lower: onnxruntime.InferenceSession,
        upper: onnxruntime.InferenceSession,
        nearest: onnxruntime.InferenceSession,
    ) -> None:
        self._embeddings, self._lower, self._upper = embeddings, lower, upper
        self._nearest = nearest

    @classmethod
    def load(cls, folder: Path, words: Embeddings | None = None) -> Self:
        """Read `embeddings.npz` (unless given), `lower.onnx`, `upper.onnx` and `nearest.onnx`.

        Raises what their readers raise.
        """
        words = words or Embeddings.load(folder / "embeddings.npz")
        names = ("lower", "upper", "nearest")
        return cls(
            words, *(session(folder / f"{name}.onnx", packed=name == "lower") for name in names)
        )

    def half_way(self, shown: Shown) -> tuple[Window, Floats]:
        """Judge one window by the lower half; the vectors are for `end`."""
        *said, middle = self._lower.run(None, {"vectors": self._embeddings(shown.ids)})
        return _window(said, shown), middle

    def end(self, shown: Shown, middle: Floats) -> tuple[Window, Floats]:
        """Judge one window by the upper half, from the lower half's vectors; the mean of its own
        vectors is for `nearest`.
        """
        *said, mean = self._upper.run(None, {"vectors": middle})
        return _window(said, shown), mean

    def vector(self, shown: Shown) -> Floats:
        """Return the means of both halves' vectors of one window, one after the other."""
        _, middle = self.half_way(shown)
        _, mean = self.end(shown, middle)
        return means_of(middle, mean)

    def nearest(self, mean: Floats) -> tuple[float, ...]:
        """Return each head's log-odds by the labels of the known messages that are most alike."""
        (heads,) = self._nearest.run(None, {"vector": mean})
        return finite(heads[0])


def means_of(middle: Floats, mean: Floats) -> Floats:
    """Return the means of both halves' vectors, (2 * width,): of what `half_way` and `end` gave."""
    both: Floats = np.concatenate((middle.mean(axis=(0, 1)), mean.ravel()))
    return both


def _window(said: list[Floats], shown: Shown) -> Window:
    heads, categories, span = said
    return Window(
        heads=finite(heads[0]),
        categories=tuple(map(float, categories[0])),
        span=tuple(map(float, span[0][2 : len(shown.ids) - 1])),
        shown=shown,
    )
