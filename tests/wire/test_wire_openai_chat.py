"""Chat requests: every field known, every text a part."""

import base64
import json
from typing import Any

import pytest
from openai.types.chat import completion_create_params as params

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.wire import chat_fields, openai_chat, pointer

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
URL = "data:image/png;base64," + base64.b64encode(PNG).decode()
TOOL = {"type": "function", "function": {"name": "f", "description": "what f does"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":"\\u0069"}'}}


def parse(trusted: tuple[str, ...] = (), **fields: Any) -> Exchange:
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    return openai_chat.parse_request(json.dumps(body).encode(), trusted_tools=trusted)


def by_pointer(exchange: Exchange) -> dict[tuple[str, tuple[int, int] | None], Part]:
    return {(part.pointer, part.span): part for part in exchange.parts}


def test_every_field_of_the_official_client_is_known() -> None:
    official = {
        *params.CompletionCreateParamsBase.__annotations__,
        *params.CompletionCreateParamsStreaming.__annotations__,
        "data_sources",  # Azure's own
    }
    assert official == chat_fields.ALL
    kinds = [
        set(chat_fields.PASSED), set(chat_fields.DROPPED), set(chat_fields.INSPECTED),
        set(chat_fields.REFUSED),
    ]  # fmt: skip
    assert sum(map(len, kinds)) == len(official)


PASSES = {
    "frequency_penalty": 0.5, "logit_bias": {"50256": -100}, "max_completion_tokens": 5,
    "max_tokens": 5, "modalities": ["text"], "n": 2, "parallel_tool_calls": False,
    "presence_penalty": -1, "prompt_cache_options": {"mode": "explicit", "ttl": "30m"},
    "prompt_cache_retention": "24h", "reasoning_effort": "low", "seed": 7,
    "service_tier": "auto", "store": True, "stream": True,
    "stream_options": {"include_usage": True}, "temperature": 0, "top_p": 1,
    "verbosity": "high",
}  # fmt: skip


def test_every_passed_field_passes() -> None:
    assert PASSES.keys() == chat_fields.PASSED.keys()
    body = parse(**PASSES).body
    assert {key: body[key] for key in PASSES} == PASSES


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({key: value}, f"/{key}")
        for key in chat_fields.PASSED
        for value in ("bad text", [], {"x": 1}, 1e9)
    ],
)
def test_a_wrong_type_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(**fields)
    assert caught.value.param.startswith(param)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"audio": {"voice": "x"}}, "/audio"),
        ({"functions": []}, "/functions"),
        ({"function_call": "auto"}, "/function_call"),
        ({"web_search_options": {}}, "/web_search_options"),
        ({"moderation": {"model": "m"}}, "/moderation"),
        ({"logprobs": True}, "/logprobs"),
        ({"top_logprobs": 3}, "/top_logprobs"),
        ({"modalities": ["text", "audio"]}, "/modalities"),
        ({"service_tier": "priority"}, "/service_tier"),
        ({"n": 9}, "/n"),
        ({"n": True}, "/n"),
        ({"temperature": "0"}, "/temperature"),
        ({"stream": "true"}, "/stream"),
        ({"unknown": 1}, "/unknown"),
        ({"Messages": []}, "/Messages"),
        ({"a/b~": 1}, "/a~1b~0"),
        ({"logit_bias": {"say this": 5}}, "/logit_bias/say this"),
        ({"stream_options": {"x": True}}, "/stream_options/x"),
        ({"prediction": {"type": "content", "content": [{"type": "image"}]}}, "/prediction"),
        ({"metadata": {"k": 1}}, "/metadata/k"),
        ({"metadata": []}, "/metadata"),
        ({"stop": ["a", 1]}, "/stop/1"),
        ({"stop": ["a"] * 129}, "/stop"),
        ({"user": 5}, "/user"),
        ({"model": 5}, "/model"),
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, "/tools/0"),
        ({"tools": [TOOL, TOOL]}, "/tools/1/function/name"),
        ({"tools": [{**TOOL, "extra": 1}]}, "/tools/0/extra"),
        ({"tools": [{"type": "function", "function": {"name": "bad name"}}]}, "/tools/0"),
        ({"tool_choice": "sometimes"}, "/tool_choice"),
        (
            {"tool_choice": {"type": "function", "function": {"name": "g"}}, "tools": [TOOL]},
            "/tool_choice/function/name",
        ),
        ({"response_format": {"type": "grammar"}}, "/response_format/type"),
        ({"response_format": {"type": "text", "x": "y"}}, "/response_format/x"),
        ({"messages": []}, "/messages"),
        ({"messages": {}}, "/messages"),
        ({"messages": ["hi"]}, "/messages/0"),
        ({"messages": [{"role": "user"}]}, "/messages/0/content"),
        ({"messages": [{"role": "user", "content": None}]}, "/messages/0/content"),
        ({"messages": [{"role": "user", "content": []}]}, "/messages/0/content"),
        ({"messages": [{"role": "root", "content": "x"}]}, "/messages/0/role"),
        ({"messages": [{"role": "function", "content": "x", "name": "f"}]}, "/messages/0/role"),
        ({"messages": [{"role": "user", "content": "x", "extra": 1}]}, "/messages/0/extra"),
        ({"messages": [{"role": "user", "content": "x", "tool_calls": []}]}, "/messages/0"),
        ({"messages": [{"role": "assistant"}]}, "/messages/0/content"),
        ({"messages": [{"role": "assistant", "content": "x", "audio": {"id": "a"}}]}, "/messages"),
        (
            {"messages": [{"role": "tool", "content": "x", "tool_call_id": "nope"}]},
            "/messages/0/tool_call_id",
        ),
    ],
)
def test_refused_by_name(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse(**fields)
    assert caught.value.status == 400
    assert caught.value.param.startswith(param)


def test_what_the_client_adds_to_an_answer_goes_no_further() -> None:
    function = {"name": "f", "arguments": "{}", "parsed_arguments": {"text": "MARK"}}
    made = {"id": "c1", "type": "function", "index": 0, "function": function}
    said = {"role": "assistant", "content": "x", "parsed": {"text": "MARK"}, "tool_calls": [made]}
    told = {"role": "tool", "tool_call_id": "c1", "content": "y"}
    exchange = parse(messages=[{"role": "user", "content": "x"}, said, told])
    assert "MARK" not in json.dumps(exchange.body)
    plain = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert exchange.body["messages"][1]["tool_calls"] == [plain]
    with pytest.raises(RequestError, match="index"):
        parse(messages=[{**said, "tool_calls": [{**made, "index": "MARK"}]}, told])


def test_an_old_call_says_what_to_send_instead() -> None:
    asked = {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}}
    with pytest.raises(RequestError, match="Use tool_calls") as caught:
        parse(messages=[{"role": "user", "content": "x"}, asked])
    assert caught.value.param == "/messages/1/function_call"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}},
        {"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}},
        {"type": "image_url", "image_url": {"url": "data:image/svg+xml;base64,PHN2Zz4="}},
        {"type": "image_url", "image_url": {"url": "data:image/png,raw"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,@@@"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": URL, "x": 1}},
        {"type": "image_url", "image_url": URL},
        {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "video", "video": "x"},
        {"type": "text", "text": 5},
        {"type": "text", "text": "x", "cache_control": {}},
        {"text": "no type"},
        "bare",
    ],
)
def test_content_that_cannot_be_guarded_is_refused(part: Any) -> None:
    with pytest.raises(RequestError) as caught:
        parse(messages=[{"role": "user", "content": [part]}])
    assert caught.value.param.startswith("/messages/0/content/0")


def test_roles_trust_and_stage() -> None:
    exchange = parse(
        messages=[
            {"role": "system", "content": "rules", "name": "op"},
            {"role": "developer", "content": "more"},
            {"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "image_url",
             "image_url": {"url": URL, "detail": "low"}}]},
            {"role": "assistant", "content": None, "tool_calls": [CALL], "audio": None,
             "annotations": [], "function_call": None},
            {"role": "tool", "tool_call_id": "c1", "content": "result"},
            {"role": "assistant", "refusal": "no", "content": "said"},
        ],
        tools=[TOOL],
    )  # fmt: skip
    parts = {p.pointer: (p.role, p.trust, p.stage, p.turn) for p in exchange.parts}
    assert parts == {
        "/messages/0/name": (Role.SYSTEM, Trust.OPERATOR, Stage.SYSTEM, 0),
        "/messages/0/content": (Role.SYSTEM, Trust.OPERATOR, Stage.SYSTEM, 0),
        "/messages/1/content": (Role.SYSTEM, Trust.OPERATOR, Stage.SYSTEM, 1),
        "/messages/2/content/0/text": (Role.USER, Trust.USER, Stage.INPUT, 2),
        "/messages/2/content/1/image_url/url": (Role.USER, Trust.UNTRUSTED, Stage.DOCUMENT, 2),
        "key:/messages/3/tool_calls/0/function/name": (
            Role.TOOL_CALL, Trust.MODEL, Stage.HISTORY, 3),
        "/messages/3/tool_calls/0/function/arguments": (
            Role.TOOL_CALL, Trust.MODEL, Stage.HISTORY, 3),
        "/messages/4/content": (Role.TOOL, Trust.UNTRUSTED, Stage.TOOL_RESULT, 4),
        "/messages/5/content": (Role.ASSISTANT, Trust.MODEL, Stage.HISTORY, 5),
        "/messages/5/refusal": (Role.ASSISTANT, Trust.MODEL, Stage.HISTORY, 5),
        "key:/tools/0/function/name": (
            Role.TOOL_DEFINITION, Trust.OPERATOR, Stage.TOOL_DEFINITION, 0),
        "/tools/0/function/description": (
            Role.TOOL_DEFINITION, Trust.OPERATOR, Stage.TOOL_DEFINITION, 0),
    }  # fmt: skip
    image = next(p for p in exchange.parts if p.image)
    assert (image.image, image.media_type, image.text) == (PNG, "image/png", "")
    assert exchange.body["messages"][3]["tool_calls"][0]["function"]["arguments"] == '{"a":"i"}'
    assert "audio" not in exchange.body["messages"][3]


def test_a_trusted_tools_result_counts_as_the_operators() -> None:
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "result"},
    ]
    for trusted, trust in (((), Trust.UNTRUSTED), (("f",), Trust.OPERATOR)):
        part = parse(trusted, messages=messages).parts[-1]
        assert (part.trust, part.name, part.stage) == (trust, "f", Stage.TOOL_RESULT)


def test_documents_in_user_and_system_text_are_untrusted_with_their_span() -> None:
    text = 'Q? <document source="a.md">IGNORE</document> thanks'
    exchange = parse(messages=[{"role": r, "content": text} for r in ("user", "system")])
    for turn, trust in ((0, Trust.USER), (1, Trust.OPERATOR)):
        user, document, tail = (p for p in exchange.parts if p.turn == turn)
        assert (user.trust, tail.trust, document.trust) == (trust, trust, Trust.UNTRUSTED)
        assert (document.stage, document.role) == (Stage.DOCUMENT, Role.DOCUMENT)
        assert document.name == "a.md"
        assert document.span and text[slice(*document.span)] == document.text
        assert user.span and text[slice(*user.span)] == user.text


def test_every_string_a_model_could_read_is_a_part() -> None:
    """Plant a marker in every string and key of a full request: all are found in parts."""
    schema = {
        "type": "object", "title": "MARK1", "description": "MARK2",
        "properties": {"MARK3": {"type": "string", "enum": ["MARK4"], "default": "MARK5",
                                 "examples": ["MARK6"], "const": "MARK7", "pattern": "MARK8"},
                       "description": {"description": "MARK9", "x-note": {"MARK10": "MARK11"}}},
        "$defs": {"MARK12": {"$comment": "MARK13"}}, "required": ["MARK14"],
    }  # fmt: skip
    exchange = parse(
        messages=[
            {"role": "user", "content": "MARK15", "name": "MARK16"},
            {"role": "assistant", "content": [{"type": "text", "text": "MARK17"}, {"type":
             "refusal", "refusal": "MARK18"}], "tool_calls": [{"id": "c", "type": "function",
             "function": {"name": "MARK19", "arguments": '{"MARK20":"MARK21"}'}}]},
            {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "MARK22"}]},
        ],
        tools=[{"type": "function", "function": {"name": "MARK23", "description": "MARK24",
                "parameters": schema}}],
        response_format={"type": "json_schema", "json_schema": {"name": "MARK25",
                         "description": "MARK26", "schema": {"description": "MARK27"}}},
        metadata={"MARK28": "MARK29"}, stop=["MARK30"], user="MARK31",
        safety_identifier="MARK32", prompt_cache_key="MARK33",
        prediction={"type": "content", "content": [{"type": "text", "text": "MARK34"}]},
    )  # fmt: skip
    seen = "\n".join(part.text for part in exchange.parts).split()
    words = {w.strip('{}":,') for text in seen for w in text.replace(":", " ").split()}
    assert {f"MARK{i}" for i in range(1, 35)} <= words
    for part in exchange.parts:
        if pointer.editable(part.pointer):
            whole = pointer.get(exchange.body, part.pointer)
            assert whole[slice(*part.span)] if part.span else whole == part.text


def test_long_numbers_of_a_schema_are_parts_too() -> None:
    """A card is one as a number, too; a short one and a switch say nothing."""
    schema = {"properties": {"card": {"enum": [4111111111111111, 7], "default": True},
                             "other": {"const": 4.0e15}}}  # fmt: skip
    tool = {"type": "function", "function": {"name": "pay", "parameters": schema}}
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    found = by_pointer(parse(tools=[tool], response_format=wanted))
    for where in ("/tools/0/function/parameters", "/response_format/json_schema/schema"):
        lines = found[f"key:{where}", None].text.split("\n")
        assert {"4111111111111111", "4000000000000000.0"} <= set(lines)
        assert not {"7", "True"} & set(lines)


def test_remote_schema_references_are_refused() -> None:
    for reference in ("https://example.com/s.json", "file:///etc/passwd", "other.json"):
        tool = {"name": "f", "parameters": {"properties": {"a": {"$ref": reference}}}}
        with pytest.raises(RequestError):
            parse(tools=[{"type": "function", "function": tool}])
    tool["parameters"] = {"properties": {"a": {"$ref": "#/$defs/x"}}}
    parse(tools=[{"type": "function", "function": tool}])


def pictured(url: str) -> Exchange:
    picture = {"type": "image_url", "image_url": {"url": url}}
    return parse(messages=[{"role": "user", "content": [picture]}])


def test_image_jpg_is_a_name_of_image_jpeg() -> None:
    data = base64.b64encode(b"\xff\xd8\xff" + b"0" * 20).decode()
    exchange = pictured(f"data:image/jpg;base64,{data}")
    [image] = [part for part in exchange.parts if part.image]
    assert image.media_type == "image/jpeg"
    sent = exchange.body["messages"][0]["content"][0]["image_url"]["url"]
    assert sent == f"data:image/jpeg;base64,{data}"


def test_a_wrong_media_type_hears_the_right_one() -> None:
    with pytest.raises(RequestError) as caught:
        pictured(URL.replace("image/png", "image/webp"))
    assert caught.value.hint == "It holds image/png: say so."


def test_nulls_are_absent() -> None:
    body = parse(audio=None, stop=None, logprobs=False, top_logprobs=0, tools=None).body
    assert body.keys() == {"model", "messages"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"max_completion_tokens": 50, "store": False}),
        ({"max_tokens": 9}, {"max_tokens": 9}),
        ({"max_tokens": 900, "max_completion_tokens": 60},
         {"max_tokens": 50, "max_completion_tokens": 50}),
        ({"store": True}, {"store": False}),
        ({"store": True, "metadata": {"a": "b"}}, {"store": False, "metadata": None}),
        ({"stream": True}, {"stream_options": {"include_usage": True}}),
        ({"stream": True, "stream_options": {"include_usage": False}},
         {"stream_options": {"include_usage": True}}),
    ],
)  # fmt: skip
def test_what_goes_upstream(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    raw = openai_chat.upstream_body(
        parse(**fields), model="real", max_output_tokens=50, training_opt_out=True, signed=False
    )
    body = json.loads(raw)
    assert {key: body.get(key) for key in expected} == expected
    assert body["model"] == "real"
