"""An inspected chat request as a messages request, for a provider with Anthropic's format.

Leading and later system messages become `system`. `logit_bias`, penalties, `seed`, `verbosity`,
`prediction`, `metadata`, cache settings, `store` and names of speakers have no word there and are
left out; `n` above 1 and plain JSON mode are refused.
"""

from typing import Any

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.wire import call_ids, checks, strict_json
from seawall.wire.anthropic.messages import digest

Json = dict[str, Any]
_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high",
            "xhigh": "xhigh", "max": "max"}  # fmt: skip
_MODES = {"auto": "auto", "required": "any", "none": "none"}
_LEAST_BUDGET = 1024


def upstream_body(exchange: Exchange, *, model: str, max_output_tokens: int) -> bytes:
    """Serialise the request. Output tokens are clamped to `max_output_tokens`.

    Raises RequestError for what this kind of provider has no word for.
    """
    body = exchange.body
    if exchange.choices > 1:
        checks.unsupported("/n", "This model's provider gives one answer.")
    system, messages = _messages(call_ids.for_provider(body["messages"]))
    value: Json = {"model": model, "max_tokens": max_output_tokens, "messages": messages}
    if system:
        value["system"] = system
    if exchange.stream:
        value["stream"] = True
    if "temperature" in body:  # the scale ends at 1 there
        value["temperature"] = min(body["temperature"], 1)
    if "top_p" in body:
        value["top_p"] = body["top_p"]
    if stops := body.get("stop"):
        value["stop_sequences"] = [stops] if isinstance(stops, str) else stops
    if user := body.get("user") or body.get("safety_identifier"):  # as redaction left it
        value["metadata"] = {"user_id": user}
    _put_tools(body, value)
    _put_output(body, value)
    _put_native(exchange, value)
    return strict_json.dumps(value)


def _messages(chat: list[Json]) -> tuple[list[Json], list[Json]]:
    """Return (system blocks, messages); neighbours of one role become one message."""
    system: list[Json] = []
    messages: list[Json] = []
    for message in chat:
        role = message["role"]
        if role in ("system", "developer"):
            system += _content(message["content"])
            continue
        blocks = _BLOCKS[role](message)
        role = "assistant" if role == "assistant" else "user"
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"] += blocks
        elif blocks:
            messages.append({"role": role, "content": blocks})
    return system, messages


def _content(content: Any) -> list[Json]:
    """Return blocks of a text or of content parts; empty texts are not allowed there."""
    if content is None or isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    blocks: list[Json] = []
    for part in content:
        if part["type"] == "image_url":
            blocks.append(_image(part["image_url"]["url"]))
        elif text := part.get("text") or part.get("refusal"):
            blocks.append({"type": "text", "text": text})
    return blocks


def _image(url: str) -> Json:
    head, _, data = url.partition(",")
    kind = head[5:].partition(";")[0].lower()
    return {"type": "image", "source": {"type": "base64", "media_type": kind, "data": data}}


def _user(message: Json) -> list[Json]:
    return _content(message["content"])


def _assistant(message: Json) -> list[Json]:
    """Return thoughts that are still as they were signed, then texts, then calls."""
    blocks: list[Json] = [
        {"type": "thinking", "thinking": item["thinking"], "signature": item["signature"]}
        for item in message.get("thinking", ())
        if digest(item["thinking"]) == item["digest"]
    ]
    blocks += _content(message.get("content")) + _content(message.get("refusal"))
    for call in message.get("tool_calls", ()):
        function = call["function"]
        blocks.append(
            {"type": "tool_use", "id": call["id"], "name": function["name"],
             "input": _arguments(function["arguments"])}
        )  # fmt: skip
    return blocks


def _tool(message: Json) -> list[Json]:
    block: Json = {"type": "tool_result", "tool_use_id": message["tool_call_id"]}
    if content := _content(message["content"]):
        block["content"] = content
    if message.get("is_error"):
        block["is_error"] = True
    return [block]


_BLOCKS = {"user": _user, "assistant": _assistant, "tool": _tool}


def _arguments(raw: str) -> Json:
    """Return an earlier call's arguments, which must be an object there. Raises RequestError."""
    try:
        value = strict_json.loads((raw.strip() or "{}").encode("utf-8", "surrogatepass"))
    except RequestError:
        value = None
    if not isinstance(value, dict):
        checks.unsupported("/messages", "A tool call's arguments must be a JSON object.")
    return value


def _put_tools(body: Json, value: Json) -> None:
    offered = [item["function"] for item in body.get("tools", ())]
    choice = body.get("tool_choice")
    mode: Json | None = None
    if isinstance(choice, str):
        mode = {"type": _MODES[choice]}
    elif choice and choice["type"] == "function":
        mode = {"type": "tool", "name": choice["function"]["name"]}
    elif choice:
        allowed = choice["allowed_tools"]
        names = {item["function"]["name"] for item in allowed["tools"]}
        offered = [function for function in offered if function["name"] in names]
        mode = {"type": _MODES[allowed["mode"]]}
    if not offered:
        return
    value["tools"] = [_offer(function) for function in offered]
    if body.get("parallel_tool_calls") is False and (mode or {}).get("type") != "none":
        mode = {**(mode or {"type": "auto"}), "disable_parallel_tool_use": True}
    if mode is not None:
        value["tool_choice"] = mode


def _offer(function: Json) -> Json:
    schema = {"type": "object", "properties": {}, **function.get("parameters", {})}
    offer: Json = {"name": function["name"], "input_schema": schema}
    for key in ("description", "strict"):
        if key in function:
            offer[key] = function[key]
    return offer


def _put_output(body: Json, value: Json) -> None:
    config: Json = {}
    if effort := _EFFORTS.get(body.get("reasoning_effort", "")):
        config["effort"] = effort
    form = body.get("response_format", {"type": "text"})
    if form["type"] == "json_object":
        checks.unsupported("/response_format", "This model's provider needs a json_schema.")
    if form["type"] == "json_schema":
        schema = form["json_schema"].get("schema", {"type": "object"})
        config["format"] = {"type": "json_schema", "schema": schema}
    if config:
        value["output_config"] = config


def _put_native(exchange: Exchange, value: Json) -> None:
    """Add what only clients of the same format can say."""
    native = dict(exchange.native)
    thinking = native.pop("thinking", None)
    if thinking and not _thoughtless_loop(value["messages"]):
        budget = thinking.get("budget_tokens")
        if budget is None:
            value["thinking"] = thinking
        elif value["max_tokens"] > _LEAST_BUDGET:
            limit = value["max_tokens"] - 1
            value["thinking"] = {**thinking, "budget_tokens": min(budget, limit)}
    value.update(native)


def _thoughtless_loop(messages: list[Json]) -> bool:
    """Say whether tool results are being answered to a turn that has no thoughts to continue.

    Such a turn cannot go on thinking: the provider refuses it.
    """
    for message in reversed(messages):
        kinds = {block["type"] for block in message["content"]}
        if message["role"] == "assistant":
            return "tool_use" in kinds and "thinking" not in kinds
        if "tool_result" not in kinds:
            return False
    return False
