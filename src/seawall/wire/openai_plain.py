"""The usual answers of a provider, read in a tenth of the time: one choice, a text, no more.

Everything else is read the strict way (`openai_answer`), and so is what two readers could read
differently: a key of these that stands there twice or may hide behind escapes, and what is nested
too deep. What is read is written anew in any case.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec


class _Text(msgspec.Struct):
    content: str | None = None
    refusal: msgspec.Raw | None = None
    tool_calls: msgspec.Raw | None = None
    function_call: msgspec.Raw | None = None

    @property
    def plain(self) -> bool:
        return self.refusal is self.tool_calls is self.function_call is None


class _Delta(msgspec.Struct):
    delta: _Text
    index: int
    finish_reason: msgspec.Raw | None = None


class _Chunk(msgspec.Struct):
    choices: tuple[_Delta]
    usage: msgspec.Raw | None = None
    error: msgspec.Raw | None = None


class _Message(msgspec.Struct):
    message: _Text
    index: int
    finish_reason: str | None = None
    stop_reason: str | int | None = None


class _Completion(msgspec.Struct):
    choices: tuple[_Message]
    usage: dict[str, Any] | None = None
    error: msgspec.Raw | None = None


_NEXT = "\n\n"
_CHUNK = msgspec.json.Decoder(_Chunk)
_COMPLETION = msgspec.json.Decoder(_Completion)
_COMMON = ("choices", "index", "content", "finish_reason", "error", "usage")
_CHUNK_KEYS = tuple(f'"{key}"' for key in (*_COMMON, "delta"))
_COMPLETION_KEYS = tuple(
    f'"{key}"'.encode()
    for key in (
        *_COMMON,
        "message",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "cached_tokens",
        "cache_write_tokens",
        "prompt_cache_hit_tokens",
        "cache_creation_input_tokens",
        "reasoning_tokens",
    )
)
_CONTENT = re.compile(r'"content"\s*:\s*"')
# A key of these written with an escape: nobody escapes a small letter or `_` without need.
_ESCAPED = re.compile(r"\\u00(?:6[1-9a-f]|7[0-9a]|5f)", re.IGNORECASE)
_ESCAPED_BYTES = re.compile(_ESCAPED.pattern.encode(), re.IGNORECASE)


class Frame:
    """What stands around the text in a plain chunk; chunks alike differ in their text alone.

    Where a text needs no escape, another one in its place makes a chunk that reads the same.
    """

    __slots__ = ("_after", "_before", "_between", "index")

    def __init__(self, index: int, before: str, after: str) -> None:
        self.index, self._before, self._after = index, before, after
        # What stands between the texts of two chunks in a row; none where lines part a chunk too.
        self._between = "" if "\n" in before + after else f"{after}{_NEXT}{before}"

    def text(self, data: str) -> str | None:
        """Return the text of a chunk alike; None for every other chunk."""
        before, after = self._before, self._after
        if not data.startswith(before) or not data.endswith(after):
            return None
        text = data[len(before) : len(data) - len(after)]
        alike = len(data) >= len(before) + len(after) and _bare(text)
        return text if alike else None

    def texts(self, chunks: Sequence[str]) -> list[str]:
        """Return the texts of chunks that are all alike; none where one is not.

        One step for all of them: a text that stands as it is holds no sign of what parts two.
        """
        if len(chunks) == 1:
            return [] if (text := self.text(chunks[0])) is None else [text]
        before, after = self._before, self._after
        run = _NEXT.join(chunks)
        if not self._between or not run.startswith(before) or not run.endswith(after):
            return []
        if len(run) < len(before) + len(after):
            return []
        texts = run[len(before) : len(run) - len(after)].split(self._between)
        return texts if len(texts) == len(chunks) and _bare("".join(texts)) else []


def _bare(text: str) -> bool:
    """Say whether a text stands in JSON as it is."""
    return text.isprintable() and '"' not in text and "\\" not in text


def frame(data: str, index: int, text: str) -> Frame | None:
    """Return the frame of what `chunk` has read; None where its text stands there escaped."""
    found = _CONTENT.search(data)
    if found is None or not _bare(text):
        return None
    start, end = found.end(), found.end() + len(text)
    if not data.startswith(text, start) or data[end : end + 1] != '"':
        return None
    return Frame(index, data[:start], data[end:])


def chunk(data: str) -> tuple[int, str] | None:
    """Return index and text of a chunk that brings nothing else; None for every other one."""
    try:
        value = _CHUNK.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    (choice,) = value.choices
    delta = choice.delta
    if value.usage is not None or value.error is not None or choice.finish_reason is not None:
        return None
    if delta.refusal is not None or delta.tool_calls is not None or delta.function_call is not None:
        return None
    if (text := delta.content) is None or not 0 <= choice.index < 64:
        return None
    for key in _CHUNK_KEYS:
        if data.count(key) > 1:
            return None
    if "\\u00" in data and _ESCAPED.search(data) is not None:
        return None
    return choice.index, text


def completion(body: bytes) -> tuple[str, str | None, dict[str, Any] | None] | None:
    """Return text, finish reason and usage of a whole answer, or None."""
    try:
        value = _COMPLETION.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    choice = value.choices[0]
    text = choice.message.content
    if text is None or value.error is not None or choice.index or not choice.message.plain:
        return None
    if choice.stop_reason is not None:
        return None
    for key in _COMPLETION_KEYS:
        if body.count(key) > 1:
            return None
    if b"\\u00" in body and _ESCAPED_BYTES.search(body) is not None:
        return None
    return text, choice.finish_reason, value.usage
