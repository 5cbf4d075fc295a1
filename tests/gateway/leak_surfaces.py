"""The surfaces of the leak matrix: which published types their requests and answers have."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import leak_hosted
from anthropic.types import Message, RawMessageStreamEvent, message_create_params
from leak_places import PLAIN, SHOWN, SIGNED, TEXT, Body, arguments, image, schema, text
from leak_walk import MARK, Place, Walk
from openai.types import (
    CreateEmbeddingResponse,
    completion_create_params,
    embedding_create_params,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat import completion_create_params as chat
from openai.types.responses import Response, ResponseStreamEvent, response_create_params


@dataclass(frozen=True)
class Requests:
    """Requests of one surface. `frame` puts what a place needs around it."""

    name: str
    path: str
    kind: Any
    walk: Walk
    frame: Callable[[Body], Body] = lambda body: body


@dataclass(frozen=True)
class Answers:
    """A provider's answers of one type, as a client of one surface gets them.

    `ask` makes the client's request for a case; `script` what the provider sends for a value.
    `refused` names the kinds of answers that are refused as a whole. `source` names the type.
    """

    name: str
    path: str
    kind: Any
    walk: Walk
    ask: Callable[[str], Body]
    script: Callable[[Any], Any]
    refused: Sequence[str] = ()
    source: str = ""


CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "look"}}


def _chat_frame(body: Body) -> Body:
    messages = body.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[0], dict):
        first = messages[0]
        around = [{"role": "user", "content": "Hi"}]
        if first.get("role") == "tool":
            around.append({"role": "assistant", "tool_calls": [CALL]})
        after = [{"role": "user", "content": "Go on"}]
        if first.get("role") == "assistant" and isinstance(first.get("tool_calls"), list):
            call = first["tool_calls"][0].get("id", "c1")
            after.insert(0, {"role": "tool", "tool_call_id": call, "content": "Ok"})
        return {**body, "messages": [*around, first, *after]}
    return body


CHAT_WALK = Walk(
    samples={
        ("", "model"): "small",
        ("", "tool_call_id"): "c1",
        ("", "arguments"): "{}",
        ("ImageURL", "url"): f"data:image/png;base64,{PLAIN}",
        ("ChatCompletionMessageFunctionToolCallParam", "id"): "c1",
        ("Function", "name"): "look",
        ("ChatCompletionAssistantMessageParam", "content"): "Said",
    },
    own={
        ("FunctionDefinition", "parameters"): schema(),
        ("JSONSchema", "schema"): schema(),
        ("ImageURL", "url"): [
            text("", MARK, ""), text("", f"https://example.com/{MARK}", " (link)"),
            image(f"data:image/png;base64,{SHOWN}"),
        ],
        ("Function", "arguments"): arguments(),
        ("FunctionCall", "arguments"): arguments(),
    },
    more={"ChatCompletionMessageFunctionToolCallParam": SIGNED},
)  # fmt: skip


def _claude(body: Body) -> Body:
    """Ask the provider with Anthropic's format, where the model is not the place itself."""
    return {**body, "model": "claude"} if body.get("model") == "small" else body


RESPONSES_WALK = Walk(
    samples={
        ("ResponseCreateParamsNonStreaming", "model"): "small",
        ("ResponseCreateParamsNonStreaming", "input"): "Hi",
        **leak_hosted.SAMPLES,
        ("", "call_id"): "c1",
        ("", "arguments"): "{}",
        ("ResponseInputImageParam", "image_url"): f"data:image/png;base64,{PLAIN}",
        ("ResponseInputImageContentParam", "image_url"): f"data:image/png;base64,{PLAIN}",
        ("ResponseInputFileParam", "file_data"): f"data:text/plain;base64,{TEXT[:8]}",
        ("ResponseInputFileParam", "filename"): "a.txt",
        ("ResponseFunctionToolCallParam", "name"): "look",
        ("FunctionCallOutput", "call_id"): "c1",
        ("ToolChoiceAllowedParam", "tools"): [{"type": "function", "name": "look"}],
        ("ResponseOutputTextParam", "annotations"): [],
    },
    own={
        ("FunctionToolParam", "parameters"): schema(),
        ("ResponseFormatTextJSONSchemaConfigParam", "schema"): schema(),
        ("ResponseInputImageParam", "image_url"): [
            text("", MARK, ""), text("", f"https://example.com/{MARK}", " (link)"),
            image(f"data:image/png;base64,{SHOWN}"),
        ],
        ("ResponseInputFileParam", "file_data"): [
            text("", MARK, ""), text("", f"data:text/plain;base64,{TEXT}", " (text)"),
        ],
        ("ResponseFunctionToolCallParam", "arguments"): arguments(),
        **leak_hosted.OWN,
        ("ToolChoiceAllowedParam", "tools"): [
            Place(f"/0/{key}", f"[].{key}", kind, [{"type": "function", "name": "look", key: MARK}])
            for key, kind in (("type", "choice"), ("name", "text"), ("note", "text"))
        ],
        ("ToolChoiceAllowedParam", "mode"): [Place("", "", "choice", MARK)],
    },
    more={"ResponseFunctionToolCallParam": SIGNED},
)  # fmt: skip


def _responses_frame(body: Body) -> Body:
    items = body.get("input")
    if not isinstance(items, list) or not items or not isinstance(items[0], dict):
        return body
    first, around, after = items[0], [{"role": "user", "content": "Hi"}], []
    call = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
    if first.get("type") == "function_call_output":
        around.append(call)
    if first.get("type") == "function_call":
        after.append({"type": "function_call_output", "call_id": first.get("call_id", "c1"),
                      "output": "Ok"})  # fmt: skip
    if first.get("type") == "mcp_approval_response":
        around.append(leak_hosted.ASKED)
    return {**body, "input": [*around, first, *after, {"role": "user", "content": "Go on"}]}


PLAIN_WALK = Walk(samples={("", "model"): "small", ("", "prompt"): "Hi", ("", "input"): "Hi"})

MESSAGES_WALK = Walk(
    samples={
        ("", "model"): "small", ("", "max_tokens"): 9, ("", "budget_tokens"): 1024,
        ("", "tool_use_id"): "c1", ("ToolUseBlockParam", "id"): "c1",
        ("ToolUseBlockParam", "name"): "look",
        ("Base64ImageSourceParam", "data"): PLAIN,
        ("Base64ImageSourceParam", "media_type"): "image/png",
        ("ToolParam", "input_schema"): {"type": "object"},
        ("DocumentBlockParam", "source"): {
            "type": "text", "media_type": "text/plain", "data": "Hi"},
    },
    own={
        ("ToolParam", "input_schema"): schema(),
        ("Base64ImageSourceParam", "media_type"): [Place("", "", "choice", MARK)],
        ("JSONOutputFormatParam", "schema"): schema(),
        ("Base64ImageSourceParam", "data"): [text("", MARK, ""), image(SHOWN)],
    },
    more={"ToolUseBlockParam": SIGNED},
)  # fmt: skip


def _messages_frame(body: Body) -> Body:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not isinstance(messages[0], dict):
        return body
    first = messages[0]
    blocks = first.get("content") if isinstance(first.get("content"), list) else []
    block = blocks[0] if blocks and isinstance(blocks[0], dict) else {}
    user = {"role": "user", "content": "Hi"}
    use = {"type": "tool_use", "id": "c1", "name": "look", "input": {}}
    if block.get("type") == "tool_result":
        asked = {"role": "assistant", "content": [use]}
        return {**body, "messages": [user, asked, {**first, "role": "user"}]}
    if block.get("type") == "tool_use":
        answer = {"type": "tool_result", "tool_use_id": block.get("id", "c1"), "content": "Ok"}
        after = {"role": "user", "content": [answer]}
        return {**body, "messages": [user, {**first, "role": "assistant"}, after]}
    if block.get("type") in ("thinking", "redacted_thinking"):
        first = {"role": "assistant", "content": [*blocks, {"type": "text", "text": "Said"}]}
    return {**body, "messages": [user, first, user]}


def requests(ids: dict[str, str] | None = None) -> list[Requests]:
    """Return every surface whose requests reach a provider. `ids`: of the gate's own objects."""

    def responses_frame(body: Body) -> Body:
        return leak_hosted.with_ids(_responses_frame(body), ids or {})

    chat_kind = chat.CompletionCreateParamsNonStreaming
    responses_kind = response_create_params.ResponseCreateParamsNonStreaming
    messages_kind = message_create_params.MessageCreateParamsNonStreaming

    def to_claude(frame: Callable[[Body], Body]) -> Callable[[Body], Body]:
        return lambda body: _claude(frame(body))

    found = []
    for name, path, kind, walk, frame in (
        ("chat", "/v1/chat/completions", chat_kind, CHAT_WALK, _chat_frame),
        ("responses", "/v1/responses", responses_kind, RESPONSES_WALK, responses_frame),
        ("messages", "/v1/messages", messages_kind, MESSAGES_WALK, _messages_frame),
    ):
        found.append(Requests(name, path, kind, walk, frame))
        found.append(Requests(f"{name} to Anthropic", path, kind, walk, to_claude(frame)))
    completion = completion_create_params.CompletionCreateParamsNonStreaming
    embedding = embedding_create_params.EmbeddingCreateParams
    return [
        *found,
        Requests("completions", "/v1/completions", completion, PLAIN_WALK),
        Requests("embeddings", "/v1/embeddings", embedding, PLAIN_WALK),
    ]


def delta_chunks(delta: Body) -> list[bytes]:
    """Return a chat stream of one delta."""
    return _chunks({"choices": [{"index": 0, "delta": delta}]})


def _chunks(value: Any) -> list[bytes]:
    """Return a chat stream that has `value` in its middle."""

    def piece(delta: Body, finish: str | None = None) -> Body:
        return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    events = [piece({"role": "assistant", "content": "ok "}), value, piece({}, "stop")]
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events] + [b"data: [DONE]\n\n"]


def _events(value: Any) -> list[bytes]:
    """Return a stream of Anthropic's that has the event `value` where it belongs."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "m",
               "stop_reason": None, "stop_sequence": None, "usage": usage}  # fmt: skip
    tool = isinstance(value.get("delta"), dict) and "partial_json" in value["delta"]
    block: Body = {"type": "text", "text": ""}
    if tool:
        block = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    frame = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ok "}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
        {"type": "message_stop"},
    ]
    kinds = [event["type"] for event in frame]
    if tool:
        frame[2] = value
    elif value.get("type") == "content_block_delta":
        frame.insert(3, value)
    elif value.get("type") in kinds:
        frame[kinds.index(value["type"])] = value
    else:
        frame.insert(3, value)
    return [f"data: {json.dumps(event)}\n\n".encode() for event in frame]


ANSWER_WALK = Walk(
    samples={
        ("", "index"): 0, ("", "arguments"): "{}", ("Function", "name"): "look",
        ("ChoiceDeltaToolCallFunction", "name"): "look", ("ToolUseBlock", "name"): "look",
        ("ChoiceDeltaToolCall", "id"): "t1", ("ChoiceDeltaToolCall", "function"):
            {"name": "look", "arguments": "{}"},
        ("ChoiceDeltaToolCall", "type"): "function",
        ("Message", "content"): [], ("Delta", "stop_reason"): "end_turn",
    },
    own={
        ("Function", "arguments"): arguments(),
        ("ChoiceDeltaToolCallFunction", "arguments"): arguments(),
        ("InputJSONDelta", "partial_json"): arguments(),
    },
    more={"ChatCompletionMessageFunctionToolCall": SIGNED, "ChoiceDeltaToolCall": SIGNED},
)  # fmt: skip


def _ask(model: str, stream: bool) -> dict[str, tuple[str, Callable[[str], Body]]]:
    """Return each client's path and request (for a text), with a tool offered."""
    look = {"type": "object", "properties": {"a": {"type": "string"}}}
    more: Body = {"stream": True} if stream else {}
    chat_tool = {"type": "function", "function": {"name": "look", "parameters": look}}

    def user(text: str) -> list[Body]:
        return [{"role": "user", "content": text}]

    return {
        "chat": ("/v1/chat/completions", lambda text: {
            "model": model, "messages": user(text), "tools": [chat_tool], **more}),
        "responses": ("/v1/responses", lambda text: {
            "model": model, "input": text, "store": False, **more,
            "tools": [{"type": "function", "name": "look", "parameters": look, "strict": False}]}),
        "messages": ("/v1/messages", lambda text: {
            "model": model, "max_tokens": 50, "messages": user(text), **more,
            "tools": [{"name": "look", "input_schema": look}]}),
        "completions": ("/v1/completions", lambda text: {"model": model, "prompt": text, **more}),
    }  # fmt: skip


def stream_requests(model: str) -> dict[str, tuple[str, Callable[[str], Body]]]:
    """Return each client's path and streamed request for a text."""
    return _ask(model, stream=True)


def hosted_answers(ids: dict[str, str]) -> list[Answers]:
    """Return the answers of a provider that runs tools itself."""
    path, walk, refused = "/v1/responses", leak_hosted.ANSWER_WALK, leak_hosted.REFUSED
    return [
        Answers("responses", path, kind, walk, leak_hosted.ask(ids, stream=stream), script, refused,
                source)
        for kind, stream, script, source in (
            (Response, False, _as_it_is, "Response"),
            (ResponseStreamEvent, True, leak_hosted.events, "ResponseStreamEvent"),
        )
    ]  # fmt: skip


def answers() -> list[Answers]:
    """Return every pair of a provider's type of answer and a client's format."""
    found = []
    refused = ("function_call.", "tool_calls[]<custom>", "(no base64)")
    for model, stream, kind, source, script in (
        ("small", False, ChatCompletion, "ChatCompletion", _as_it_is),
        ("small", True, ChatCompletionChunk, "ChatCompletionChunk", _chunks),
        ("claude", False, Message, "Message", _as_it_is),
        ("claude", True, RawMessageStreamEvent, "RawMessageStreamEvent", _events),
    ):
        for client, (path, ask) in _ask(model, stream).items():
            found.append(Answers(client, path, kind, ANSWER_WALK, ask, script, refused, source))
    ask: Callable[[str], Body] = lambda text: {"model": "small", "input": text}  # noqa: E731
    walk = Walk(samples={("", "index"): 0, ("Embedding", "embedding"): [1.0]})
    path = "/v1/embeddings"
    kind, name = CreateEmbeddingResponse, "CreateEmbeddingResponse"
    found.append(Answers("embeddings", path, kind, walk, ask, _as_it_is, (), name))
    return found


def _as_it_is(value: Any) -> Any:
    return value
