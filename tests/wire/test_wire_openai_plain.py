"""The quick reader says what the strict one says, or nothing."""

import json

import pytest

from seawall.core.errors import UpstreamError
from seawall.wire import openai_plain
from seawall.wire.openai_answer import Answer, ChunkEvents, _parse, parse_completion

PLAIN_CHUNKS = [
    {"choices": [{"index": 0, "delta": {"content": "Hello"}}]},
    {"choices": [{"index": 3, "delta": {"role": "assistant", "content": "ä\u2028 \\ \""}}]},
    {
        "id": "x", "object": "chat.completion.chunk", "model": "m", "usage": None,
        "choices": [{"index": 0, "delta": {"content": "x", "refusal": None, "tool_calls": None},
                     "logprobs": None, "finish_reason": None}],
    },
]  # fmt: skip
OTHER_CHUNKS = [
    {"choices": []},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"choices": [{"index": 0, "delta": {"refusal": "no"}}]},
    {"choices": [{"index": 0, "delta": {"content": "x", "refusal": "no"}}]},
    {"choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": "x"}]}}]},
    {"choices": [{"delta": {"content": "x"}}]},
    {"choices": [{"index": 0, "delta": {"content": "a"}}, {"index": 1, "delta": {"content": "b"}}]},
    {"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": {"completion_tokens": 3}},
    {"choices": [{"index": 0, "delta": {"content": "a"},
                  "logprobs": {"content": [{"token": "a"}]}}]},
    {"choices": [{"index": 0, "delta": {"content": "a", "tool_calls": [
        {"index": 0, "id": "c", "type": "function", "function": {"name": "f"}}]}}]},
]  # fmt: skip
PLAIN_WHOLE = [
    {"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "length"}],
     "usage": {"prompt_tokens": 1, "completion_tokens": 2, "prompt_tokens_details": {"a": 1}}},
    {"choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "odd"}]},
    {"choices": [{"index": 0, "message": {"content": "x"}}], "usage": {"prompt_tokens": -1}},
    {"choices": [{"index": 0, "message": {"content": "x"}}], "usage": {"prompt_tokens": "1"}},
]  # fmt: skip
OTHER_WHOLE = [
    {"choices": [{"index": 0, "message": {"content": None, "refusal": "no"}}]},
    {"choices": [{"message": {"content": "x"}}]},
    {"choices": [{"index": 0, "message": {"content": "x"}}], "usage": 7},
    {"choices": [{"index": 1, "message": {"content": "x"}}]},
]


def parse_chunk(data: str) -> Answer | None:
    return ChunkEvents().event(data)


@pytest.mark.parametrize("chunk", [*PLAIN_CHUNKS, *OTHER_CHUNKS])
def test_a_chunk_is_read_as_the_strict_way_reads_it(chunk: object) -> None:
    for data in (json.dumps(chunk), json.dumps(chunk, ensure_ascii=False)):
        assert parse_chunk(data) == _parse(data.encode(), "delta", 10**6)
        assert (openai_plain.chunk(data) is not None) == (chunk in PLAIN_CHUNKS)


@pytest.mark.parametrize("whole", [*PLAIN_WHOLE, *OTHER_WHOLE])
def test_a_whole_answer_is_read_as_the_strict_way_reads_it(whole: object) -> None:
    data = json.dumps(whole).encode()
    assert parse_completion(data) == _parse(data, "message", 10**6)
    assert (openai_plain.completion(data) is not None) == (whole in PLAIN_WHOLE)


@pytest.mark.parametrize(
    "data",
    [
        '{"choices":[{"index":0,"delta":{"content":"a","content":"b"}}]}',
        '{"choices":[{"index":0,"delta":{"content":"a"},"delta":{"content":"b"}}]}',
        '{"choices":[{"index":0,"delta":{"content":"a"}}],"choices":[]}',
        '{"choices":[{"index":0,"index":1,"delta":{"content":"a"}}]}',
        '{"choices":[{"index":0,"delta":{"content":"a"}}],"error":{"message":"x"}}',
        '{"choices":[{"index":0,"delta":{"content":"a"}}]} x',
        '{"choices":[{"index":0,"delta":{"content":"a"}}],"x":NaN}',
        '{"choices":[{"index":0,"delta":{"content":"a","function_call":{"name":"f"}}}]}',
        '{"choices":[{"index":64,"delta":{"content":"a"}}]}',
        '{"choices":[{"index":-1,"delta":{"content":"a"}}]}',
    ],
)
def test_what_the_strict_way_refuses_is_refused(data: str) -> None:
    whole = data.replace('"delta"', '"message"').encode()
    with pytest.raises(UpstreamError):
        parse_chunk(data)
    with pytest.raises(UpstreamError):
        parse_completion(whole)


def test_half_a_character_is_read_in_a_piece_and_refused_in_a_whole_answer() -> None:
    data = '{"choices":[{"index":0,"delta":{"content":"\\ud800"}}]}'
    read = parse_chunk(data)
    assert read is not None and read.choices[0].content == "\ud800"
    with pytest.raises(UpstreamError):
        parse_completion(data.replace('"delta"', '"message"').encode())


@pytest.mark.parametrize("extra", ["[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000])
def test_what_is_nested_too_deep_is_an_answer_that_cannot_be_read(extra: str) -> None:
    data = f'{{"choices":[{{"index":0,"delta":{{"content":"a","x":{extra}}}}}]}}'
    with pytest.raises(UpstreamError):
        parse_chunk(data)
    with pytest.raises(UpstreamError):
        parse_completion(data.replace('"delta"', '"message"').encode())


@pytest.mark.parametrize(
    "data",
    [
        '{"choices":[{"index":0,"delta":{"content":"a","conte\\u006Et":"b"}}]}',
        '{"choices":[{"index":0,"delta":{"content":"a"}}],"error":1,"err\\u006fr":null}',
        '{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null,'
        '"finish\\u005freason":null}]}',
    ],
)
def test_a_key_that_is_there_twice_does_not_hide_behind_an_escape(data: str) -> None:
    with pytest.raises(UpstreamError):
        parse_chunk(data)
    with pytest.raises(UpstreamError):
        parse_completion(data.replace('"delta"', '"message"').encode())


@pytest.mark.parametrize("tokens", [10**9 + 1, 2**63 - 1, 2**63, 10**30, "1" + "0" * 400])
def test_a_usage_that_no_request_can_have_is_refused(tokens: object) -> None:
    for counts in ('"prompt_tokens":%s,"completion_tokens":1', '"completion_tokens":%s'):
        usage = f'"usage":{{{counts % tokens}}}'
        with pytest.raises(UpstreamError):
            parse_chunk(f'{{"choices":[],{usage}}}')
        whole = f'{{"choices":[{{"index":0,"message":{{"content":"a"}}}}],{usage}}}'
        with pytest.raises(UpstreamError):
            parse_completion(whole.encode())
