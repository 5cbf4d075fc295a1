"""A provider's answer, whole or in chunks: only known fields are read, and written anew."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import ToolCall
from seawall.wire import openai_plain, signatures, strict_json, usage
from seawall.wire.usage import Usage

_ID = re.compile(r"[A-Za-z0-9_.:\-]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,128}")
# `model_length` is Mistral's, for the end of the model's context.
_FINISH = {"stop": "stop", "length": "length", "tool_calls": "tool_calls",
           "content_filter": "content_filter", "model_length": "length"}  # fmt: skip
_FAILED = "error"
# Parts of a text that are none of the answer, like other reasoning and annotations.
_LEFT_OUT = frozenset({"thinking", "reference"})
MAX_EVENT = 4 * 1024 * 1024


class ToolDelta(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a proposed tool call; `index` None where the provider gives none."""

    index: int | None
    id: str
    name: str
    arguments: str
    signature: str = ""


class Choice(msgspec.Struct, kw_only=True):
    """One choice of an answer, or one choice's piece of a chunk.

    `stop_sequence`: the one that ended it, as the provider says. `hosted`, `citations`: whole items
    of the provider's own tools, and annotations of the content, as `wire.hosted` reads them.
    """

    index: int
    content: str | None = None
    refusal: str | None = None
    tools: list[ToolDelta] = []
    finish_reason: str | None = None
    stop_sequence: str | None = None
    hosted: list[dict[str, Any]] = []
    citations: list[dict[str, Any]] = []


class Answer(msgspec.Struct, kw_only=True):
    """What was read from one completion or one chunk."""

    choices: list[Choice]
    usage: Usage | None = None


def _bad(what: str) -> UpstreamError:
    return UpstreamError(f"The provider's answer cannot be read: {what}.")


def _text(value: Any, what: str) -> str | None:
    """Read a text that may be null or a list of parts; those that are no texts are dropped."""
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _bad(f"{what} is not text")
    if not all(isinstance(item.get("type"), str) for item in value):
        raise _bad(f"{what} is not text")
    texts = [item.get("text") for item in value if item["type"] not in _LEFT_OUT]
    kinds = {item["type"] for item in value} - _LEFT_OUT
    if not kinds <= {"text"} or not all(isinstance(text, str) for text in texts):
        raise _bad(f"{what} is not text")
    return "".join(map(str, texts))


def _finish(reason: Any) -> str:
    """Read why an answer ended; what nobody knows is a stop. Raises UpstreamError for a failure."""
    if reason == _FAILED:
        raise _bad("it ended with an error")
    return _FINISH.get(reason, "stop") if isinstance(reason, str) else "stop"


def _sequence(value: Any) -> str | None:
    """Read vLLM's `stop_reason`: the sequence, or a token's number."""
    return value if isinstance(value, str) else None


def stopped_by(said: str | None, body: dict[str, Any]) -> str | None:
    """Return the stop sequence that a provider names, if it is one of the request's."""
    asked = body.get("stop")
    return said if said and said in ([asked] if isinstance(asked, str) else asked or ()) else None


def _is_index(value: Any, most: int) -> bool:
    """Say whether a place is one; true and false, which count as numbers in Python, are none."""
    return type(value) is int and 0 <= value < most


def _tool(value: Any, whole: bool) -> ToolDelta:
    if not isinstance(value, dict) or value.get("type") not in (None, "function"):
        raise _bad("a tool call is not a function call")
    function = value.get("function")
    if not isinstance(function, dict):
        if whole:
            raise _bad("a tool call has no function")
        function = {}
    index = value.get("index")
    fields = [value.get("id") or "", function.get("name") or "", function.get("arguments") or ""]
    if not all(isinstance(field, str) for field in fields):
        raise _bad("a tool call's fields are not text")
    return ToolDelta(
        index=index if _is_index(index, 1024) else None,
        id=fields[0],
        name=fields[1],
        arguments=fields[2],
        signature=signatures.answered(value),
    )


def _choice(value: Any, position: int, key: str) -> Choice:
    if not isinstance(value, dict):
        raise _bad("a choice is not an object")
    whole = key == "message"
    message = value.get(key)
    if message is None and not whole:
        message = {}
    if not isinstance(message, dict):
        raise _bad(f"a choice has no {key}")
    if message.get("function_call"):
        raise _bad("it holds a function_call, which nobody asked for")
    index = value.get("index", position)
    tools = message.get("tool_calls") or []
    if not _is_index(index, 64) or not isinstance(tools, list):
        raise _bad("a choice has no valid index or tool_calls")
    finish = value.get("finish_reason")
    if finish is not None or whole:
        finish = _finish(finish)
    return Choice(
        index=index,
        content=_text(message.get("content"), "content"),
        refusal=_text(message.get("refusal"), "refusal"),
        tools=[_tool(item, whole) for item in tools],
        finish_reason=finish,
        stop_sequence=_sequence(value.get("stop_reason")),
    )


def _parse(body: bytes, key: str, max_bytes: int) -> Answer:
    try:
        value = strict_json.loads(body, max_bytes=max_bytes, halves=key == "delta")
    except RequestError as error:
        raise _bad(error.code) from None
    if not isinstance(value, dict) or value.get("error"):
        raise _bad("it reports an error" if isinstance(value, dict) else "it is not an object")
    choices = value.get("choices")
    if choices is None and key == "delta":
        choices = []
    if not isinstance(choices, list) or (not choices and key == "message"):
        raise _bad("it has no choices")
    parsed = [_choice(item, position, key) for position, item in enumerate(choices)]
    if len({choice.index for choice in parsed}) != len(parsed):
        raise _bad("two choices have one index")
    return Answer(choices=parsed, usage=usage.read(value.get("usage")))


def parse_completion(body: bytes, *, max_bytes: int = 16 * 1024 * 1024) -> Answer:
    """Read a whole answer.

    Texts are content, refusal and tool calls with their signatures; annotations, audio, reasoning,
    log probabilities and every unknown field are dropped, because nobody inspected them. Raises
    UpstreamError.
    """
    if len(body) <= max_bytes and (said := openai_plain.completion(body)) is not None:
        content, finish, tokens = said
        choice = Choice(index=0, content=content, finish_reason=_finish(finish))
        return Answer(choices=[choice], usage=usage.read(tokens))
    return _parse(body, "message", max_bytes)


def _chunk(data: str, said: tuple[int, str] | None, max_bytes: int) -> Answer:
    if said is None:
        return _parse(data.encode("utf-8", "surrogatepass"), "delta", max_bytes)
    return Answer(choices=[Choice(index=said[0], content=said[1])])


class ChunkEvents:
    """Reads the chunks of one stream; `done` after `[DONE]`.

    A text may begin or end with half of a surrogate pair: `halves` joins them.
    """

    def __init__(self) -> None:
        self.done = False
        self._frame: openai_plain.Frame | None = None

    def event(self, data: str) -> Answer | None:
        """Return what a chunk says; None for the end. Raises UpstreamError."""
        if data.strip() == "[DONE]":
            self.done = True
            return None
        said = openai_plain.chunk(data) if len(data) <= MAX_EVENT else None
        if said is not None:
            self._frame = openai_plain.frame(data, *said) or self._frame
        return _chunk(data, said, MAX_EVENT)

    def alike(self, events: Iterable[str]) -> tuple[int, list[str]]:
        """Return the choice and the texts of the first events, as far as only their text is new."""
        frame, texts = self._frame, list[str]()
        if frame is None:
            return 0, texts
        for data in events:
            if (text := frame.text(data)) is None:
                break
            texts.append(text)
        return frame.index, texts

    def all_alike(self, events: Sequence[str]) -> tuple[int, list[str]]:
        """Return the choice and the texts of events of which only the text is new, or no text."""
        frame = self._frame
        return (0, []) if frame is None else (frame.index, frame.texts(events))


class ToolCalls:
    """Collects the tool calls of one choice until they are complete."""

    def __init__(self, max_calls: int = 128, max_chars: int = 1_000_000) -> None:
        self._calls: dict[int, ToolCall] = {}
        # Their arguments, joined once: they may come in very many pieces.
        self._arguments: dict[int, io.StringIO] = {}
        self._max_calls = max_calls
        self._room = max_chars

    def add(self, delta: ToolDelta) -> None:
        """Add a piece. Raises UpstreamError when there are too many or they are too long."""
        index = delta.index
        if index is None:  # some providers send whole calls without an index
            last = max(self._calls, default=-1)
            index = last + 1 if delta.id or delta.name or last < 0 else last
        call = self._calls.setdefault(index, ToolCall(id="", name="", arguments="", index=index))
        call.id = call.id or delta.id
        call.name += delta.name
        call.signature = call.signature or delta.signature
        self._arguments.setdefault(index, io.StringIO()).write(delta.arguments)
        self._room -= len(delta.arguments) + len(delta.name) + len(delta.signature)
        if len(self._calls) > self._max_calls or self._room < 0:
            raise _bad("its tool calls are too large")

    def complete(self) -> list[ToolCall]:
        """Return the calls in order, with ids and names checked. Raises UpstreamError."""
        calls = [self._calls[index] for index in sorted(self._calls)]
        for call, index in zip(calls, sorted(self._calls), strict=True):
            # A call without arguments may come without a text for them.
            call.arguments = self._arguments[index].getvalue()
            call.arguments = call.arguments if call.arguments.strip() else "{}"
        for position, call in enumerate(calls):
            call.index = position
            if not _NAME.fullmatch(call.name):
                raise _bad("a tool call has no valid name")
            if not _ID.fullmatch(call.id):
                call.id = f"call_{position}"
        return calls


def tool_call_json(call: ToolCall, *, with_index: bool = False) -> dict[str, Any]:
    """Return a tool call as it stands in a message, or (with its index) in a delta."""
    value: dict[str, Any] = {"index": call.index} if with_index else {}
    function = {"name": call.name, "arguments": call.arguments}
    value |= {"id": call.id, "type": "function", "function": function}
    return {**value, **signatures.fields(call.signature)}


def completion(
    *, request_id: str, created: int, model: str, choices: list[dict[str, Any]], usage: Usage | None
) -> dict[str, Any]:
    """Return a whole `chat.completion` object."""
    value: dict[str, Any] = {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": choices,
    }
    if usage is not None:
        value["usage"] = usage.as_json()
    return value


def choice_json(
    index: int,
    *,
    content: str | None,
    refusal: str | None = None,
    calls: list[ToolCall] | None = None,
    finish_reason: str,
    stopped: str | None = None,
) -> dict[str, Any]:
    """Return one choice of a whole answer; `stopped`: the stop sequence that ended it."""
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": refusal}
    if calls:
        message["tool_calls"] = [tool_call_json(call) for call in calls]
    choice = {"index": index, "message": message, "finish_reason": finish_reason, "logprobs": None}
    return {**choice, **_stopped(finish_reason, stopped)}


def _stopped(finish_reason: str | None, sequence: str | None) -> dict[str, str]:
    """Return the field in which vLLM too names the sequence."""
    return {"stop_reason": sequence} if sequence and finish_reason == "stop" else {}


def chunk(
    *,
    request_id: str,
    created: int,
    model: str,
    choices: list[dict[str, Any]],
    usage: Usage | None = None,
) -> dict[str, Any]:
    """Return one `chat.completion.chunk` object."""
    value: dict[str, Any] = {
        "id": f"chatcmpl-{request_id}",
        "object": "chat.completion.chunk",
        "created": created,
        "model": model,
        "choices": choices,
    }
    if usage is not None:
        value["usage"] = usage.as_json()
    return value


def delta_json(
    index: int,
    delta: dict[str, Any],
    finish_reason: str | None = None,
    stopped: str | None = None,
) -> dict[str, Any]:
    """Return one choice of a chunk; `stopped`: the stop sequence that ended it."""
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return {**choice, **_stopped(finish_reason, stopped)}
