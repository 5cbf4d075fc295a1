"""Answers of providers that are valid in their own way: read, and handed on in the client's."""

import json
from typing import Any

import anthropic
import openai
import pytest
from anthropic_support import CHAT_TOOL, TOOL, gate, shared_both
from gateway_support import USAGE, Gateway, chunks, message

pytestmark = pytest.mark.once

__all__ = ["gate", "shared_both"]
HI: Any = [{"role": "user", "content": "Hi"}]
THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "Let me see."}]}
REFERENCE = {"type": "reference", "reference_ids": [3]}
LIST: Any = {"type": "function", "function": {"name": "list_all"}}


def whole(gate: Gateway, **asked: Any) -> Any:
    return gate.client().chat.completions.create(model="small", messages=HI, **asked).choices[0]


def streamed(gate: Gateway, **asked: Any) -> tuple[str, list[tuple[str, str]], list[str]]:
    said, calls, ends = "", [], []
    stream = gate.client().chat.completions.create(model="small", messages=HI, stream=True, **asked)
    for one in stream:
        for choice in one.choices:
            said += choice.delta.content or ""
            for call in choice.delta.tool_calls or []:
                assert call.function is not None
                calls.append((call.function.name or "", call.function.arguments or ""))
            ends += [choice.finish_reason] if choice.finish_reason else []
    return said, calls, ends


def call(name: str, arguments: str, **more: Any) -> dict[str, Any]:
    return {"id": "c1", "type": "function",
            "function": {"name": name, "arguments": arguments}, **more}  # fmt: skip


def test_reasoning_and_references_among_the_parts_of_a_text_are_left_out(gate: Gateway) -> None:
    parts: Any = [THINKING, {"type": "text", "text": "Hello "}, REFERENCE,
                  {"type": "text", "text": "there."}]  # fmt: skip
    gate.provider.script = message(parts)
    assert whole(gate).message.content == "Hello there."
    deltas: Any = [{"role": "assistant", "content": ""}, {"content": [THINKING]},
                   {"content": parts[1:3]}, {"content": "there."}]  # fmt: skip
    gate.provider.script = [*chunks(*deltas), USAGE, "[DONE]"]
    assert streamed(gate) == ("Hello there.", [], ["stop"])


@pytest.mark.parametrize("part", [{"type": "image_url", "image_url": "x"}, {"text": "x"}, "x", 7])
def test_a_part_that_could_carry_anything_else_is_refused(gate: Gateway, part: Any) -> None:
    gate.provider.script = message([{"type": "text", "text": "Hello"}, part])  # type: ignore[arg-type]
    with pytest.raises(openai.InternalServerError, match="is not text"):
        whole(gate)


@pytest.mark.parametrize("reason", ["model_length", "length"])
def test_an_answer_that_the_models_context_cut_says_so(gate: Gateway, reason: str) -> None:
    answer = message("He")
    answer["choices"][0]["finish_reason"] = reason
    gate.provider.script = answer
    assert whole(gate).finish_reason == "length"
    gate.provider.script = [*chunks({"content": "He"}, finish=reason), "[DONE]"]
    assert streamed(gate) == ("He", [], ["length"])


def test_an_answer_that_ended_with_an_error_is_none(gate: Gateway) -> None:
    answer = message("Half of")
    answer["choices"][0]["finish_reason"] = "error"
    gate.provider.script = answer
    with pytest.raises(openai.InternalServerError, match="ended with an error"):
        whole(gate)
    gate.provider.script = [*chunks({"content": "Half of"}, finish="error"), "[DONE]"]
    with pytest.raises(openai.APIError, match="ended with an error"):
        streamed(gate)


@pytest.mark.parametrize("reason", [["stop"], {"a": 1}, 7, "", "eos"])
def test_a_reason_that_nobody_knows_is_a_stop(gate: Gateway, reason: Any) -> None:
    answer = message("Hello.")
    answer["choices"][0]["finish_reason"] = reason
    gate.provider.script = answer
    assert whole(gate).finish_reason == "stop"


@pytest.mark.parametrize("arguments", ["", " \n", "{}"])
def test_a_call_without_arguments_has_an_empty_object(gate: Gateway, arguments: str) -> None:
    gate.provider.script = message(None, tool_calls=[call("list_all", arguments)])
    (made,) = whole(gate, tools=[LIST]).message.tool_calls
    assert json.loads(made.function.arguments) == {}
    delta = {"tool_calls": [call("list_all", arguments, index=0)]}
    gate.provider.script = [*chunks(delta, finish="tool_calls"), "[DONE]"]
    _, ((name, text),), ends = streamed(gate, tools=[LIST])
    assert (name, json.loads(text), ends) == ("list_all", {}, ["tool_calls"])


@pytest.mark.parametrize("reason", ["stop", "tool_calls"])
def test_a_client_of_messages_hears_that_its_tools_are_waited_for(
    gate: Gateway, reason: str
) -> None:
    """Gemini, and OpenAI where a tool is forced, end calls with `stop`."""
    client = anthropic.Anthropic(
        base_url=gate.url.removesuffix("/v1"), api_key=gate.key, max_retries=0
    )
    asked: Any = {"model": "small", "max_tokens": 64, "tools": [{**TOOL, "name": "look"}],
                  "messages": HI}  # fmt: skip
    answer = message(None, tool_calls=[call("look", '{"to": "x"}')])
    answer["choices"][0]["finish_reason"] = reason
    gate.provider.script = answer
    assert client.messages.create(**asked).stop_reason == "tool_use"
    delta = {"tool_calls": [call("look", '{"to": "x"}', index=0)]}
    gate.provider.script = [*chunks(delta, finish=reason), "[DONE]"]
    with client.messages.stream(**asked) as stream:
        final = stream.get_final_message()
    assert (final.stop_reason, final.content[0].type) == ("tool_use", "tool_use")


def test_events_that_say_nothing_are_passed_over(gate: Gateway) -> None:
    filtered = {"choices": [{"index": 0, "content_filter_results": {}, "finish_reason": None}]}
    gate.provider.script = [
        b": keep-alive\n\n", b"data:\n\n", b"event: ping\ndata: {}\n\n",
        json.dumps({"choices": [], "prompt_filter_results": []}), json.dumps({"choices": None}),
        json.dumps(filtered), *chunks({"content": "Hello."}), b": bye\n", USAGE, b"data:[DONE]\n\n",
    ]  # fmt: skip
    assert streamed(gate) == ("Hello.", [], ["stop"])


def test_who_does_not_stream_is_told_apart_from_a_stream_that_broke(gate: Gateway) -> None:
    gate.provider.script = message("Whole, though a stream was asked for.")
    with pytest.raises(openai.APIError, match="ask without `stream`"):
        streamed(gate)
    gate.provider.script = chunks({"content": "Half"}, finish=None)
    with pytest.raises(openai.APIError, match="in the middle of an answer"):
        streamed(gate)


def test_calls_of_several_choices_stream_beside_one_another(gate: Gateway) -> None:
    def piece(choice: int, index: int, name: str, arguments: str) -> str:
        made = {"index": index, "function": {"name": name, "arguments": arguments}}
        return json.dumps({"choices": [{"index": choice, "delta": {"tool_calls": [made]}}]})

    look = {**CHAT_TOOL, "function": {**CHAT_TOOL["function"], "name": "look"}}
    gate.provider.script = [
        piece(0, 0, "look", ""), piece(1, 0, "look", ""), piece(0, 0, "", '{"to":'),
        piece(1, 0, "", '{"to":"b"}'), piece(0, 0, "", '"a"}'), piece(1, 1, "look", '{"to":"c"}'),
        *chunks(finish="tool_calls"), *chunks(finish="tool_calls", index=1), USAGE, "[DONE]",
    ]  # fmt: skip
    _, calls, ends = streamed(gate, n=2, tools=[look])
    assert calls == [("look", '{"to":"a"}'), ("look", '{"to":"b"}'), ("look", '{"to":"c"}')]
    assert ends == ["tool_calls"] * 2


def test_official_clients_know_the_id_that_the_audit_log_knows(gate: Gateway) -> None:
    said: Any = {"model": "small", "messages": HI}
    answer = gate.client().chat.completions.create(**said)
    assert gate.record(str(answer._request_id))["result"] == "answered"
    with pytest.raises(openai.BadRequestError) as refused:
        gate.client().chat.completions.create(**said, extra_body={"unheard_of": 1})
    assert gate.record(str(refused.value.request_id))["result"] == "refused"
    client = anthropic.Anthropic(
        base_url=gate.url.removesuffix("/v1"), api_key=gate.key, max_retries=0
    )
    spoken = client.messages.create(max_tokens=64, **said)
    assert gate.record(str(spoken._request_id))["result"] == "answered"
    gate.provider.script = [*chunks({"content": "Hello."}), "[DONE]"]
    with client.messages.stream(max_tokens=64, **said) as stream:
        stream.until_done()
        assert gate.record(str(stream.request_id))["result"] == "answered"
