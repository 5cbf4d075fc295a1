"""A provider's stream is taken in the same way however its bytes are cut, and in turns."""

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import UpstreamError
from seawall.gateway.intake import Intake
from seawall.wire import sse
from seawall.wire.openai_answer import Answer, ChunkEvents
from seawall.wire.usage import Usage

pytestmark = pytest.mark.once

SECOND = {"index": 1, "delta": {"content": "other"}}


def event(text: str | None, index: int = 0, finish: str | None = None, **more: Any) -> bytes:
    delta = {} if text is None else {"content": text}
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    data = json.dumps({"id": "c", "choices": [choice], **more}, ensure_ascii=False)
    return f"data: {data}\n\n".encode()


class Relay:
    """Notes what it is given, choice by choice."""

    def __init__(self, call: Any) -> None:
        self.call, self.texts, self.finished, self.takes = call, {0: "", 1: ""}, set(), 0
        self.ready = self.was_cut = False

    def take_text(self, index: int, text: str, pieces: int = 1) -> None:
        self.takes += 1
        self.call.seen_chars += len(text)
        self.texts[index] += text

    def take(self, answer: Answer) -> None:
        for choice in answer.choices:
            self.take_text(choice.index, choice.content or "")
            if choice.finish_reason:
                self.finished.add(choice.index)
        self.call.usage = answer.usage or self.call.usage

    def cut(self) -> None:
        self.was_cut = True


def begun(tokens: int = 10_000, mark: str = "") -> tuple[Intake, Relay, Any]:
    call: Any = SimpleNamespace(estimate_output=tokens, seen_chars=0, mark=mark, usage=None)
    relay: Any = Relay(call)
    return Intake(call, relay, ChunkEvents()), relay, call


def read(pieces: list[bytes], tokens: int = 10_000) -> tuple[Any, ...]:
    intake, relay, call = begun(tokens)
    for piece in pieces:
        intake.take(piece)
        while intake.waiting:
            intake.step()
        intake.check()
        if intake.ended:
            break
    return relay.texts, relay.finished, call.usage, call.seen_chars, intake.ended, relay.was_cut


EVENTS = [
    event("It "), event("is "), event("on "), event(""), event('its "way"\n'), event("x", 1),
    event("y", 1), event("日本 "), event("\\u0041"), event("so."), event(None, 0, "stop"),
    event(None, 1, "length", usage={"prompt_tokens": 3, "completion_tokens": 9}),
    b"data: [DONE]\n\n",
]  # fmt: skip


@given(st.lists(st.integers(0, sum(map(len, EVENTS))), max_size=14))
def test_any_cut_gives_the_same_answer(cuts: list[int]) -> None:
    stream = b"".join(EVENTS)
    edges = [0, *sorted(cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    assert read(pieces) == read(EVENTS)
    assert read(EVENTS)[0] == {0: 'It is on its "way"\n日本 \\u0041so.', 1: "xy"}


@given(st.integers(1, 60), st.integers(1, 30))
def test_the_cap_cuts_wherever_the_pieces_end(tokens: int, together: int) -> None:
    said = [event("ab") for _ in range(200)]
    joined = [b"".join(said[at : at + together]) for at in range(0, 200, together)]
    assert read(joined, tokens) == read(said, tokens)
    assert read(said, tokens)[-1] is (tokens < 68)  # twice as many pieces, and 64


def test_chunks_alike_are_one_step_and_a_large_piece_is_many_turns() -> None:
    intake, relay, _ = begun()
    intake.take(event("a"))
    before = relay.takes
    assert not intake.take(b"".join(event("b") for _ in range(100)))
    assert relay.takes == before + 1 and not intake.waiting
    assert intake.take(b"".join(event("c" * 100) for _ in range(200))) and intake.waiting
    assert relay.texts[0].count("c") == 1600


def test_what_comes_while_events_wait_is_read_after_them() -> None:
    intake, relay, _ = begun()
    intake.take(event("0,"))
    said = [f"{number}," for number in range(1, 300)]
    assert intake.take(b"".join(map(event, said))) and intake.waiting
    intake.take(event("last"))
    while intake.waiting:
        intake.step()
    assert relay.texts[0] == "0," + "".join(said) + "last"


@pytest.mark.parametrize("bad", [b"data: \xff\n\n", b"data: " + b"x" * sse.MAX_EVENT + b"\n"])
@pytest.mark.parametrize("before", [0, 3, 40])
def test_what_came_before_bytes_that_cannot_be_read_counts(bad: bytes, before: int) -> None:
    said = [event(f"{number},", x=number) for number in range(before)]
    used = event(None, usage={"prompt_tokens": 3, "completion_tokens": 9})
    intake, relay, call = begun()
    assert intake.take(b"".join([*said, used, bad]))
    while intake.waiting:
        intake.check()  # the error comes last
        intake.step()
    with pytest.raises(UpstreamError):
        intake.check()
    assert relay.texts[0] == "".join(f"{number}," for number in range(before))
    assert call.usage == Usage(prompt_tokens=3, completion_tokens=9)


def test_what_follows_the_end_in_one_piece_breaks_nothing() -> None:
    intake, relay, _ = begun()
    assert intake.take(b"".join([*EVENTS, b"\xff"]))
    intake.check()
    assert intake.ended and relay.finished == {0, 1}


def test_a_copied_mark_is_a_blank_again_in_chunks_alike_too() -> None:
    intake, relay, _ = begun(mark="\u02c6")
    for piece in (event("one\u02c6two"), event("\u02c6three") + event("\u02c6four")):
        intake.take(piece)
    assert relay.texts[0] == "one two three four"
