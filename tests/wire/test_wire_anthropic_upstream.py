"""A chat request of an OpenAI client on its way to a provider with Anthropic's format."""

import base64
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.wire import openai_chat, pointer, upstreams

MARKER = "ZANZIBARMARK"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 16).decode()
CALL = {"id": "call:1", "type": "function", "function": {"name": "pay", "arguments": '{"n":1}'}}
FULL: dict[str, Any] = {
    "model": "m",
    "messages": [
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}], "name": "op"},
        {"role": "user", "name": "anna", "content": [
            {"type": "text", "text": "Look"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]},
        {"role": "assistant", "content": None, "refusal": "No.", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call:1", "content": "paid"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "Never."}]},
        {"role": "system", "content": "Later."},
        {"role": "user", "content": "Go on."},
    ],
    "tools": [{"type": "function", "function": {
        "name": "pay", "description": "Pay.", "strict": True,
        "parameters": {"type": "object", "properties": {"n": {"enum": ["x"]}}}}}],
    "tool_choice": {"type": "allowed_tools", "allowed_tools": {
        "mode": "required", "tools": [{"type": "function", "function": {"name": "pay"}}]}},
    "response_format": {"type": "json_schema", "json_schema": {
        "name": "a", "description": "b", "schema": {"type": "object", "title": "t"}}},
    "metadata": {"a": "b"},
    "stop": "END",
    "user": "u1",
    "safety_identifier": "s1",
    "prompt_cache_key": "k",
    "prediction": {"type": "content", "content": "guess"},
    "reasoning_effort": "minimal",
    "temperature": 1.7,
    "seed": 1,
}  # fmt: skip


def parse(body: Any) -> Exchange:
    return openai_chat.parse_request(json.dumps(body).encode())


def sent(exchange: Exchange) -> dict[str, Any]:
    value = json.loads(
        upstreams.of("anthropic").request(
            exchange, model="up", max_output_tokens=50, training_opt_out=True, signed=False
        )
    )
    assert isinstance(value, dict)
    return value


def test_every_field_has_its_place() -> None:
    value = sent(parse(FULL))
    assert value["system"] == [{"type": "text", "text": t} for t in ("Be kind.", "Later.")]
    assert [item["role"] for item in value["messages"]] == [
        "user", "assistant", "user", "assistant", "user"]  # fmt: skip
    assert value["messages"][0]["content"][1] == {
        "type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}
    }  # fmt: skip
    assert value["messages"][1]["content"] == [
        {"type": "text", "text": "No."},
        {"type": "tool_use", "id": "call00001", "name": "pay", "input": {"n": 1}},
    ]
    assert value["messages"][2]["content"][0]["tool_use_id"] == "call00001"
    assert value["tool_choice"] == {"type": "any"} and value["temperature"] == 1
    assert value["tools"][0]["input_schema"]["properties"] == {"n": {"enum": ["x"]}}
    assert value["stop_sequences"] == ["END"] and value["metadata"] == {"user_id": "u1"}
    assert value["output_config"] == {"effort": "low", "format": {
        "type": "json_schema", "schema": {"type": "object", "title": "t"}}}  # fmt: skip
    assert value.keys() == {
        "model", "max_tokens", "system", "messages", "tools", "tool_choice", "temperature",
        "stop_sequences", "metadata", "output_config",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ({"type": "function", "function": {"name": "pay"}}, {"type": "tool", "name": "pay"}),
    ],
)
def test_tool_choices(choice: Any, wanted: Any) -> None:
    assert sent(parse({**FULL, "tool_choice": choice}))["tool_choice"] == wanted


def test_only_allowed_tools_are_offered() -> None:
    other = copy.deepcopy(FULL["tools"][0])
    other["function"]["name"] = "delete"
    value = sent(parse({**FULL, "tools": [*FULL["tools"], other]}))
    assert [tool["name"] for tool in value["tools"]] == ["pay"]


@pytest.mark.parametrize("arguments", ["[1]", "not json", '"x"'])
def test_calls_without_an_object_are_refused(arguments: str) -> None:
    body = copy.deepcopy(FULL)
    body["messages"][2]["tool_calls"][0]["function"]["arguments"] = arguments
    with pytest.raises(RequestError) as caught:
        sent(parse(body))
    assert caught.value.code == "unsupported_field"


def strings(value: Any, at: str = "") -> Iterator[str]:
    if isinstance(value, str):
        yield at
    pairs: Any = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else pairs:
        yield from strings(item, f"{at}/{key}")


@pytest.mark.parametrize("at", sorted(strings(FULL)))
def test_a_marker_anywhere_is_inspected_refused_or_left_out(at: str) -> None:
    body = copy.deepcopy(FULL)
    pointer.replace(body, at, f"{pointer.get(body, at)} {MARKER}")
    try:
        exchange = parse(body)
        raw = json.dumps(sent(exchange))
    except RequestError as error:
        assert MARKER not in error.message
        return
    assert MARKER not in raw or any(MARKER in part.text for part in exchange.parts)
