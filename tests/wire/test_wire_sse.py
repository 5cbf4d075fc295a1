"""Server-sent events, cut anywhere."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import UpstreamError
from seawall.wire import sse

STREAM = (
    "\ufeff: a comment\r\n\r\n"
    'data: {"a":"é\U0001f600"}\r\n\r\n'
    "event: x\nid: 3\nretry: 5\ndata:two\ndata: lines\n\n"
    "data\r\rdata: \r\n\r\n\n\n"
    "data: [DONE]\n\n"
).encode()
EVENTS = ['{"a":"é\U0001f600"}', "two\nlines", "", "", "[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    reader = sse.Reader()
    edges = [0, *sorted(cuts), len(STREAM)]
    events = []
    for start, end in itertools.pairwise(edges):
        events += reader.feed(STREAM[start:end])
    assert events + reader.finish() == EVENTS


PLAIN = 'data: {"a":1}\n\ndata: é\u2028\n\ndata: data: x\n\ndata: \n\ndata: [DONE]\n\n'.encode()


@given(st.lists(st.integers(0, len(PLAIN)), max_size=8))
def test_events_that_come_whole_are_the_same_as_cut_ones(cuts: list[int]) -> None:
    reader = sse.Reader()
    edges = [0, *sorted(cuts), len(PLAIN)]
    events = []
    for start, end in itertools.pairwise(edges):
        events += reader.feed(PLAIN[start:end])
    assert events == ['{"a":1}', "é\u2028", "data: x", "", "[DONE]"]


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: 1\ndata: 2\n\n", ["1\n2"]),
        (b"data: 1\n\nevent: x\ndata: 2\n\n", ["1", "2"]),
        (b"data: 1\n\n\n\ndata: 2\n\n", ["1", "2"]),
        (b"data: 1\r\r\ndata: 2\n\n", ["1", "2"]),
        (b"data: 1\n\n: c\n\n", ["1"]),
        (b"data: 1\n\ndata:2\n\n", ["1", "2"]),
    ],
)
def test_what_only_looks_like_whole_events_is_read_line_by_line(
    data: bytes, events: list[str]
) -> None:
    assert sse.Reader().feed(data) == events


def test_byte_by_byte() -> None:
    reader = sse.Reader()
    events = [event for byte in STREAM for event in reader.feed(bytes([byte]))]
    assert events == EVENTS


def test_a_missing_last_blank_line_loses_nothing() -> None:
    reader = sse.Reader()
    assert reader.feed(b"data: 1\n\ndata: 2") == ["1"]
    assert reader.finish() == ["2"]
    assert reader.finish() == []


def test_bad_utf8_and_endless_events_are_errors() -> None:
    with pytest.raises(UpstreamError):
        sse.Reader().feed(b"data: \xff\n\n")
    reader = sse.Reader(max_event=100)
    with pytest.raises(UpstreamError):
        for _ in range(20):
            reader.feed(b"data: 0123456789\n")
    with pytest.raises(UpstreamError):
        sse.Reader(max_event=100).feed(b"x" * 200)


BROKEN = [
    (b"\xff\n\n", 1 << 20),
    (b"data: {\xc3(}\n\ndata: later\n\n", 1 << 20),
    (b"data: " + b"x" * 200 + b"\n", 100),
]


@pytest.mark.parametrize(("bad", "most"), BROKEN)
@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n", "\r\r"])
@pytest.mark.parametrize("cut", [None, 3, 9])
def test_events_before_what_cannot_be_read_are_not_lost(
    bad: bytes, most: int, end: str, cut: int | None
) -> None:
    reader, good = sse.Reader(max_event=most), f"data: é{end}data: two{end}".encode()
    before = reader.feed(good[:cut]) if cut else []
    with pytest.raises(sse.BrokenEventsError) as caught:
        reader.feed(good[len(good[:cut]) if cut else 0 :] + bad)
    assert before + caught.value.events == ["é", "two"]


def test_a_written_event_is_read_back() -> None:
    assert sse.Reader().feed(sse.event(b'{"a":1}') + sse.DONE) == ['{"a":1}', "[DONE]"]


def test_a_long_line_in_many_pieces_is_read_in_time_that_grows_with_its_length() -> None:
    reader, count = sse.Reader(), 80_000
    began = time.process_time()
    reader.feed(b"data: ")
    for _ in range(count):
        reader.feed(b"12345678")
    assert reader.feed(b"\n\n") == ["12345678" * count]
    assert time.process_time() - began < 3.0  # half a minute where each piece copies the line
