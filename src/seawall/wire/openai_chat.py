"""A chat completion request to an Exchange: every text and image in it becomes a part."""

from collections.abc import Collection
from typing import Any

import msgspec

from seawall.core import ids
from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Part, Role, Stage, Surface, Trust
from seawall.wire import (
    azure,
    call_ids,
    chat_fields,
    checks,
    documents,
    images,
    pointer,
    provider_fields,
    signatures,
    strict_json,
    tool_schema,
)
from seawall.wire.hosted import parts as hosted_parts

_ROLES: dict[str, tuple[Role, Trust, Stage]] = {
    "system": (Role.SYSTEM, Trust.OPERATOR, Stage.SYSTEM),
    "developer": (Role.SYSTEM, Trust.OPERATOR, Stage.SYSTEM),
    "user": (Role.USER, Trust.USER, Stage.INPUT),
    "assistant": (Role.ASSISTANT, Trust.MODEL, Stage.HISTORY),
    "tool": (Role.TOOL, Trust.UNTRUSTED, Stage.TOOL_RESULT),
}
_MESSAGE_FIELDS: dict[str, tuple[str, ...]] = {
    "system": ("role", "content", "name"),
    "developer": ("role", "content", "name"),
    "user": ("role", "content", "name"),
    "assistant": ("role", "content", "name", "refusal", "tool_calls"),
    "tool": ("role", "content", "name", "tool_call_id"),
}


_NATIVE_FIELDS: dict[str, tuple[str, ...]] = {"assistant": ("thinking",), "tool": ("is_error",)}
"""What other formats know besides, put there by their translators only."""


class _Messages:
    """Turns the messages of one request into parts."""

    def __init__(
        self, markers: documents.Markers, trusted_tools: Collection[str], native: bool = False
    ) -> None:
        self.markers = markers
        self.native = _NATIVE_FIELDS if native else {}
        self.trusted_tools = trusted_tools
        self.parts: list[Part] = []
        self.calls: dict[str, str] = {}

    def message(self, value: Any, at: str, turn: int) -> None:
        message = checks.obj(value, at)
        if self.native and "hosted" in message:  # what its translator has read
            item = message["hosted"]
            trusted = hosted_parts.tool_of(item) in self.trusted_tools
            self.parts += hosted_parts.parts_of(item, f"{at}/hosted", turn=turn, trusted=trusted)
            return
        role = checks.need(message, at, "role")
        if role == "function":
            checks.unsupported(f"{at}/role", "Use role tool.")
        checks.one_of(*_ROLES)(role, f"{at}/role")
        if role == "assistant":
            chat_fields.drop_echo(message)
            if "function_call" in message:
                checks.unsupported(f"{at}/function_call", "Use tool_calls.")
        checks.known(message, at, (*_MESSAGE_FIELDS[role], *self.native.get(role, ())))
        kind, trust, stage = _ROLES[role]
        base = Part(pointer=at, role=kind, trust=trust, stage=stage, turn=turn)
        if role == "tool":
            base = self._tool_result(message, at, base)
        if "name" in message:
            text = checks.string(message["name"], f"{at}/name", high=64)
            self._add(base, f"{at}/name", text)
        self._content(message, role, at, base)
        if role == "assistant":
            self._assistant(message, at, base)
        for index, item in enumerate(message.get("thinking", ())):
            where = f"{at}/thinking/{index}"
            self._add(base, f"{where}/thinking", item["thinking"])
            signed = msgspec.structs.replace(base, opaque=True)
            self._add(signed, f"{pointer.KEY_PREFIX}{where}/signature", item["signature"])

    def _tool_result(self, message: dict[str, Any], at: str, base: Part) -> Part:
        where = f"{at}/tool_call_id"
        call = checks.identifier(checks.need(message, at, "tool_call_id"), where)
        tool = self.calls.get(call)
        if tool is None:
            checks.refuse(where, "answers no tool call of an earlier assistant message")
        trust = Trust.OPERATOR if tool in self.trusted_tools else Trust.UNTRUSTED
        return msgspec.structs.replace(base, name=tool, trust=trust)

    def _content(self, message: dict[str, Any], role: str, at: str, base: Part) -> None:
        where = f"{at}/content"
        if "content" not in message:
            if role != "assistant" or not (message.get("tool_calls") or message.get("refusal")):
                checks.refuse(where, "is required")
            message["content"] = None
            return
        content = message["content"]
        if isinstance(content, str):
            self._text(base, where, content)
            return
        for index, item in enumerate(checks.array(content, where, low=1)):
            self._content_part(item, role, f"{where}/{index}", base)

    def _content_part(self, value: Any, role: str, at: str, base: Part) -> None:
        kind = checks.need(checks.obj(value, at), at, "type")
        if kind == "text":
            checks.known(value, at, ("type", "text", chat_fields.BREAKPOINT))
            text = checks.string(checks.need(value, at, "text"), f"{at}/text")
            self._text(base, f"{at}/text", text)
        elif kind == "image_url" and role == "user":
            checks.known(value, at, ("type", "image_url", chat_fields.BREAKPOINT))
            self._image(checks.need(value, at, "image_url"), f"{at}/image_url", base)
        elif kind == "refusal" and role == "assistant":
            checks.known(value, at, ("type", "refusal"))
            text = checks.string(checks.need(value, at, "refusal"), f"{at}/refusal")
            self._text(base, f"{at}/refusal", text)
        elif kind in ("file", "input_audio", "image_url"):
            checks.unsupported(at, f"A {role} message may not carry {kind}: it cannot be guarded.")
        else:
            checks.refuse(f"{at}/type", "is not a known kind of content", code="unknown_field")
        chat_fields.check_breakpoint(value, at)

    def _image(self, value: Any, at: str, base: Part) -> None:
        checks.known(checks.obj(value, at), at, ("url", "detail"))
        if "detail" in value:
            checks.one_of("auto", "low", "high", "original")(value["detail"], f"{at}/detail")
        url = images.named(checks.string(checks.need(value, at, "url"), f"{at}/url"))
        value["url"] = url
        image, media_type = images.decode(url, f"{at}/url")
        self.parts.append(
            msgspec.structs.replace(
                base,
                pointer=f"{at}/url",
                trust=Trust.UNTRUSTED,
                stage=Stage.DOCUMENT,
                image=image,
                media_type=media_type,
                name="image",
            )
        )

    def _assistant(self, message: dict[str, Any], at: str, base: Part) -> None:
        if "refusal" in message:
            where = f"{at}/refusal"
            self._text(base, where, checks.string(message["refusal"], where))
        if "tool_calls" not in message:
            return
        for index, item in enumerate(checks.array(message["tool_calls"], f"{at}/tool_calls")):
            self._tool_call(item, f"{at}/tool_calls/{index}", base)

    def _tool_call(self, value: Any, at: str, base: Part) -> None:
        kind = checks.need(checks.obj(value, at), at, "type")
        if kind == "custom":
            checks.unsupported(at, "Only function calls have a schema.")
        checks.one_of("function")(kind, f"{at}/type")
        checks.known(value, at, ("id", "type", "function", signatures.FIELD))
        if signature := signatures.read(value, at):
            signed = msgspec.structs.replace(base, opaque=True)
            self._add(signed, f"{pointer.KEY_PREFIX}{at}{signatures.PLACE}", signature)
        call = checks.identifier(checks.need(value, at, "id"), f"{at}/id")
        where = f"{at}/function"
        function = checks.obj(checks.need(value, at, "function"), where)
        checks.known(function, where, ("name", "arguments"))
        name = checks.name(checks.need(function, where, "name"), f"{where}/name")
        raw = checks.string(checks.need(function, where, "arguments"), f"{where}/arguments")
        function["arguments"] = canonical_arguments(raw)
        self.calls[call] = name
        base = msgspec.structs.replace(base, role=Role.TOOL_CALL, name=name)
        self._add(base, pointer.KEY_PREFIX + f"{where}/name", name)
        self._add(base, f"{where}/arguments", function["arguments"])

    def _text(self, base: Part, at: str, text: str) -> None:
        """Add a text; in system and user messages, what stands between markers is a document."""
        if base.role not in (Role.SYSTEM, Role.USER):
            self._add(base, at, text)
            return
        for piece in documents.split(text, self.markers):
            if piece.document:
                part = msgspec.structs.replace(
                    base, role=Role.DOCUMENT, trust=Trust.UNTRUSTED, stage=Stage.DOCUMENT,
                    name=piece.source,
                )  # fmt: skip
            else:
                part = base
            whole = piece.start == 0 and piece.end == len(text)
            span = None if whole else (piece.start, piece.end)
            self._add(part, at, text[piece.start : piece.end], span)

    def _add(self, base: Part, at: str, text: str, span: tuple[int, int] | None = None) -> None:
        self.parts.append(msgspec.structs.replace(base, pointer=at, text=text, span=span))


def canonical_arguments(raw: str) -> str:
    """Return JSON arguments with every character as itself, or `raw` where they are not JSON.

    Escapes (\\u0069) would let the guard and the model read two different texts.
    """
    try:
        value = strict_json.loads(raw.encode("utf-8", "surrogatepass"))
    except RequestError:
        return raw
    return strict_json.dumps(value).decode()


def _input(at: str, text: str) -> Part:
    return Part(pointer=at, role=Role.USER, trust=Trust.USER, stage=Stage.INPUT, text=text)


def _metadata_parts(value: Any) -> list[Part]:
    parts = []
    for key, item in checks.obj(value, "/metadata").items():
        at = "/metadata" + pointer.join(key)
        checks.string(item, at, high=512)
        checks.string(key, at, high=64)
        parts += [_input(pointer.KEY_PREFIX + at, key), _input(at, item)]
    return parts


def _stop_parts(value: Any) -> list[Part]:
    if isinstance(value, str):
        return [_input("/stop", checks.string(value, "/stop", high=256))]
    return [
        _input(f"/stop/{index}", checks.string(item, f"/stop/{index}", high=256))
        for index, item in enumerate(checks.array(value, "/stop", high=chat_fields.MOST_STOPS))
    ]


def _prediction_parts(value: Any) -> list[Part]:
    checks.known(checks.obj(value, "/prediction"), "/prediction", ("type", "content"))
    checks.one_of("content")(checks.need(value, "/prediction", "type"), "/prediction/type")
    at = "/prediction/content"
    content = checks.need(value, "/prediction", "content")
    texts = {at: content}
    if not isinstance(content, str):
        texts = {}
        for index, item in enumerate(checks.array(content, at, low=1)):
            where = f"{at}/{index}"
            known = ("type", "text", chat_fields.BREAKPOINT)
            checks.known(checks.obj(item, where), where, known)
            checks.one_of("text")(checks.need(item, where, "type"), f"{where}/type")
            chat_fields.check_breakpoint(item, where)
            texts[f"{where}/text"] = checks.need(item, where, "text")
    return [
        Part(pointer=where, role=Role.ASSISTANT, trust=Trust.MODEL, stage=Stage.HISTORY,
             text=checks.string(text, where))
        for where, text in texts.items()
    ]  # fmt: skip


def _setting_parts(body: dict[str, Any]) -> list[Part]:
    """Return the parts of every inspected field outside messages and tools."""
    parts = [
        _input(f"/{key}", checks.string(body[key], f"/{key}", high=512))
        for key in ("user", "safety_identifier", "prompt_cache_key")
        if key in body
    ]
    if "stop" in body:
        parts += _stop_parts(body["stop"])
    if "metadata" in body:
        parts += _metadata_parts(body["metadata"])
    if "prediction" in body:
        parts += _prediction_parts(body["prediction"])
    if "response_format" in body:
        parts += tool_schema.parse_response_format(body["response_format"])
    return parts


def message_parts(
    value: Any,
    at: str,
    markers: documents.Markers | None = None,
    *,
    trusted_tools: Collection[str] = (),
    native: bool = False,
) -> list[Part]:
    """Return the parts of the message list `value` that stands at pointer `at`.

    `native`: thinking and error flags of another format, checked by its translator, may stand
    there. Tool-call arguments are put into canonical form in place. Raises RequestError.
    """
    reader = _Messages(markers or documents.DefaultMarkers(), trusted_tools, native)
    for turn, message in enumerate(checks.array(value, at, low=1)):
        reader.message(message, f"{at}/{turn}", turn)
    return reader.parts


def parse_request(
    body: bytes,
    markers: documents.Markers | None = None,
    *,
    trusted_tools: Collection[str] = (),
    max_bytes: int = strict_json.MAX_BYTES,
    request_id: str = "",
    deployment: str = "",
) -> Exchange:
    """Parse a chat completion request.

    `markers` are the policy's document markers; results of `trusted_tools` count as the
    operator's. `deployment`: the model that the path names. Raises RequestError (400, or 413)
    that names the JSON pointer; nothing unknown passes. The Exchange's body holds only what was
    checked.
    """
    value = checks.obj(strict_json.loads(body, max_bytes=max_bytes), "")
    azure.put_model(value, deployment)
    return exchange_of(value, markers, trusted_tools=trusted_tools, request_id=request_id)


def exchange_of(
    value: dict[str, Any],
    markers: documents.Markers | None = None,
    *,
    trusted_tools: Collection[str] = (),
    request_id: str = "",
    native: bool = False,
) -> Exchange:
    """Return the Exchange of a chat completion request's JSON, which becomes its body.

    See `parse_request`; `native`: see `message_parts`. Raises RequestError.
    """
    chat_fields.check_scalars(value)
    model = checks.string(checks.need(value, "", "model"), "/model", high=256)
    messages = checks.need(value, "", "messages")
    parts = message_parts(
        messages, "/messages", markers, trusted_tools=trusted_tools, native=native
    )
    settings = _setting_parts(value)
    tools, tool_parts = tool_schema.parse_tools(value["tools"]) if "tools" in value else ({}, [])
    if "tool_choice" in value:
        tool_schema.check_tool_choice(value["tool_choice"], "/tool_choice", tools)
    wanted = (
        tool_schema.answer_schema(value["response_format"]) if "response_format" in value else None
    )
    limits = [value[key] for key in ("max_completion_tokens", "max_tokens") if key in value]
    return Exchange(
        request_id=request_id or ids.request_id(),
        surface=Surface.CHAT,
        model=model,
        body=value,
        parts=settings + parts + tool_parts,
        tools=tools,
        answer_schema=wanted,
        stream=value.get("stream", False),
        user=value.get("user", "") or value.get("safety_identifier", ""),
        max_output_tokens=min(limits) if limits else None,
        choices=value.get("n", 1),
    )


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message without what only other formats know."""
    own = _MESSAGE_FIELDS[message["role"]]
    return {key: value for key, value in message.items() if key in own}


def upstream_body(
    exchange: Exchange, *, model: str, max_output_tokens: int, training_opt_out: bool,
    signed: bool, omitted: Collection[str] = (),
) -> bytes:  # fmt: skip
    """Serialise the request for the provider from the inspected body.

    Output tokens are clamped to `max_output_tokens`; with `training_opt_out`, `store` is false.
    `signed`: signatures beside tool calls go along; who does not know them refuses them.
    `omitted`: fields that the provider refuses.
    `metadata` goes along only with `store`. Streams always ask for usage, so that what was used
    can be settled.
    """
    chat_fields.require_few_stops(exchange)
    messages = call_ids.for_provider(exchange.body["messages"])
    body = {**exchange.body, "model": model, "messages": messages}
    if exchange.surface is Surface.MESSAGES:
        body["messages"] = [_plain(message) for message in body["messages"]]
    if not signed:
        body["messages"] = signatures.without(body["messages"])
    given = [key for key in ("max_completion_tokens", "max_tokens") if key in body]
    for key in given or ["max_completion_tokens"]:
        body[key] = min(body.get(key, max_output_tokens), max_output_tokens)
    if training_opt_out:
        body["store"] = False
    if not body.get("store"):
        body.pop("metadata", None)  # it labels what a provider stores; OpenAI refuses it otherwise
    if exchange.stream:
        body["stream_options"] = {**body.get("stream_options", {}), "include_usage": True}
    else:
        body.pop("stream_options", None)
    if omitted:
        provider_fields.leave_out(body, omitted)
    return strict_json.dumps(body)
