"""The marker in two events of a stream, cut at every place, and letter by letter."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from leak_gate import Gate, all_of
from leak_matrix import Row, answer_outcome, texts
from leak_surfaces import stream_requests
from leak_walk import MARK

_SHOWN = 8  # so many letters of the marker in a row are a leak too
Stream = Callable[[list[str]], list[bytes]]


def _sse(events: list[Any]) -> list[bytes]:
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events]


def _chat(field: str) -> Stream:
    def stream(pieces: list[str]) -> list[bytes]:
        deltas: list[Any] = [{field: piece} for piece in pieces]
        if field == "arguments":
            deltas = [{"tool_calls": [{"index": 0, "function": {field: p}}]} for p in pieces]
            function = {"name": "look", "arguments": ""}
            call = {"index": 0, "id": "t", "type": "function", "function": function}
            deltas.insert(0, {"tool_calls": [call]})
        events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        finish = "tool_calls" if field == "arguments" else "stop"
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        return [*_sse(events), b"data: [DONE]\n\n"]

    return stream


def _claude(kind: str, field: str) -> Stream:
    def stream(pieces: list[str]) -> list[bytes]:
        usage = {"input_tokens": 1, "output_tokens": 1}
        tool = field == "partial_json"
        block = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
        deltas = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": kind, field: piece}}
            for piece in pieces
        ]
        return _sse([
            {"type": "message_start", "message": {"content": [], "usage": usage}},
            {"type": "content_block_start", "index": 0,
             "content_block": block if tool else {"type": "text", "text": ""}},
            *deltas,
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "usage": usage,
             "delta": {"stop_reason": "tool_use" if tool else "end_turn"}},
            {"type": "message_stop"},
        ])  # fmt: skip

    return stream


STREAMS: list[tuple[str, str, Stream]] = [
    ("small", "content", _chat("content")),
    ("small", "refusal", _chat("refusal")),
    ("small", "arguments", _chat("arguments")),
    ("claude", "text_delta", _claude("text_delta", "text")),
    ("claude", "input_json_delta", _claude("input_json_delta", "partial_json")),
]


def _cuts(field: str) -> Iterator[tuple[str, list[str]]]:
    call = field in ("arguments", "input_json_delta")
    before, after = ('{"a": "', '"}') if call else ("The key is ", ", keep it.")
    for cut in range(1, len(MARK)):
        yield f"cut at {cut}", [before + MARK[:cut], MARK[cut:] + after]
    yield "letter by letter", list(before + MARK + after)


async def cuts(gate: Gate, first: int) -> list[Row]:
    """Return a row for each client, field and cut; cases count from `first`."""

    async def one(number: int, client: str, model: str, field: str, name: str) -> Row:
        path, ask = stream_requests(model)[client]
        reply = await gate.ask(path, ask(f"case-{number}-"))
        outcome, detail = answer_outcome(reply)
        shown = any(MARK[i : i + _SHOWN] in text for text in texts(reply)
                    for i in range(len(MARK) - _SHOWN + 1))  # fmt: skip
        if shown:
            outcome, detail = "leaked", "in part"
        elif outcome != "stopped":  # it was neither taken out nor blocked: nothing was tried
            outcome, detail = "elsewhere", reply.body[:160].decode()
        return Row(client, "stream", f"{field} {name}", "text", outcome, detail, "cuts")

    work = []
    for model, field, stream in STREAMS:
        for client in stream_requests(model):
            if client == "completions" and field in ("arguments", "input_json_delta"):
                continue  # this form has no tools
            for name, pieces in _cuts(field):
                number = first + len(work)
                gate.answers[number] = stream(pieces)
                work.append(one(number, client, model, field, name))
    return await all_of(work)
