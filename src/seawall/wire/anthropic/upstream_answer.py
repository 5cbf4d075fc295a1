"""A provider's message, whole or in events, as a chat answer; only known fields are read."""

from collections.abc import Iterable, Sequence
from typing import Any

from seawall.core.errors import RequestError, UpstreamError
from seawall.wire import strict_json
from seawall.wire.openai_answer import Answer, Choice, ToolDelta
from seawall.wire.usage import Usage, count, counted

Json = dict[str, Any]
_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length",
           "model_context_window_exceeded": "length", "tool_use": "tool_calls",
           "refusal": "content_filter"}  # fmt: skip
_MAX_EVENT = 4 * 1024 * 1024
_MAX_BLOCKS = 1024


def _bad(what: str) -> UpstreamError:
    return UpstreamError(f"The provider's answer cannot be read: {what}.")


def _load(body: bytes, max_bytes: int, *, halves: bool = False) -> Json:
    try:
        value = strict_json.loads(body, max_bytes=max_bytes, halves=halves)
    except RequestError as error:
        raise _bad(error.code) from None
    if not isinstance(value, dict):
        raise _bad("it is not an object")
    if value.get("type") == "error" or value.get("error"):
        raise _bad("it reports an error")
    return value


def _object(value: Any, what: str) -> Json:
    if not isinstance(value, dict):
        raise _bad(f"{what} is not an object")
    return value


def _string(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise _bad(f"{what} is not text")
    return value


def _finish(reason: Any) -> str:
    return _FINISH.get(reason, "stop") if isinstance(reason, str) else "stop"


def _sequence(value: Json) -> str | None:
    """Return the stop sequence that ended a message, as the provider names it."""
    said = value.get("stop_sequence")
    return said if value.get("stop_reason") == "stop_sequence" and isinstance(said, str) else None


class _Counted:
    """Adds up what the provider counted; cached prompt tokens count as prompt tokens."""

    _WRITTEN, _CACHED = "cache_creation_input_tokens", "cache_read_input_tokens"
    _PROMPT = ("input_tokens", _WRITTEN, _CACHED)

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def add(self, value: Any) -> None:
        """Take a `usage` object; later counts replace earlier ones."""
        for key in (*self._PROMPT, "output_tokens"):
            if isinstance(value, dict) and value.get(key) is not None:
                self._seen[key] = count(value[key])

    def usage(self) -> Usage | None:
        """Return the usage, None when nothing was counted."""
        return counted(
            sum(self._seen.get(key, 0) for key in self._PROMPT),
            self._seen.get("output_tokens", 0),
            cached=self._seen.get(self._CACHED),
            written=self._seen.get(self._WRITTEN),
        )


def parse_message(body: bytes, *, max_bytes: int = 16 * 1024 * 1024) -> Answer:
    """Read a whole message.

    Texts and tool calls are read; thinking, citations, blocks of the provider's own tools and
    every unknown field are dropped, because nobody inspected them. Raises UpstreamError.
    """
    value = _load(body, max_bytes)
    content = value.get("content")
    if value.get("type") != "message" or not isinstance(content, list):
        raise _bad("it is no message")
    texts: list[str] = []
    tools: list[ToolDelta] = []
    for index, item in enumerate(content[:_MAX_BLOCKS]):
        block = _object(item, "a block")
        if block.get("type") == "text":
            texts.append(_string(block.get("text"), "a text block"))
        elif block.get("type") == "tool_use":
            given = _object(block.get("input", {}), "a tool call's input")
            tools.append(_tool(index, block, strict_json.dumps(given).decode()))
    counted = _Counted()
    counted.add(value.get("usage"))
    choice = Choice(
        index=0,
        content="".join(texts) if texts else None,
        tools=tools,
        finish_reason=_finish(value.get("stop_reason")),
        stop_sequence=_sequence(value),
    )
    return Answer(choices=[choice], usage=counted.usage())


def _tool(index: int, block: Json, arguments: str) -> ToolDelta:
    name, call = block.get("name") or "", block.get("id") or ""
    return ToolDelta(
        index=index,
        id=_string(call, "a tool call's id"),
        name=_string(name, "a tool call's name"),
        arguments=arguments,
    )


class MessageEvents:
    """Reads the events of one streamed message; `done` after `message_stop`.

    A text may begin or end with half of a surrogate pair: `halves` joins them.
    """

    def __init__(self) -> None:
        self.done = False
        self._counted = _Counted()
        self._calls: dict[int, bool] = {}  # open tool_use blocks: were arguments sent?

    def event(self, data: str) -> Answer | None:
        """Return what an event's data carries. Raises UpstreamError."""
        value = _load(data.encode("utf-8", "surrogatepass"), _MAX_EVENT, halves=True)
        kind = value.get("type")
        if kind == "content_block_start":
            return self._start(value)
        if kind == "content_block_delta":
            return self._delta(value)
        if kind == "content_block_stop":
            return self._close(value)
        if kind == "message_start":
            self._counted.add(_object(value.get("message"), "the message").get("usage"))
            return Answer(choices=[], usage=self._counted.usage())
        if kind == "message_delta":
            return self._end(value)
        if kind == "message_stop":
            self.done = True
        return None

    def alike(self, events: Iterable[str]) -> tuple[int, list[str]]:
        """Return none: each event is read by itself."""
        return 0, []

    def all_alike(self, events: Sequence[str]) -> tuple[int, list[str]]:
        """Return none: each event is read by itself."""
        return 0, []

    def _start(self, value: Json) -> Answer | None:
        block = _object(value.get("content_block"), "a block")
        index = _index(value)
        if block.get("type") == "text":
            text = _string(block.get("text", ""), "a text block")
            return _piece(content=text) if text else None
        if block.get("type") != "tool_use":
            return None
        given = _object(block.get("input") or {}, "a tool call's input")
        self._calls[index] = bool(given)
        try:
            raw = strict_json.dumps(given).decode() if given else ""
        except UnicodeEncodeError:
            raise _bad("a tool call's input holds half of a surrogate pair") from None
        return _piece(tools=[_tool(index, block, raw)])

    def _delta(self, value: Json) -> Answer | None:
        delta, index = _object(value.get("delta"), "a delta"), _index(value)
        if delta.get("type") == "text_delta":
            return _piece(content=_string(delta.get("text"), "a text delta"))
        if delta.get("type") != "input_json_delta" or index not in self._calls:
            return None
        raw = _string(delta.get("partial_json"), "a tool call's input")
        self._calls[index] = self._calls[index] or bool(raw)
        return _piece(tools=[ToolDelta(index=index, id="", name="", arguments=raw)])

    def _close(self, value: Json) -> Answer | None:
        index = _index(value)
        if self._calls.pop(index, True):
            return None
        return _piece(tools=[ToolDelta(index=index, id="", name="", arguments="{}")])

    def _end(self, value: Json) -> Answer | None:
        """Return the reason of the end, and the usage that is whole only now."""
        self._counted.add(value.get("usage"))
        delta = _object(value.get("delta"), "a delta")
        reason = delta.get("stop_reason")
        if reason is None:
            return None
        choice = Choice(index=0, finish_reason=_finish(reason), stop_sequence=_sequence(delta))
        return Answer(choices=[choice], usage=self._counted.usage())


def _index(value: Json) -> int:
    index = value.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < _MAX_BLOCKS:
        raise _bad("a block has no valid index")
    return index


def _piece(*, content: str | None = None, tools: list[ToolDelta] | None = None) -> Answer:
    return Answer(choices=[Choice(index=0, content=content, tools=tools or [])])
