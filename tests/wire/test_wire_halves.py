"""What a stream cuts within a character is joined, wherever it was cut; half alone is U+FFFD."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.errors import UpstreamError
from seawall.wire.anthropic.upstream_answer import MessageEvents
from seawall.wire.halves import Halves
from seawall.wire.openai_answer import Answer, ChunkEvents, ToolCalls
from seawall.wire.openai_responses.upstream import ResponseStream

TEXTS = st.text(st.sampled_from('a \n"\\é日\ufffd\U0001f600\U0010ffff'), max_size=20)
# Halves where no other half is: what a broken server sends.
ODD = st.lists(st.sampled_from(["a", "\U0001f600", "\ud83d", "\udbff", "\ude00", "\udc00"]),
               max_size=12).map("".join)  # fmt: skip
CUTS = st.lists(st.integers(0, 60), max_size=8)
FIELDS = ("content", "refusal", "tool")


def units(text: str) -> list[str]:
    """The text as a server that counts in UTF-16 sees it: halves apart."""
    data = text.encode("utf-16-le", "surrogatepass")
    pairs = (data[at : at + 2] for at in range(0, len(data), 2))
    return [pair.decode("utf-16-le", "surrogatepass") for pair in pairs]


def pieces(text: str, cuts: list[int]) -> list[str]:
    signs = units(text)
    edges = [0, *sorted(min(cut, len(signs)) for cut in cuts), len(signs)]
    return ["".join(signs[a:b]) for a, b in itertools.pairwise(edges)]


def whole(text: str) -> str:
    """Pairs as characters, what is alone as U+FFFD: worked out in another way."""
    paired = re.sub(
        "([\ud800-\udbff])([\udc00-\udfff])",
        lambda m: chr(0x10000 + ((ord(m[1]) & 0x3FF) << 10) + (ord(m[2]) & 0x3FF)), text,
    )  # fmt: skip
    return re.sub("[\ud800-\udfff]", "\ufffd", paired)


def read(answers: Iterator[Answer | None]) -> tuple[dict[tuple[int, str], str], list[str]]:
    """All texts by choice and field, and every piece that was handed on."""
    halves, calls = Halves(), ToolCalls()
    texts: dict[tuple[int, str], str] = {}
    handed: list[str] = []
    for answer in answers:
        if answer is None:
            continue
        halves.join(answer)
        for choice in answer.choices:
            for field, said in (("content", choice.content), ("refusal", choice.refusal)):
                texts[choice.index, field] = texts.get((choice.index, field), "") + (said or "")
                handed.append(said or "")
            for tool in choice.tools:
                calls.add(tool)
                handed.append(tool.arguments)
    assert not halves.waiting
    for call in calls.complete():
        texts[0, "tool"] = call.arguments
    return texts, handed


def chunk(index: int, field: str, piece: str, finish: str | None = None) -> str:
    delta: dict[str, Any] = {field: piece}
    if field == "tool":
        function = {"name": "", "arguments": piece}
        delta = {"tool_calls": [{"index": 0, "function": function}]}
    return json.dumps({"choices": [{"index": index, "delta": delta, "finish_reason": finish}]})


_CALL = {"index": 0, "id": "c", "function": {"name": "f"}}
OPEN = json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": [_CALL]}}]})
END = '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("with_end", [False, True])
@settings(deadline=None)
@given(text=st.one_of(TEXTS, ODD), cuts=CUTS)
def test_chat_chunks_say_the_text_wherever_it_was_cut(
    field: str, with_end: bool, text: str, cuts: list[int]
) -> None:
    reader, parts = ChunkEvents(), pieces(text, cuts)
    events = [chunk(0, field, part) for part in parts]
    events = [*events[:-1], chunk(0, field, parts[-1], "stop")] if with_end else [*events, END]
    texts, handed = read(reader.event(one) for one in [OPEN, *events])
    nothing = "{}" if field == "tool" and not text.strip() else whole(text)
    assert texts[0, field] == nothing
    assert not any(re.search("[\ud800-\udfff]", one) for one in handed)


@settings(deadline=None)
@given(text=st.one_of(TEXTS, ODD), other=TEXTS, cuts=CUTS)
def test_choices_do_not_wait_for_one_another(text: str, other: str, cuts: list[int]) -> None:
    first, second = pieces(text, cuts), pieces(other, cuts)
    events = [
        chunk(index, "content", part)
        for pair in zip(first, second, strict=True)
        for index, part in enumerate(pair)
    ]
    ends = [chunk(index, "content", "", "stop") for index in (0, 1)]
    reader = ChunkEvents()
    texts, _ = read(reader.event(one) for one in [*events, *ends])
    assert (texts[0, "content"], texts[1, "content"]) == (whole(text), whole(other))


@pytest.mark.parametrize("tool", [False, True])
@settings(deadline=None)
@given(text=st.one_of(TEXTS, ODD), cuts=CUTS)
def test_anthropics_events_say_the_text_wherever_it_was_cut(
    tool: bool, text: str, cuts: list[int]
) -> None:
    block = {"type": "tool_use", "id": "t", "name": "f"} if tool else {"type": "text", "text": ""}
    kind = ("input_json_delta", "partial_json") if tool else ("text_delta", "text")
    events: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": kind[0], kind[1]: part}}
          for part in ["[", *pieces(text, cuts)]),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    ]  # fmt: skip
    reader = MessageEvents()
    texts, _ = read(reader.event(json.dumps(one)) for one in events)
    assert texts[0, "tool" if tool else "content"] == "[" + whole(text)


def test_half_of_a_character_is_handed_on_once_it_is_whole_and_not_before() -> None:
    halves, said = Halves(), []
    reader = ChunkEvents()
    for part in ("so \ud83d", "", "\ude00 it", " is"):
        answer = reader.event(chunk(0, "content", part))
        assert answer is not None
        halves.join(answer)
        said.append(answer.choices[0].content)
    assert said == ["so ", "", "\U0001f600 it", " is"]


def test_an_input_that_is_whole_from_the_start_holds_no_half() -> None:
    block = {"type": "tool_use", "id": "t", "name": "f", "input": {"to": "\ud83d"}}
    start = {"type": "content_block_start", "index": 0, "content_block": block}
    with pytest.raises(UpstreamError):
        MessageEvents().event(json.dumps(start))


def _response(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "role": "assistant", "content": [part]}


def _ends(item: dict[str, Any]) -> list[dict[str, Any]]:
    response = {"status": "completed", "output": [item]}
    return [
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]


@pytest.mark.parametrize("at", [0, 1], ids=["item", "response"])
def test_an_item_or_response_that_is_whole_holds_no_half(at: int) -> None:
    answer = ResponseStream().event(json.dumps(_ends(_response("\U0001f600"))[at]))
    assert answer is not None and answer.choices[0].content == "\U0001f600"
    with pytest.raises(UpstreamError):
        ResponseStream().event(json.dumps(_ends(_response("\ud83d"))[at]))


def test_a_delta_of_a_response_may_end_in_half() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "item_id": "m",
             "delta": "so \ud83d"}  # fmt: skip
    answer = ResponseStream().event(json.dumps(delta))
    assert answer is not None and answer.choices[0].content == "so \ud83d"
