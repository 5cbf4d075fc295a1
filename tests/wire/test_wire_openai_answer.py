"""Provider answers: only known fields are read."""

import itertools
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import UpstreamError
from seawall.wire import openai_answer as answer


def whole(**message: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice]}).encode()


def test_unknown_fields_are_dropped_everywhere() -> None:
    leak = "LEAK"
    body = {
        "id": leak, "model": leak, "system_fingerprint": leak, "note": leak, "metadata": {leak: 1},
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "note": leak},
        "choices": [{"index": 0, "finish_reason": leak, "logprobs": {"content": [{"token": leak}]},
                     "message": {"role": leak, "content": "ok", "refusal": None, "audio": leak,
                                 "reasoning_content": leak, "reasoning": leak,
                                 "annotations": [{"url_citation": {"url": leak}}]}}],
    }  # fmt: skip
    read = answer.parse_completion(json.dumps(body).encode())
    assert leak not in repr(read)
    assert (read.choices[0].content, read.choices[0].finish_reason) == ("ok", "stop")
    assert read.usage and read.usage.total == 7


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"choices":[]}',
        b'{"choices":[],"choices":[]}',
        b'{"error":{"message":"secret"}}',
        b'{"choices":[{"index":0}]}',
        b'{"choices":["x"]}',
        whole(content={"x": 1}),
        whole(content=[{"type": "image", "text": "x"}]),
        whole(content=[{"type": ["text"], "text": "x"}]),
        whole(content=[{"type": {"type": "text"}, "text": "x"}]),
        b'{"choices":[{"index":false,"message":{"content":"a"}}]}',
        whole(content=None, function_call={"name": "f", "arguments": "{}"}),
        whole(content=None, tool_calls="x"),
        whole(content=None, tool_calls=[{"type": "custom", "custom": {}}]),
        whole(content=None, tool_calls=[{"id": "a", "type": "function"}]),
        whole(content=None, tool_calls=[{"function": {"name": "f", "arguments": {"a": 1}}}]),
        b'{"choices":[{"index":0,"message":{"content":"a"}},{"index":0,"message":{}}]}',
    ],
)
def test_what_cannot_be_read_is_an_upstream_error(body: bytes) -> None:
    with pytest.raises(UpstreamError) as caught:
        answer.parse_completion(body)
    assert "secret" not in str(caught.value)


def test_text_parts_become_one_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert answer.parse_completion(whole(content=parts)).choices[0].content == "ab"


@given(st.text(min_size=1, max_size=30), st.lists(st.integers(1, 29), max_size=5))
def test_tool_arguments_cut_anywhere_come_together(text: str, cuts: list[int]) -> None:
    calls = answer.ToolCalls()
    edges = [0, *sorted(cuts), len(text)]
    for number, (start, end) in enumerate(itertools.pairwise(edges)):
        first = number == 0
        calls.add(answer.ToolDelta(index=0, id="c" if first else "", name="f" if first else "",
                                   arguments=text[start:end]))  # fmt: skip
    (call,) = calls.complete()
    assert (call.id, call.name, call.arguments) == ("c", "f", text if text.strip() else "{}")


def test_tool_calls_without_index_and_with_bad_ids() -> None:
    calls = answer.ToolCalls()
    for name in ("f", "g"):
        calls.add(answer.ToolDelta(index=None, id="bad id!", name=name, arguments="{}"))
    done = calls.complete()
    assert [(call.id, call.name, call.index) for call in done] == [
        ("call_0", "f", 0),
        ("call_1", "g", 1),
    ]
    calls.add(answer.ToolDelta(index=7, id="x", name="say this!", arguments=""))
    with pytest.raises(UpstreamError):
        calls.complete()


def test_endless_tool_arguments_are_an_error() -> None:
    calls = answer.ToolCalls(max_chars=10)
    with pytest.raises(UpstreamError):
        calls.add(answer.ToolDelta(index=0, id="c", name="f", arguments="x" * 11))


def test_chunks() -> None:
    events = answer.ChunkEvents()
    read = events.event('{"choices":[{"index":1,"delta":{"content":"a"}}]}')
    assert read and (read.choices[0].index, read.choices[0].content) == (1, "a")
    assert read.choices[0].finish_reason is None
    usage = events.event('{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}')
    assert usage and usage.choices == [] and usage.usage and usage.usage.total == 3
    with pytest.raises(UpstreamError):
        events.event('{"error":{"message":"x"}}')
    assert not events.done and events.event("[DONE]") is None and events.done


def test_arguments_in_very_many_pieces_are_put_together_once() -> None:
    calls, count = answer.ToolCalls(), 80_000
    began = time.process_time()
    calls.add(answer.ToolDelta(index=0, id="c", name="f", arguments='{"a":"\r\n'))
    for _ in range(count):
        calls.add(answer.ToolDelta(index=0, id="", name="", arguments="12345678"))
    (call,) = calls.complete()
    assert call.arguments == '{"a":"\r\n' + "12345678" * count
    assert time.process_time() - began < 2.0  # three times that where each piece copies them
