"""A Responses request to an Exchange whose body is a chat request."""

from typing import Any

import msgspec

from seawall.core.exchange import Exchange
from seawall.wire import checks, strict_json
from seawall.wire.formats import ParseOptions, exchange_of_chat
from seawall.wire.hosted import definitions, kinds
from seawall.wire.openai_responses import fields, tools
from seawall.wire.openai_responses.items import Messages

_MOST_CALLS = 128


class Asked(msgspec.Struct, kw_only=True):
    """What an answer must know of its request beside the Exchange.

    `own`: the index of the first message of this turn; `instructions` stands before the earlier
    turns. `echo`: checked settings that a response repeats. `store`: the turn is to be kept.
    """

    own: int = 0
    instructions: bool = False
    previous: str | None = None
    store: bool = False
    echo: dict[str, Any] = {}


def read(body: bytes, *, max_bytes: int = strict_json.MAX_BYTES) -> dict[str, Any]:
    """Return a request's JSON, its fields known by name. Raises RequestError (400, 413)."""
    value = checks.obj(strict_json.loads(body, max_bytes=max_bytes), "")
    fields.check(value)
    return value


def translate(
    value: dict[str, Any],
    options: ParseOptions,
    earlier: list[dict[str, Any]] | None = None,
    ids: definitions.Ids | None = None,
) -> tuple[Exchange, Asked]:
    """Return the chat request that `read` read, and what its answer must know.

    `earlier`: the chat messages of the turns before. `ids`: of the caller's own objects that the
    request names. Raises RequestError whose `param` points into the client's body.
    """
    model = checks.string(checks.need(value, "", "model"), "/model", high=256)
    chat, where = fields.scalars(value)
    messages = Messages(options.markers, options.hosted)
    if "instructions" in value:
        messages.instructions(value["instructions"])
    messages.history(earlier or [])
    asked = Asked(
        own=len(messages.messages),
        instructions="instructions" in value,
        previous=value.get("previous_response_id"),
        store=value.get("store", True),
    )
    if checks.need(value, "", "input") == []:
        checks.refuse("/input", "must have one item or more")
    messages.input(value["input"])
    offered = tools.Offered(options.hosted, ids or {})
    native = _add_tools(value, chat, where, offered)
    where |= messages.places
    where["/messages"] = "/input"
    chat |= {"model": model, "messages": messages.messages}
    asked.echo = _echo(value)
    exchange = exchange_of_chat(chat, options, where, native=True)
    exchange.places = where
    if offered.hosted or any("hosted" in message for message in messages.messages):
        _check_approvals(messages.messages, where)
        most = value.get("max_tool_calls", _MOST_CALLS)
        _add_hosted(exchange, offered, {**native, "ids": ids or {}, "most_calls": most})
    return exchange, asked


def _check_approvals(messages: list[dict[str, Any]], where: dict[str, str]) -> None:
    """Refuse the answer to an approval request that does not wait for one before it."""
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        item = message.get("hosted", {})
        if item.get("type") == "mcp_approval_request":
            waiting.add(item["id"])
        elif item.get("type") == kinds.APPROVAL:
            if item["approval_request_id"] not in waiting:
                at = f"{where[f'/messages/{index}/hosted']}/approval_request_id"
                checks.refuse(at, "names no request that waits for an answer before it")
            waiting.remove(item["approval_request_id"])


def _add_hosted(exchange: Exchange, offered: tools.Offered, native: dict[str, Any]) -> None:
    """Put the provider's own tools where only its own format looks for them."""
    exchange.native = native
    exchange.body["hosted_tools"] = offered.hosted
    for index, tool in enumerate(offered.hosted):
        exchange.parts += definitions.parts(tool, f"/hosted_tools/{index}")
        kind = kinds.TYPES[tool["type"]]
        name = kinds.offered_as(kind, tool.get("server_label", ""))
        exchange.hosted[name] = {} if kind == kinds.MCP else kinds.defined(kind)


def _add_tools(
    value: dict[str, Any], chat: dict[str, Any], where: dict[str, str], offered: tools.Offered
) -> dict[str, Any]:
    """Add tools, choice and text format; return what only the provider's own format has."""
    native: dict[str, Any] = {}
    offered.read(value.get("tools", []))
    where |= offered.places
    if offered.functions:
        chat["tools"] = offered.functions
    elif not offered.hosted:  # providers refuse the switch without tools
        checks.boolean(chat.pop("parallel_tool_calls", True), "/parallel_tool_calls")
    if tools.names_hosted(value.get("tool_choice")):
        native["tool_choice"] = offered.choose(value["tool_choice"])
    elif "tool_choice" in value:
        chat["tool_choice"], found = tools.tool_choice(value["tool_choice"])
        where |= found
        if not (offered.functions or offered.hosted) and chat["tool_choice"] in ("auto", "none"):
            del chat["tool_choice"]
    if "text" in value:
        found_text, found = tools.text(value["text"])
        chat |= found_text
        where |= found
    return native


def _echo(value: dict[str, Any]) -> dict[str, Any]:
    """Return settings without text as a response repeats them."""
    reasoning = value.get("reasoning") or {}
    return {
        "max_output_tokens": value.get("max_output_tokens"),
        "parallel_tool_calls": value.get("parallel_tool_calls", True),
        "reasoning": {"effort": reasoning.get("effort"), "summary": None},
        "service_tier": value.get("service_tier"),
        "temperature": value.get("temperature"),
        "tool_choice": value.get("tool_choice", "auto"),
        "top_p": value.get("top_p"),
    }
