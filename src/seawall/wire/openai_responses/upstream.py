"""OpenAI's Responses API as a provider's format, for requests that use the provider's own tools."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from seawall.core.bearer import bearer
from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import Exchange
from seawall.wire import call_ids, checks, signatures, strict_json, usage
from seawall.wire.hosted import citations, definitions, items, kinds
from seawall.wire.openai_answer import MAX_EVENT, Answer, Choice, ToolDelta
from seawall.wire.openai_responses import answer, flat, tools
from seawall.wire.usage import Usage

MOST_EVENT = 4 * MAX_EVENT
"""The longest event: a picture, or all that tools returned."""
_SAME = ("parallel_tool_calls", "prompt_cache_key", "prompt_cache_options",
         "prompt_cache_retention", "safety_identifier", "service_tier", "temperature", "top_p",
         "user")  # fmt: skip
_INCLUDE = ["code_interpreter_call.outputs", "file_search_call.results",
            "web_search_call.action.sources"]  # fmt: skip
_DROPPED = frozenset({"reasoning", "compaction"})
_ENDED = (None, "completed", "incomplete")


def body_of(exchange: Exchange, *, model: str, max_output_tokens: int) -> bytes:
    """Return the request, written anew from what was inspected; nothing is to be kept.

    All that tools return is asked for: what the guard does not get, it cannot see.
    """
    body, native = exchange.body, exchange.native
    found: dict[str, Any] = {key: body[key] for key in _SAME if key in body}
    found |= {"model": model, "store": False, "include": _INCLUDE}
    found["input"] = _input(signatures.without(body["messages"]))
    most = body.get("max_completion_tokens", max_output_tokens)
    found["max_output_tokens"] = min(most, max_output_tokens)
    if "reasoning_effort" in body:
        found["reasoning"] = {"effort": body["reasoning_effort"]}
    if "response_format" in body or "verbosity" in body:
        found["text"] = tools.flat_text(body)
    hosted = [definitions.sent(one, native["ids"]) for one in body["hosted_tools"]]
    if offered := tools.flat_tools({"tools": body.get("tools", []), "hosted_tools": hosted}):
        found["tools"] = offered
    if hosted:
        found["max_tool_calls"] = native["most_calls"]
    choice = native.get("tool_choice", _choice(body.get("tool_choice")))
    if choice is not None:
        found["tool_choice"] = choice
    if exchange.stream:
        found["stream"] = True
    return strict_json.dumps(found)


def _choice(value: Any) -> Any:
    """Return a chat form's `tool_choice` as the Responses API has it."""
    if not isinstance(value, dict):
        return value
    if value["type"] == "function":
        return {"type": "function", "name": value["function"]["name"]}
    allowed = value["allowed_tools"]
    return {"type": "allowed_tools", "mode": allowed["mode"],
            "tools": [_choice(one) for one in allowed["tools"]]}  # fmt: skip


def _input(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return messages as items. Ids are ours, numbered, so that nothing travels in them."""
    found: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for message in call_ids.for_provider(messages):
        item = message.get("hosted")
        if item is None:
            found += [
                {key: value for key, value in one.items() if key not in ("id", "status")}
                for one in flat.items_of(message)
            ]
        elif item["type"] == "code_interpreter_call":
            found += _as_function(item, f"code{len(found):05d}")
        elif item["type"] != "mcp_list_tools":  # the provider asks the server again
            found.append(_numbered(item, len(found), names))
    return found


def _numbered(item: dict[str, Any], number: int, names: dict[str, str]) -> dict[str, Any]:
    kind = item["type"]
    where = f"{answer.PREFIXES[kind]}_{number:05d}"
    if kind == kinds.APPROVAL:
        return {**item, "approval_request_id": names[item["approval_request_id"]]}
    if kind == "mcp_approval_request":
        names[item["id"]] = where
    if kind == "file_search_call":
        rows = [{k: v for k, v in row.items() if k != "file_id"} for row in item.get("results", ())]
        item = {**item, "results": rows} if rows else item
    if kind == "web_search_call":  # addresses alone tell the model nothing
        action = {key: value for key, value in item["action"].items() if key != "sources"}
        item = {**item, "action": action}
    return {**item, "id": where}


def _as_function(item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a run of code as a call and its result: its container is gone."""
    arguments = json.dumps({"code": item["code"]}, ensure_ascii=False)
    logs = [one["logs"] for one in item.get("outputs", ()) if one["type"] == "logs"]
    return [
        {"type": "function_call", "call_id": name, "name": kinds.CODE, "arguments": arguments},
        {"type": "function_call_output", "call_id": name, "output": "\n".join(logs)},
    ]


def _bad(what: str) -> UpstreamError:
    return UpstreamError(f"The provider's answer cannot be read: {what}.")


class _Output:
    """Collects an answer from its output items, in order."""

    def __init__(self) -> None:
        self._length = 0  # of the content so far

    def said(self, text: str) -> str:
        """Count a piece of the content."""
        self._length += len(text)
        return text

    def item(self, value: Any, *, streamed: bool) -> Choice:
        """Return what an item brings; of a streamed one, its text has come before.

        Whatever is refused makes the whole answer unreadable. Raises UpstreamError.
        """
        try:
            return self._read(value, streamed)
        except RequestError as error:
            raise _bad(error.code) from None

    def _read(self, value: Any, streamed: bool) -> Choice:
        found = Choice(index=0)
        kind = checks.obj(value, "/output").get("type")
        if not isinstance(kind, str):
            raise _bad("an output item has no type")
        if kind == "message":
            self._message(value, found, streamed)
        elif kind == "function_call":
            found.tools = [_call(value)]
        elif kind in kinds.ITEMS:
            found.hosted = [items.read(value, "/output", strict=False)]
        elif kind not in _DROPPED:
            raise _bad("it holds an item that nobody asked for")
        return found

    def _message(self, value: dict[str, Any], found: Choice, streamed: bool) -> None:
        texts: list[str] = []
        refusals: list[str] = []
        parts = checks.array(value.get("content"), "/output/content")
        start = self._length
        if streamed:
            start -= sum(len(_text_of(part)) for part in parts)
        elif start and parts:
            texts.append(self.said("\n\n"))
            start = self._length
        for part in parts:
            kind = checks.obj(part, "/output/content").get("type")
            if kind == "refusal":
                refusals.append(checks.string(part.get("refusal"), "/output/content/refusal"))
            elif kind != "output_text":
                raise _bad("a message holds something else than text")
            else:
                text = checks.string(part.get("text"), "/output/content/text")
                found.citations += citations.read(part.get("annotations"), "/output", start)
                start += len(text)
                texts.append(text if streamed else self.said(text))
        if not streamed:
            found.content = "".join(texts) or None
            found.refusal = "".join(refusals) or None


def _text_of(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) and part.get("type") == "output_text" else ""


def _length(message: dict[str, Any]) -> int:
    """Return how many characters a message says, refusals included."""
    said = message.get("content")
    parts = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
    texts = [one.get(key) for one in parts for key in ("text", "refusal")]
    return sum(len(text) for text in texts if isinstance(text, str))


def _kind_of(item: Any) -> str:
    kind = item.get("type") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) else ""


def _call(value: dict[str, Any]) -> ToolDelta:
    fields = [value.get("call_id") or "", value.get("name") or "", value.get("arguments") or ""]
    if not all(isinstance(field, str) for field in fields):
        raise _bad("a tool call's fields are not text")
    return ToolDelta(index=None, id=fields[0] or "call", name=fields[1], arguments=fields[2])


def _finish(value: dict[str, Any], *, called: bool) -> str:
    """Return why an answer ended. Raises UpstreamError for one that failed."""
    status = value.get("status")
    if value.get("error") or status not in _ENDED:
        raise _bad("it ended with an error, or not at all")
    if status == "incomplete":
        details = value.get("incomplete_details")
        reason = details.get("reason") if isinstance(details, dict) else None
        return "content_filter" if reason == "content_filter" else "length"
    return "tool_calls" if called else "stop"


def _usage(value: Any) -> Usage | None:
    if not isinstance(value, dict):
        return None
    asked, said = value.get("input_tokens_details"), value.get("output_tokens_details")
    chat = {
        "prompt_tokens": value.get("input_tokens"), "total_tokens": value.get("total_tokens"),
        "completion_tokens": value.get("output_tokens"),
        "prompt_tokens_details": asked, "completion_tokens_details": said,
    }  # fmt: skip
    return usage.read(chat)


def _load(data: bytes, max_bytes: int, *, halves: bool = False) -> dict[str, Any]:
    try:
        value = strict_json.loads(data, max_bytes=max_bytes, halves=halves)
    except RequestError as error:
        raise _bad(error.code) from None
    if not isinstance(value, dict):
        raise _bad("it is not an object")
    return value


def _whole(value: dict[str, Any], raw: bytes) -> dict[str, Any]:
    """Return an event that ends something: no half of a pair is left to come."""
    try:
        strict_json.refuse_halves(value, raw)
    except RequestError as error:
        raise _bad(error.code) from None
    return value


class ResponsesUpstream:
    """A provider with OpenAI's Responses API."""

    path = "/responses"

    def headers(self, key: str) -> dict[str, str]:
        """Return the bearer header."""
        return bearer(key)

    def request(
        self, exchange: Exchange, *, model: str, max_output_tokens: int, training_opt_out: bool,
        signed: bool, omitted: Collection[str] = (),
    ) -> bytes:  # fmt: skip
        """Return the request; whatever is asked, the provider keeps nothing."""
        return body_of(exchange, model=model, max_output_tokens=max_output_tokens)

    def whole(self, body: bytes, max_bytes: int) -> Answer:
        """Return what a response says. Raises UpstreamError."""
        value = _load(body, max_bytes)
        output, found = value.get("output"), _Output()
        if not isinstance(output, list):
            raise _bad("it has no output")
        choice = Choice(index=0)
        for item in output:
            _join(choice, found.item(item, streamed=False))
        choice.finish_reason = _finish(value, called=bool(choice.tools))
        return Answer(choices=[choice], usage=_usage(value.get("usage")))

    def events(self) -> "ResponseStream":
        """Return a reader for one stream."""
        return ResponseStream()


def _join(choice: Choice, piece: Choice) -> None:
    if piece.content:
        choice.content = (choice.content or "") + piece.content
    if piece.refusal:
        choice.refusal = (choice.refusal or "") + piece.refusal
    choice.tools = choice.tools + piece.tools
    choice.hosted = choice.hosted + piece.hosted
    choice.citations = choice.citations + piece.citations


class ResponseStream:
    """Reads the events of one stream.

    Texts come as deltas; calls and what tools return only as whole items: half of one cannot be
    judged. Every other event only says again what these do. What no event brought is taken from the
    response that ends the stream, whatever places and ids the events name.
    """

    def __init__(self) -> None:
        self.done = False
        self._output = _Output()
        self._place: Any = None
        self._begun: Counter[str] = Counter()  # items by their kind
        self._came: Counter[str] = Counter()
        self._open = 0  # characters of deltas whose messages have not come

    def event(self, data: str) -> Answer | None:
        """Return what an event brings, None for nothing. Raises UpstreamError."""
        raw = data.encode("utf-8", "surrogatepass")
        value = _load(raw, MOST_EVENT, halves=True)
        kind = value.get("type")
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            return self._delta(value, refusal=kind == "response.refusal.delta")
        if kind == "response.output_item.done":
            return Answer(choices=[self._item(_whole(value, raw).get("item"))])
        if kind == "response.output_item.added":
            self._begun[_kind_of(value.get("item"))] += 1
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            return self._end(_whole(value, raw).get("response"))
        if kind == "error":
            raise _bad("it reports an error")
        return None

    def _item(self, item: Any) -> Choice:
        kind, streamed = _kind_of(item), True
        self._came[kind] += 1
        if kind == "message":
            streamed = self._open > 0
            self._open = max(0, self._open - _length(item))
        return self._output.item(item, streamed=streamed)

    def _delta(self, value: dict[str, Any], *, refusal: bool) -> Answer:
        text = value.get("delta")
        if not isinstance(text, str):
            raise _bad("a delta is no text")
        self._open += len(text)
        if refusal:
            return Answer(choices=[Choice(index=0, refusal=text)])
        place = value.get("output_index"), value.get("item_id")
        if self._place not in (None, place):
            text = "\n\n" + text
        self._place = place
        return Answer(choices=[Choice(index=0, content=self._output.said(text))])

    def _end(self, value: Any) -> Answer:
        if not isinstance(value, dict):
            raise _bad("its end has no response")
        self.done = True
        choice, before = Choice(index=0), Counter(self._came)
        for item in output if isinstance(output := value.get("output"), list) else ():
            kind = _kind_of(item)
            if before[kind]:
                before[kind] -= 1
            else:
                _join(choice, self._item(item))
        if any(self._begun[kind] > self._came[kind] for kind in kinds.ITEMS):
            raise _bad("a tool's item began and did not end")
        choice.finish_reason = _finish(value, called=self._came["function_call"] > 0)
        return Answer(choices=[choice], usage=_usage(value.get("usage")))

    def alike(self, events: Iterable[str]) -> tuple[int, list[str]]:
        """Return no texts: every event is read by `event`."""
        return 0, []

    def all_alike(self, events: Sequence[str]) -> tuple[int, list[str]]:
        """Return no texts, as above."""
        return 0, []
