"""The transformer: what a window of a text is, and which of its words carry the order."""

from pathlib import Path
from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime

from seawall.core.exchange import Stage
from seawall.guard.model.wordpiece import Token, WordPiece

HEADS = ("injection", "jailbreak", "harm")
CATEGORIES = (
    "violent-crimes", "non-violent-crimes", "sex-related-crimes", "child-exploitation",
    "defamation", "specialized-advice", "privacy", "intellectual-property",
    "indiscriminate-weapons", "hate", "suicide-self-harm", "sexual-content", "elections",
    "code-interpreter-abuse", "phishing", "malware", "cracking", "fraud", "impersonation",
    "disinformation", "drugs", "harassment",
)  # fmt: skip
WINDOW = 189
_FIRST, _LAST = 101, 102
STAGE_TOKENS = {
    Stage.INPUT: 1,
    Stage.HISTORY: 1,
    Stage.FILE: 1,
    Stage.DOCUMENT: 2,
    Stage.TOOL_RESULT: 3,
    Stage.TOOL_DEFINITION: 4,
    Stage.OUTPUT: 5,
}
Floats = npt.NDArray[np.float32]


class Window(msgspec.Struct, frozen=True):
    """What one window says: log-odds of each head, of each category, and of each token's span.

    `offsets`: (start, end) in characters of the whole text, one a token.
    """

    heads: tuple[float, ...]
    categories: tuple[float, ...]
    span: tuple[float, ...]
    offsets: tuple[tuple[int, int], ...]


class Transformer:
    """The session and its tokenizer; one thread, shared by all callers."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: WordPiece) -> None:
        self._session, self._tokenizer = session, tokenizer

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `transformer.onnx` and `vocabulary.txt`. Raises what their readers raise."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(folder / "transformer.onnx"), options, providers=["CPUExecutionProvider"]
        )
        return cls(session, WordPiece(folder / "vocabulary.txt"))

    def read(self, text: str, ranges: list[tuple[int, int]], stage: Stage) -> list[Window]:
        """Judge ranges of a text, each a window (cut at WINDOW tokens)."""
        found: list[Window] = []
        for start, end in ranges:
            tokens = self._tokenizer.encode(text[start:end], WINDOW)
            found.append(self._window(tokens, start, STAGE_TOKENS.get(stage, 1)))
        return found

    def _window(self, tokens: list[Token], start: int, stage: int) -> Window:
        ids = np.array([[_FIRST, stage, *(token[0] for token in tokens), _LAST]], dtype=np.int64)
        heads, categories, span = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})
        return Window(
            heads=tuple(map(float, heads[0])),
            categories=tuple(map(float, categories[0])),
            span=tuple(map(float, span[0][2 : 2 + len(tokens)])),
            offsets=tuple((token[1] + start, token[2] + start) for token in tokens),
        )
