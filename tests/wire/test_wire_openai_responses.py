"""The Responses API to and from the chat form inside."""

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Stage, Trust
from seawall.wire import documents, openai_answer, openai_chat, pointer, sse
from seawall.wire.formats import ParseOptions
from seawall.wire.openai_responses import answer, kept, request, tools
from seawall.wire.openai_responses.client import OpenAIResponses
from seawall.wire.openai_responses.request import Asked
from seawall.wire.openai_responses.stream import ResponseEvents
from seawall.wire.usage import Usage

OPTIONS = ParseOptions(markers=documents.DefaultMarkers(), request_id="sw_0123456789abcdef")
PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
         "rkJggg==")  # fmt: skip
NOTE = base64.b64encode(b"Rates: 4 %").decode()
FULL: dict[str, Any] = {
    "model": "small", "instructions": "Be kind", "previous_response_id": "resp_1",
    "input": [
        {"type": "message", "role": "developer",
         "content": [{"type": "input_text", "text": "Dev"}]},
        {"role": "user", "content": "Plain"},
        {"type": "message", "role": "user", "status": "completed", "id": "in_1", "content": [
            {"type": "input_text", "text": "Look"},
            {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}",
             "detail": "low"},
            {"type": "input_file", "filename": "rates.txt",
             "file_data": f"data:text/plain;base64,{NOTE}"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}],
         "encrypted_content": "xyz"},
        {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
         "phase": "final_answer", "content": [
            {"type": "output_text", "text": "Said", "annotations": [], "logprobs": []},
            {"type": "refusal", "refusal": "No"}]},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "look",
         "arguments": "{\"a\":\"b\"}", "status": "completed"},
        {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "Result"},
        {"type": "function_call_output", "call_id": "c2",
         "output": [{"type": "input_text", "text": "Another"}]},
    ],
    "tools": [{"type": "function", "name": "look", "description": "Looks", "strict": True,
               "parameters": {"type": "object", "properties": {"a": {"description": "Which"}}}}],
    "tool_choice": {"type": "allowed_tools", "mode": "auto",
                    "tools": [{"type": "function", "name": "look"}]},
    "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "shape",
             "description": "Shape", "schema": {"type": "object", "title": "T"}, "strict": True}},
    "reasoning": {"effort": "low", "summary": "auto"}, "metadata": {"team": "red"},
    "user": "u", "safety_identifier": "s", "prompt_cache_key": "k", "service_tier": "auto",
    "parallel_tool_calls": False, "temperature": 1, "top_p": 0.5, "max_output_tokens": 9,
    "include": ["reasoning.encrypted_content"], "truncation": "disabled", "store": True,
    "stream": True, "stream_options": {"include_obfuscation": False}, "background": False,
    "top_logprobs": 0, "max_tool_calls": 3, "prompt_cache_retention": "24h",
}  # fmt: skip


def parse(value: dict[str, Any]) -> tuple[Exchange, Asked]:
    read = request.read(json.dumps(value).encode())
    return request.translate(read, OPTIONS)


def test_a_full_request_becomes_a_chat_request() -> None:
    exchange, asked = parse(FULL)
    body = exchange.body
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "developer", "user", "user", "assistant", "tool", "tool"]
    assert [call["id"] for call in body["messages"][4]["tool_calls"]] == ["c1", "c2"]
    assert body["messages"][6] == {
        "role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "Another"}]
    }  # fmt: skip
    assert body["response_format"]["json_schema"]["name"] == "shape"
    assert body["tool_choice"]["allowed_tools"]["tools"][0]["function"] == {"name": "look"}
    assert (body["max_completion_tokens"], body["reasoning_effort"]) == (9, "low")
    assert not body.keys() & {"store", "include", "input", "text", "previous_response_id"}
    assert (asked.own, asked.instructions, asked.previous, asked.store) == (1, True, "resp_1", True)
    document = next(part for part in exchange.parts if part.name == "rates.txt")
    assert (document.stage, document.trust) == (Stage.DOCUMENT, Trust.UNTRUSTED)
    assert "Rates: 4 %" in document.text
    openai_chat.exchange_of(copy.deepcopy(body))


def leaves(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, str):
        yield at
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, at + pointer.join(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{at}/{index}")


MARK = "MARKER"
CODED = base64.b64encode(b"MARKER in a file").decode()


@pytest.mark.parametrize("where", list(leaves(FULL)))
def test_a_marker_anywhere_is_inspected_refused_or_dropped(where: str) -> None:
    """What goes to the provider or back to the client was inspected as a part."""
    value = copy.deepcopy(FULL)
    coded = where.endswith("file_data")
    pointer.replace(value, where, f"data:text/plain;base64,{CODED}" if coded else MARK)
    try:
        exchange, asked = parse(value)
    except RequestError as error:
        assert error.param  # a name that others refer to makes the others wrong
        return
    inspected = any(MARK in part.text for part in exchange.parts)
    sent = openai_chat.upstream_body(
        exchange, model="m", max_output_tokens=9, training_opt_out=True, signed=False
    )
    back = answer.envelope(exchange, asked, 1)
    if where == "/previous_response_id":
        assert back.pop("previous_response_id") == MARK
    if where == "/model":
        assert back.pop("model") == MARK  # must be one of the policy's models
    assert inspected or (MARK.encode() not in sent and MARK not in json.dumps(back))
    kinds = ("text", "refusal", "output", "arguments", "instructions", "description", "content",
             "file_data", "filename", "user", "safety_identifier", "prompt_cache_key", "team",
             "title")  # fmt: skip
    dropped = "/input/3/" in where
    assert inspected or dropped or where.rpartition("/")[2] not in kinds


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": [{"type": "message", "role": "user", "content": "a", "x": 1}]}, "/input/0/x"),
        ({"input": [{"type": "brand_new"}]}, "/input/0/type"),
        ({"input": [{"type": "mcp_call", "id": "x"}]}, "/input/0"),
        ({"input": [{"id": "msg_1"}]}, "/input/0"),
        ({"input": []}, "/input"),
        ({"input": 5}, "/input"),
        ({"input": [{"role": "tool", "content": "x"}]}, "/input/0/role"),
        ({"input": [{"role": "user", "content": [{"type": "output_text", "text": "x"}]}]},
         "/input/0/content/0"),
        ({"input": [{"role": "user", "content": [{"type": "new", "text": "x"}]}]},
         "/input/0/content/0/type"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": 5}]}]},
         "/input/0/content/0/text"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
         "/input/0/content/0/file_id"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "detail": "tiny",
          "image_url": f"data:image/png;base64,{PIXEL}"}]}]}, "/input/0/content/0/detail"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_url": "u"}]}]},
         "/input/0/content/0/file_url"),
        ({"input": [{"role": "user", "content": [{"type": "input_file",
          "file_data": "data:application/pdf;base64,AA=="}]}]}, "/input/0/content/0/file_data"),
        ({"input": [{"role": "user", "content": [{"type": "input_file",
          "file_data": "data:text/plain;base64,gA=="}]}]}, "/input/0/content/0/file_data"),
        ({"input": [{"role": "assistant", "content": [{"type": "output_text", "text": "x",
          "annotations": [{"type": "url_citation"}]}]}]}, "/input/0/content/0/annotations"),
        ({"input": [{"type": "function_call", "call_id": "c", "name": "a b", "arguments": ""}]},
         "/input/0/name"),
        ({"input": [{"type": "function_call", "call_id": "", "name": "a", "arguments": ""}]},
         "/input/0/call_id"),
        ({"input": [{"type": "function_call", "call_id": "c", "name": "a", "arguments": 5}]},
         "/input/0/arguments"),
        ({"input": [{"type": "function_call", "call_id": "c", "name": "a", "arguments": ""},
                    {"type": "function_call_output", "call_id": "c",
                     "output": [{"type": "input_image"}]}]}, "/input/1/output/0"),
        ({"input": [{"type": "reasoning", "summary": [{"type": "x", "text": "y"}]}]},
         "/input/0/summary/0/type"),
        ({"instructions": [{"role": "user"}]}, "/instructions"),
        ({"tools": [{"type": "mcp", "server_url": "x"}]}, "/tools/0"),
        ({"tools": [{"type": "function", "name": "a", "parameters": {"$ref": "http://x"}}]},
         "/tools/0/parameters/$ref"),
        ({"tools": [{"type": "function", "name": "a", "async": True, "defer_loading": True}]},
         "/tools/0/async"),
        ({"tools": [{"type": "function", "name": "a", "defer_loading": True, "async": True}]},
         "/tools/0/defer_loading"),
        ({"tool_choice": {"type": "function", "name": "other"}}, "/tool_choice/name"),
        ({"tool_choice": {"type": "web_search_preview"}}, "/tool_choice"),
        ({"tool_choice": "any"}, "/tool_choice"),
        ({"tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": [
            {"type": "function", "name": "other"}]}}, "/tool_choice/tools/0/name"),
        ({"text": {"format": {"type": "grammar"}}}, "/text/format/type"),
        ({"text": {"verbosity": "huge"}}, "/text/verbosity"),
        ({"reasoning": {"effort": "endless"}}, "/reasoning/effort"),
        ({"reasoning": {"mode": "pro"}}, "/reasoning/mode"),
        ({"include": ["message.output_text.logprobs"]}, "/include/0"),
        ({"truncation": "auto"}, "/truncation"),
        ({"background": 0}, "/background"),
        ({"top_logprobs": 2}, "/top_logprobs"),
        ({"prompt": {"id": "p"}}, "/prompt"),
        ({"store": "yes"}, "/store"),
        ({"temperature": 3}, "/temperature"),
        ({"metadata": {"a": 1}}, "/metadata/a"),
        ({"n": 2}, "/n"),
    ],
)  # fmt: skip
def test_refusals_point_into_the_clients_body(change: dict[str, Any], param: str) -> None:
    value = {**FULL, **change}
    if "tool_choice" not in change:
        del value["tool_choice"]
    with pytest.raises(RequestError) as caught:
        parse(value)
    assert caught.value.param == param
    assert param in caught.value.message


@pytest.mark.parametrize("kind", sorted(tools.HOSTED))
def test_hosted_tools_are_refused_by_name(kind: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse({"model": "m", "input": "x", "tools": [{"type": kind}]})
    assert caught.value.code == "unsupported_field" and kind in str(caught.value)


def test_document_markers_of_the_policy_are_used() -> None:
    class Marks:
        open, close = "[[DOC", "[[END"

    wrapped = documents.wrap("a [[END b", Marks(), source="x.txt")
    (piece,) = documents.split(wrapped, Marks())
    assert piece.document and wrapped[piece.start : piece.end] == "\na [[END b\n"


ASK, ASKED = parse({"model": "small", "input": "Hi"})
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
CALLS = st.lists(st.tuples(st.sampled_from(["look", "pay"]), TEXT), max_size=3)


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({min(place, len(text)) for place in places} | {len(text)})
    return [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def answered(text: str, refusal: str, calls: list[tuple[str, str]], finish: str) -> Any:
    whole = [
        {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": said}}
        for i, (name, said) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text, "refusal": refusal, "tool_calls": whole}
    return {"index": 0, "message": message, "finish_reason": finish}


@settings(deadline=None)
@given(
    text=TEXT, refusal=TEXT, calls=CALLS, places=st.lists(st.integers(0, 30), max_size=5),
    finish=st.sampled_from(["stop", "length", "content_filter", "tool_calls"]),
    held=st.integers(0, 3),
)  # fmt: skip
def test_a_stream_tells_what_the_whole_answer_tells(
    text: str, refusal: str, calls: list[tuple[str, str]], places: list[int], finish: str, held: int
) -> None:
    choice = answered(text, refusal, calls, finish)
    usage = Usage(prompt_tokens=1, completion_tokens=2)
    fields: dict[str, Any] = {"request_id": ASK.request_id, "created": 1, "model": "small"}
    completion = openai_answer.completion(**fields, choices=[choice], usage=usage)
    whole = answer.whole({**completion, "seawall": {}}, ASK, ASKED)
    deltas = [{"content": piece} for piece in cut(text, places)]
    deltas += [{"refusal": piece} for piece in cut(refusal, places)]
    deltas += [{"tool_calls": choice["message"]["tool_calls"]}] if calls else []
    chunks = [
        openai_answer.chunk(**fields, choices=[openai_answer.delta_json(0, delta)])
        for delta in deltas
    ]
    chunks.append(openai_answer.chunk(**fields, choices=[openai_answer.delta_json(0, {}, finish)]))
    chunks.append(openai_answer.chunk(**fields, choices=[], usage=usage))
    writer = ResponseEvents(ASK, ASKED)
    now = chunks[: len(chunks) - held]
    data = writer.start() + b"".join(writer.chunk(chunk) for chunk in now)
    data += writer.end(chunks[len(now) :], {})
    events = [json.loads(event) for event in sse.Reader().feed(data)]
    check_order(events)
    last = events[-1]["response"]
    for key in ("output", "status", "incomplete_details", "usage", "id", "store"):
        assert last[key] == whole[key]


def check_order(events: list[dict[str, Any]]) -> None:
    """Every item and part begins and ends once, and its deltas are its text."""
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    open_item, open_part, said = None, None, ""
    done = []
    for event in events[2:-1]:
        kind = event["type"].removeprefix("response.")
        if kind == "output_item.added":
            assert open_item is None and event["output_index"] == len(done)
            open_item, said = event["item"]["id"], ""
            continue
        assert open_item == event.get("item_id", event.get("item", {}).get("id"))
        if kind == "content_part.added":
            assert open_part is None
            open_part, said = event["content_index"], ""
        elif kind.endswith(".delta"):
            said += event["delta"]
        elif kind in ("output_text.done", "refusal.done", "function_call_arguments.done"):
            assert said == event.get("text", event.get("refusal", event.get("arguments")))
        elif kind == "content_part.done":
            assert open_part == event["content_index"]
            open_part = None
        else:
            assert kind == "output_item.done" and open_part is None
            done.append(event["item"])
            open_item = None
    assert open_item is None and done == events[-1]["response"]["output"]


def test_a_kept_turn_goes_on_and_lists_its_input() -> None:
    exchange, asked = parse(FULL)
    said = answered("Fine", "", [("look", "{}")], "tool_calls")
    completion = openai_answer.completion(
        request_id="r", created=1, model="small", choices=[said], usage=None
    )
    response = answer.whole({**completion, "seawall": {}}, exchange, asked)
    turn = kept.encode(exchange, asked, response)
    history = kept.history([turn], documents.DefaultMarkers())
    assert history[0]["role"] == "developer", "instructions are not carried on"
    assert history[-1]["tool_calls"][0]["id"] == "call_0"
    client = OpenAIResponses(
        {"model": "small", "instructions": "New", "input": [
            {"type": "function_call_output", "call_id": "call_0", "output": "x"},
            {"type": "function_call", "call_id": "c9", "name": "look", "arguments": "{}"}]},
        history,
    )  # fmt: skip
    follow = client.parse(b"", OPTIONS)
    assert len(follow.body["messages"]) == len(history) + 3
    assert client.asked.own == len(history) + 1
    items = kept.input_items(kept.decode(turn))
    kinds = [item["type"] for item in items]
    assert kinds == ["message"] * 4 + ["function_call"] * 2 + ["function_call_output"] * 2
    echoed = [{k: v for k, v in item.items() if k != "id"} for item in items]
    again, _ = parse({"model": "small", "input": echoed})
    assert said_in(again) == [text for text in said_in(exchange) if text != "Be kind"]


def said_in(exchange: Exchange) -> list[str]:
    return [part.text for part in exchange.parts if "/messages/" in part.pointer]


def test_an_error_ends_a_stream_with_no_more_than_itself() -> None:
    writer = ResponseEvents(ASK, ASKED)
    chunk = openai_answer.chunk(
        request_id="r", created=1, model="m",
        choices=[openai_answer.delta_json(0, {"content": "half"})],
    )  # fmt: skip
    data = writer.start() + writer.chunk(chunk)
    error = {"message": "Broken.", "code": "upstream_error", "param": None, "seawall": {"a": 1}}
    data += writer.error({"error": error}, 502)
    said, failed = (json.loads(event) for event in sse.Reader().feed(data)[-2:])
    assert (said["type"], said["code"]) == ("error", "upstream_error")
    assert failed["response"]["status"] == "failed" and failed["response"]["output"] == []
