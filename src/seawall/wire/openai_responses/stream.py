"""Chat chunks as the events of a Responses stream."""

import time
from typing import Any

from seawall.core.exchange import Exchange
from seawall.wire import strict_json
from seawall.wire.openai_responses import answer, hosted_events
from seawall.wire.openai_responses.request import Asked


class ResponseEvents:
    """Writes one stream: every event has its number, every item a beginning and an end.

    `response` is the whole response once `close` was called.
    """

    def __init__(self, exchange: Exchange, asked: Asked) -> None:
        self._request_id = exchange.request_id
        self._asked = asked
        self.response = answer.envelope(exchange, asked, int(time.time()))
        self._number = 0
        self._output: list[dict[str, Any]] = []
        self._parts: list[dict[str, Any]] | None = None
        # Where the open message stands: items of tools may come while it is open.
        self._open = 0
        self._kind = ""
        self._citations: list[dict[str, Any]] = []
        self._text: list[str] = []
        self._finish = "stop"
        self._usage: dict[str, Any] | None = None

    def start(self) -> bytes:
        """Return `response.created` and `response.in_progress`."""
        kinds = ("response.created", "response.in_progress")
        return b"".join(self._event(kind, response=self.response) for kind in kinds)

    def chunk(self, chunk: dict[str, Any]) -> bytes:
        """Return the events of one chat chunk."""
        self._usage = chunk.get("usage") or self._usage
        events: list[bytes] = []
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for kind, key in (("output_text", "content"), ("refusal", "refusal")):
                if delta.get(key):
                    events += self._say(kind, delta[key])
            for item in delta.get("hosted", []):
                events += self._hosted(item)
            events += self._cite(delta.get("citations", []))
            for call in delta.get("tool_calls", []):
                events += self._end_message("completed") + self._call(call)
            self._finish = choice.get("finish_reason") or self._finish
        return b"".join(events)

    def close(self, chunks: list[dict[str, Any]]) -> bytes:
        """Return the events of the last chunks; only the one that ends the stream is missing."""
        events = [self.chunk(chunk) for chunk in chunks]
        status, _ = answer.status_of(self._finish)
        events += self._end_message(status)
        self.response = answer.finished(
            self.response, self._output, self._finish, self._usage, int(time.time())
        )
        return b"".join(events)

    def last(self, seawall: dict[str, Any]) -> bytes:
        """Return `response.completed` or `response.incomplete`, which carries `seawall`."""
        response = {**self.response, "store": self._asked.store, "seawall": seawall}
        return self._event(f"response.{response['status']}", response=response)

    def end(self, chunks: list[dict[str, Any]], seawall: dict[str, Any]) -> bytes:
        """Return the events that end the stream."""
        return self.close(chunks) + self.last(seawall)

    def error(self, body: dict[str, Any], status: int) -> bytes:
        """Return the `error` event and `response.failed`; held-back text is in neither."""
        error = body["error"]
        shown = {"code": "server_error", "message": error["message"]}
        response = {**self.response, "status": "failed", "error": shown, "store": False,
                    "seawall": error["seawall"]}  # fmt: skip
        return self._event(
            "error", code=error["code"], message=error["message"], param=error["param"]
        ) + self._event("response.failed", response=response)

    def _event(self, kind: str, **fields: Any) -> bytes:
        number, self._number = self._number, self._number + 1
        data = strict_json.dumps({"type": kind, "sequence_number": number, **fields})
        return b"event: " + kind.encode("ascii") + b"\ndata: " + data + b"\n\n"

    def _place(self, kind: str, index: int | None = None) -> dict[str, Any]:
        index = len(self._output) if index is None else index
        return {"item_id": answer.item_id(kind, self._request_id, index), "output_index": index}

    def _say(self, kind: str, text: str) -> list[bytes]:
        """Add text to the open message; begin message and part where none is open."""
        events: list[bytes] = []
        if self._parts is None:
            self._parts, self._open = [], len(self._output)
            place = self._place("msg")
            item = answer.message_item(place["item_id"], [], "in_progress")
            self._output.append(item)
            events.append(self._event("response.output_item.added", item=item,
                                      output_index=place["output_index"]))  # fmt: skip
        if self._kind != kind:
            events += self._end_part()
            self._kind = kind
            events.append(self._event("response.content_part.added", **self._part_place(),
                                      part=answer.part(kind, "")))  # fmt: skip
        self._text.append(text)
        more: dict[str, Any] = {} if kind == "refusal" else {"logprobs": []}
        events.append(
            self._event(f"response.{kind}.delta", **self._part_place(), delta=text, **more)
        )
        return events

    def _part_place(self) -> dict[str, Any]:
        return {**self._place("msg", self._open), "content_index": len(self._parts or [])}

    def _cite(self, citations: list[dict[str, Any]]) -> list[bytes]:
        """Add what the open text cites."""
        if self._kind != "output_text":
            return []
        events = []
        for citation in citations:
            events.append(
                self._event("response.output_text.annotation.added", **self._part_place(),
                            annotation_index=len(self._citations), annotation=citation)
            )  # fmt: skip
            self._citations.append(citation)
        return events

    def _hosted(self, item: dict[str, Any]) -> list[bytes]:
        """Return the events of one whole item of a provider's tool."""
        place = self._place(answer.PREFIXES[item["type"]])
        whole = answer.hosted_item(place["item_id"], item)
        self._output.append(whole)
        place["item_id"] = whole["id"]
        return [
            self._event(kind, **fields) for kind, fields in hosted_events.events_of(whole, place)
        ]

    def _end_part(self) -> list[bytes]:
        if not self._kind:
            return []
        kind, text, place = self._kind, "".join(self._text), self._part_place()
        part = answer.part(kind, text, self._citations if kind == "output_text" else ())
        said = {"refusal": text} if kind == "refusal" else {"text": text, "logprobs": []}
        self._kind, self._text, self._citations = "", [], []
        if self._parts is not None:
            self._parts.append(part)
        return [
            self._event(f"response.{kind}.done", **place, **said),
            self._event("response.content_part.done", **place, part=part),
        ]

    def _end_message(self, status: str) -> list[bytes]:
        if self._parts is None:
            return []
        events = self._end_part()
        place = self._place("msg", self._open)
        item = answer.message_item(place["item_id"], self._parts, status)
        self._parts = None
        self._output[self._open] = item
        events.append(self._event("response.output_item.done", item=item,
                                  output_index=place["output_index"]))  # fmt: skip
        return events

    def _call(self, call: dict[str, Any]) -> list[bytes]:
        """Return the events of one whole tool call."""
        place = self._place("fc")
        index = place["output_index"]
        item = answer.call_item(place["item_id"], call, "completed")
        arguments = item["arguments"]
        begun = {**item, "arguments": "", "status": "in_progress"}
        self._output.append(item)
        return [
            self._event("response.output_item.added", item=begun, output_index=index),
            self._event("response.function_call_arguments.delta", **place, delta=arguments),
            self._event("response.function_call_arguments.done", **place, arguments=arguments,
                        name=item["name"]),
            self._event("response.output_item.done", item=item, output_index=index),
        ]  # fmt: skip
