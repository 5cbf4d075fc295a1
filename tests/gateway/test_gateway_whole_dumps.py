"""What the official clients' types write of an answer, unset fields too, can be sent back."""

from typing import Any

import anthropic.types
import openai
import pytest
from anthropic_support import TOOL, gate, pay, said, shared_both, text
from gateway_support import Gateway, message
from leak_places import PLAIN
from openai.types.responses import FunctionTool
from test_gateway_anthropic_client import ask, client

__all__ = ["gate", "shared_both"]
HI: Any = [{"role": "user", "content": "Hi"}]
CALL: Any = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
LOOK: Any = {"type": "function", "name": "look", "parameters": {"type": "object"}}


def test_of_a_chat(gate: Gateway) -> None:
    gate.provider.script = message("I look.", tool_calls=[CALL])
    tools: Any = [{"type": "function", "function": {"name": "look"}}]
    asked = gate.client()
    first = asked.chat.completions.create(model="small", messages=HI, tools=tools)
    turn: Any = first.choices[0].message.model_dump()
    gate.provider.script = None
    result = {"role": "tool", "tool_call_id": turn["tool_calls"][0]["id"], "content": "Ok"}
    asked.chat.completions.create(model="small", messages=[*HI, turn, result], tools=tools)
    assert gate.provider.seen[-1]["messages"][1]["tool_calls"][0]["function"]["name"] == "look"


def test_of_a_response(gate: Gateway) -> None:
    gate.provider.script = message("I look.", tool_calls=[CALL])
    asked = gate.client()
    first = asked.responses.create(model="small", input="Hi", tools=[LOOK])
    items: Any = [item.model_dump(by_alias=True) for item in first.output]
    output: Any = {"type": "function_call_output", "call_id": items[-1]["call_id"], "output": "Ok"}
    output |= {"name": "look", "namespace": None, "caller": {"type": "direct"}, "id": None}
    tool: Any = FunctionTool(**LOOK, strict=None).model_dump(by_alias=True)
    gate.provider.script = None
    asked.responses.create(model="small", input=[*HI, *items, output], tools=[tool])
    sent = gate.provider.seen[-1]["messages"]
    assert [one["role"] for one in sent] == ["user", "assistant", "tool"]
    assert "caller" not in gate.provider.raw[-1].decode()


def test_of_a_message(gate: Gateway) -> None:
    gate.provider.script = said(text("I pay."), pay("anna"))
    first = ask(gate, "claude", messages=[{"role": "user", "content": "Pay anna"}], tools=[TOOL])
    content: Any = [block.model_dump() for block in first.content]
    assert isinstance(first.content[1], anthropic.types.ToolUseBlock)
    assert "toolset_name" in content[1]
    result = {"type": "tool_result", "tool_use_id": content[1]["id"], "content": "Ok"}
    turn = [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
    gate.provider.script = said(text("Done."))
    ask(gate, "claude", messages=[*HI, *turn], tools=[TOOL])
    assert [one["role"] for one in gate.provider.seen[-1]["messages"]] == [
        "user", "assistant", "user"
    ]  # fmt: skip


BREAK = {"mode": "explicit", "ttl": "30m"}
CACHED = {"type": "input_text", "text": "Hi", "prompt_cache_breakpoint": BREAK}


def test_harmless_settings_of_responses(gate: Gateway) -> None:
    asked = gate.client()
    tool: Any = {**LOOK, "allowed_callers": ["direct"], "defer_loading": False, "async": False}
    asked.responses.create(
        model="small", input=[{"role": "user", "content": [CACHED]}], tools=[tool],
        reasoning={"effort": "low", "mode": "standard", "context": "current_turn"},
    )  # fmt: skip
    sent = gate.provider.seen[-1]
    assert sent["messages"][0]["content"][0]["prompt_cache_breakpoint"] == BREAK
    function = {"name": "look", "parameters": LOOK["parameters"]}
    assert sent["tools"] == [{"type": "function", "function": function}]
    assert sent["reasoning_effort"] == "low" and "reasoning" not in sent


@pytest.mark.parametrize("body, param", [
    ({"reasoning": {"mode": "pro"}}, "/reasoning/mode"),
    ({"reasoning": {"context": "all_turns"}}, "/reasoning/context"),
    ({"tools": [{**LOOK, "allowed_callers": ["programmatic"]}]}, "/tools/0/allowed_callers"),
    ({"tools": [{**LOOK, "defer_loading": True}]}, "/tools/0/defer_loading"),
    ({"tools": [{**LOOK, "output_schema": {}}]}, "/tools/0/output_schema"),
    ({"tools": [{**LOOK, "async": True}]}, "/tools/0/async"),
    ({"input": [{"role": "user", "content": [
        {**CACHED, "prompt_cache_breakpoint": {"mode": "Hi"}}]}]},
     "/input/0/content/0/prompt_cache_breakpoint/mode"),
    ({"input": [*HI, {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}",
                      "namespace": "x"}]}, "/input/1/namespace"),
    ({"input": [*HI, {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}",
                      "caller": {"type": "program", "caller_id": "x"}}]}, "/input/1/caller"),
])  # fmt: skip
def test_what_means_something_is_refused(gate: Gateway, body: Any, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        gate.client().post(
            "/responses", cast_to=object, body={"model": "small", "input": "Hi", **body}
        )
    assert caught.value.param is not None and caught.value.param.startswith(param)
    assert gate.provider.seen == []


def test_a_picture_may_say_how_it_is_scaled(gate: Gateway) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PLAIN}
    picture: Any = {"type": "image", "source": source}
    messages: Any = [{"role": "user", "content": [picture]}]
    counting = client(gate).messages
    picture["transformations"] = {"oversized_image": "downsize"}
    assert counting.count_tokens(model="small", messages=messages).input_tokens > 0
    picture["transformations"] = {"oversized_image": "error"}
    with pytest.raises(anthropic.BadRequestError, match="oversized_image"):
        counting.count_tokens(model="small", messages=messages)
