"""Chat answers as Anthropic's messages, whole and as events."""

from typing import Any

from seawall.core.exchange import Exchange
from seawall.wire import signatures, sse, strict_json
from seawall.wire.anthropic import errors

Json = dict[str, Any]
_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use",
          "content_filter": "refusal"}  # fmt: skip
_TEXTS = ("content", "refusal")


def _input(arguments: str) -> Any:
    """Return a released call's arguments; the tool rules have made sure that they are JSON."""
    return strict_json.loads((arguments.strip() or "{}").encode())


def _stop(choice: Json | None, *, calls: bool) -> Json:
    """Return why a message ended: with tool calls it waits for them, whatever a provider says."""
    said = choice or {}
    stop, sequence = _STOPS[said.get("finish_reason") or "stop"], None
    if stop == _STOPS["stop"] and calls:
        stop = _STOPS["tool_calls"]
    elif stop == _STOPS["stop"] and "stop_reason" in said:
        stop, sequence = "stop_sequence", said["stop_reason"]
    return {"stop_reason": stop, "stop_sequence": sequence}


def _usage(value: Json | None) -> Json:
    used = value or {}
    told = used.get("prompt_tokens_details", {})
    cached, written = (told.get(key, 0) for key in ("cached_tokens", "cache_write_tokens"))
    kept = {"cache_creation_input_tokens": written, "cache_read_input_tokens": cached}
    return {
        "input_tokens": used.get("prompt_tokens", 0) - cached - written,
        "output_tokens": used.get("completion_tokens", 0),
        **(kept if told else {}),
    }


def _head(request_id: str, model: str) -> Json:
    return {"id": f"msg_{request_id}", "type": "message", "role": "assistant", "model": model}


def whole(completion: Json, exchange: Exchange) -> Json:
    """Return a `chat.completion` with one choice as a `message`; `seawall` stays."""
    choice = completion["choices"][0]
    said = choice["message"]
    content: list[Json] = [{"type": "text", "text": said[key]} for key in _TEXTS if said.get(key)]
    for call in said.get("tool_calls", ()):
        function = call["function"]
        content.append(
            {"type": "tool_use", "id": call["id"], "name": function["name"],
             "input": _input(function["arguments"]), **signatures.beside(call)}
        )  # fmt: skip
    return {
        **_head(exchange.request_id, completion["model"]),
        "content": content,
        **_stop(choice, calls=bool(said.get("tool_calls"))),
        "usage": _usage(completion.get("usage")),
        "seawall": completion["seawall"],
    }


class Events:
    """Writes one stream: text blocks open and close as needed, a tool call is one block."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._index = 0
        self._open = False
        self._called = False
        self._last: Json | None = None

    def start(self) -> bytes:
        """Return `message_start` and a `ping`; tokens are counted at the end."""
        message = {
            **_head(self._exchange.request_id, self._exchange.model),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": _usage(None),
        }
        return _event("message_start", message=message) + _event("ping")

    def chunk(self, chunk: Json) -> bytes:
        """Return a chat chunk as block events."""
        events = b""
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for key in _TEXTS:
                if delta.get(key):
                    events += self._text(delta[key])
            for call in delta.get("tool_calls", ()):
                events += self._call(call)
            self._last = choice if choice["finish_reason"] else self._last
        return events

    def end(self, chunks: list[Json], seawall: Json) -> bytes:
        """Return the last chunks, `message_delta` and `message_stop` with `seawall`."""
        events = b"".join([self.chunk(chunk) for chunk in chunks]) + self._close()
        usage = next((chunk["usage"] for chunk in chunks if chunk.get("usage")), None)
        stop = _stop(self._last, calls=self._called)
        events += _event("message_delta", delta=stop, usage=_usage(usage))
        return events + _event("message_stop", seawall=seawall)

    def error(self, body: Json, status: int) -> bytes:
        """Return the `error` event; no `message_stop` follows."""
        return sse.named("error", strict_json.dumps(errors.error(body, status)))

    def _text(self, text: str) -> bytes:
        events = b"" if self._open else self._start({"type": "text", "text": ""})
        self._open = True
        return events + self._delta({"type": "text_delta", "text": text})

    def _call(self, call: Json) -> bytes:
        function = call["function"]
        block = {"type": "tool_use", "id": call["id"], "name": function["name"], "input": {},
                 **signatures.beside(call)}  # fmt: skip
        arguments = function["arguments"].strip() or "{}"
        events = self._close() + self._start(block)
        self._open = self._called = True
        events += self._delta({"type": "input_json_delta", "partial_json": arguments})
        return events + self._close()

    def _start(self, block: Json) -> bytes:
        return _event("content_block_start", index=self._index, content_block=block)

    def _delta(self, delta: Json) -> bytes:
        return _event("content_block_delta", index=self._index, delta=delta)

    def _close(self) -> bytes:
        if not self._open:
            return b""
        self._open = False
        self._index += 1
        return _event("content_block_stop", index=self._index - 1)


def _event(kind: str, **fields: Any) -> bytes:
    return sse.named(kind, strict_json.dumps({"type": kind, **fields}))
