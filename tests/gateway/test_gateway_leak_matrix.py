"""A text that the guard takes out arrives nowhere, from no field of any request or answer."""

import asyncio

import leak_page
import pytest
from leak_gate import gate_of
from leak_matrix import GOOD, Row, request_outcome
from leak_places import PLAIN, SHOWN
from leak_surfaces import requests, stream_requests
from leak_walk import MARK, Place, Walk
from openai.types.chat import ChatCompletionMessageParam
from typing_extensions import TypedDict

pytestmark = pytest.mark.one_place("fields of surfaces; what is kept is tested on both")


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return asyncio.run(leak_page.run(tmp_path_factory.mktemp("leaks")))


def test_the_marker_arrives_nowhere(rows: list[Row]) -> None:
    assert [row for row in rows if row.outcome not in GOOD] == []
    assert len({row.surface for row in rows}) > 20 and len(rows) > 4000


def test_what_is_released_was_tried(rows: list[Row]) -> None:
    """Where a text may pass, the guard itself must have stopped the marker, not something else."""
    stopped = {
        row.label.removeprefix(".").rpartition(">")[2]
        for row in rows
        if row.outcome in ("redacted", "stopped", "blocked")
    }
    released = (".content .text .refusal .function.arguments.* .partial_json.* instructions "
                ".image_url.url .function.description")  # fmt: skip
    assert set(released.split()) <= {label.removesuffix(" (picture)") for label in stopped}


def test_the_page_is_what_the_matrix_says(rows: list[Row]) -> None:
    """A new field of a new client version is missing here: look at it, then run the script."""
    assert leak_page.PAGE.read_text(encoding="utf-8") == leak_page.page(rows), (
        "run scripts/build_leak_matrix.py"
    )


async def test_what_holds_no_marker_passes(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """Requests, pictures and tool calls pass without it, so the matrix tries what it says."""
    async with gate_of(tmp_path) as gate:
        gate.usual = leak_page.usual
        for surface in requests():
            body = surface.frame(surface.walk.sample(surface.kind))
            reply = await gate.ask(surface.path, body)
            assert (reply.status, reply.inspected) == (200, False), (surface.name, reply.body)
            assert len(reply.sent) == 1
        picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PLAIN}"}}
        asked = {"model": "small", "messages": [{"role": "user", "content": [picture]}]}
        reply = await gate.ask("/v1/chat/completions", asked)
        assert PLAIN.encode() in reply.sent[0] and SHOWN.encode() not in reply.sent[0]
        path, ask = stream_requests("small")["chat"]
        call = {"id": "t", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        delta = {"role": "assistant", "tool_calls": [{"index": 0, **call}]}
        gate.answers[1] = leak_page.chunks(delta)
        reply = await gate.ask(path, ask("case-1-"))
        assert b'"name":"look"' in reply.body and b'"id":"t"' not in reply.body


async def test_without_a_guard_the_matrix_is_red(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The matrix can fail: with no rule for user input, the marker is seen to arrive."""
    from leak_gate import POLICY

    async with gate_of(tmp_path, POLICY.replace("input, ", "")) as gate:
        gate.usual = leak_page.usual
        asked = {"model": "small", "messages": [{"role": "user", "content": MARK}]}
        reply = await gate.ask("/v1/chat/completions", asked)
        assert request_outcome(reply, "/messages/0/content")[0] == "leaked"
        wrong = {**asked, "messages": [{"role": "user", "content": MARK}], "temperature": "hot"}
        reply = await gate.ask("/v1/chat/completions", wrong)
        assert request_outcome(reply, "/messages/0/content")[0] == "elsewhere"


def test_the_walk_finds_every_field_and_refuses_unknown_types() -> None:
    labels = {place.label for place in Walk().places(ChatCompletionMessageParam)}
    assert {"<user>.content", "<user>.content[]<text>.text", "<tool>.tool_call_id"} <= labels

    class Odd(TypedDict):
        what: complex

    with pytest.raises(TypeError, match="complex"):
        Walk().places(Odd)
    assert Place("", "", "text", MARK).inside("a", ".a", lambda value: {"a": value}).path == "/a"
