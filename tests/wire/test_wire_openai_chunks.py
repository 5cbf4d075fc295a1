"""Chunks that differ in their text alone are read by it; every other one as before."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import UpstreamError
from seawall.wire import openai_plain
from seawall.wire.openai_answer import ChunkEvents, _parse

AROUND = (
    '{"id":"c1","choices":[{"index":2,"delta":{"content":%s},"finish_reason":null}],"usage":null}'
)
TEXTS = ["Hello", "", " world", "ä", "日本語", "\U0001f600", "{}[]:,'", "a" * 3000]
ESCAPED = ['"', "\\", "\n", "a\tb", "\u2028", "\x7f", '","content":"x', "\\u0041"]


def chunk(text: str, around: str = AROUND) -> str:
    return around.replace("%s", json.dumps(text, ensure_ascii=False))


def reader(first: str = "first") -> ChunkEvents:
    events = ChunkEvents()
    assert events.event(chunk(first)) == _parse(chunk(first).encode(), "delta", 10**6)
    return events


@pytest.mark.parametrize("text", TEXTS)
def test_a_chunk_alike_says_what_the_strict_way_says(text: str) -> None:
    index, texts = reader().alike([chunk(text)])
    (choice,) = _parse(chunk(text).encode(), "delta", 10**6).choices
    assert (index, texts) == (choice.index, [choice.content])


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], TEXTS[1:2], ["a", "b"]])
def test_chunks_that_are_all_alike_are_read_as_one_by_one(texts: list[str]) -> None:
    chunks = [chunk(text) for text in texts]
    assert reader().all_alike(chunks) == reader().alike(chunks) == (2, texts)


@given(
    st.lists(
        st.sampled_from(
            [chunk("a"), chunk(""), chunk("{}"), chunk("\n"), chunk('"'), "", "[DONE]",
             "\n\n".join((chunk("a"), chunk("b"))), chunk("a")[:-1], chunk("a")[1:], "}"]
        ),
        max_size=5,
    )
)  # fmt: skip
def test_all_are_alike_where_each_is(chunks: list[str]) -> None:
    _, one_by_one = reader().alike(chunks)
    _, texts = reader().all_alike(chunks)
    assert texts == (one_by_one if len(one_by_one) == len(chunks) else [])


@pytest.mark.parametrize("text", ESCAPED)
def test_a_text_with_an_escape_is_read_as_before(text: str) -> None:
    events = reader()
    assert events.alike([chunk(text)]) == (2, [])
    answer = events.event(chunk(text))
    assert answer is not None
    assert [choice.content for choice in answer.choices] == [text]
    assert events.alike([chunk("on")]) == (2, ["on"])


@pytest.mark.parametrize(
    "other",
    [
        chunk("x").replace('"index":2', '"index":1'),
        chunk("x").replace("null}]", '"stop"}]'),
        chunk("x").replace('"usage":null', '"usage":{"prompt_tokens":1,"completion_tokens":2}'),
        chunk("x").replace('"delta":{', '"delta":{"refusal":"no",'),
        chunk("x").replace("}]", '},{"index":3,"delta":{"content":"y"}}]'),
        chunk("x") + " ",
        chunk("x") + "\n\n" + chunk("y"),  # one event of several lines, not two events
        chunk("x")[:-1],
        AROUND.replace("%s", '"a","content":"b"'),
        AROUND.replace("%s", '"a\\"'),
        AROUND.replace("%s", '"a\nb"'),
        AROUND.replace("%s", '"'),
        AROUND.replace("%s", "null"),
        AROUND.replace("%s", ""),
        "[DONE]",
        "",
    ],
)
def test_what_is_not_alike_ends_the_run(other: str) -> None:
    events = reader()
    chunks = [chunk("a"), chunk("b"), other, chunk("c")]
    assert events.alike(chunks) == (2, ["a", "b"])
    assert events.all_alike(chunks) == events.all_alike([other]) == (2, [])


def test_nothing_is_alike_before_the_first_or_after_an_escaped_one() -> None:
    events = ChunkEvents()
    assert events.alike([chunk("x")]) == events.all_alike([chunk("x")]) == (0, [])
    events.event(chunk('"'))
    assert events.alike([chunk("x")]) == (0, [])


@pytest.mark.parametrize(
    "data",
    [
        AROUND.replace("%s", '"a\\u00e4c"'),
        '{"choices":[{"index":0,"delta":{"role":"assistant","content": "a\\/b"}}]}',
    ],
)
def test_a_text_that_is_written_with_escapes_makes_no_frame(data: str) -> None:
    said = openai_plain.chunk(data)
    assert said is not None
    assert openai_plain.frame(data, *said) is None


@pytest.mark.parametrize("blanks", ["", " ", "  \n"])
def test_a_frame_is_found_whatever_blanks_stand_in_it(blanks: str) -> None:
    around = AROUND.replace('"content":', f'"content"{blanks}:{blanks}')
    events = ChunkEvents()
    events.event(chunk("x", around))
    assert events.alike([chunk("y", around)]) == (2, ["y"])
    two = [chunk("y", around), chunk("z", around)]
    assert events.all_alike(two) == (2, [] if "\n" in blanks else ["y", "z"])


def test_a_frame_whose_ends_overlap_in_a_chunk_does_not_fit() -> None:
    said: Any = openai_plain.Frame(0, '{"a":"x"', '"x"}')
    assert said.text('{"a":"x"}') is None
    assert said.texts(['{"a":"x"}']) == []


def test_a_chunk_that_cannot_be_read_is_refused_after_a_frame_too() -> None:
    events = reader()
    bad = chunk("x").replace('"usage":null', '"error":{"message":"x"}')
    assert events.alike([bad]) == (2, [])
    with pytest.raises(UpstreamError):
        events.event(bad)
