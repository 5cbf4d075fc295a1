"""A Responses request to an Exchange whose body is a chat request."""

from typing import Any

import msgspec

from seawall.core.exchange import Exchange
from seawall.wire import checks, strict_json
from seawall.wire.formats import ParseOptions, exchange_of_chat
from seawall.wire.openai_responses import fields, tools
from seawall.wire.openai_responses.items import Messages


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
    value: dict[str, Any], options: ParseOptions, earlier: list[dict[str, Any]] | None = None
) -> tuple[Exchange, Asked]:
    """Return the chat request that `read` read, and what its answer must know.

    `earlier`: the chat messages of the turns before. Raises RequestError whose `param` points
    into the client's body.
    """
    model = checks.string(checks.need(value, "", "model"), "/model", high=256)
    chat, where = fields.scalars(value)
    messages = Messages(options.markers)
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
    _add_tools(value, chat, where)
    where |= messages.places
    where["/messages"] = "/input"
    chat |= {"model": model, "messages": messages.messages}
    asked.echo = _echo(value)
    exchange = exchange_of_chat(chat, options, where)
    exchange.places = where
    return exchange, asked


def _add_tools(value: dict[str, Any], chat: dict[str, Any], where: dict[str, str]) -> None:
    if "tools" in value:
        chat["tools"], found = tools.tools(value["tools"])
        where |= found
    if not chat.get("tools"):  # providers refuse the empty list and the switch without tools
        chat.pop("tools", None)
        checks.boolean(chat.pop("parallel_tool_calls", True), "/parallel_tool_calls")
    if "tool_choice" in value:
        chat["tool_choice"], found = tools.tool_choice(value["tool_choice"])
        where |= found
        if "tools" not in chat and chat["tool_choice"] in ("auto", "none"):
            del chat["tool_choice"]
    if "text" in value:
        found_text, found = tools.text(value["text"])
        chat |= found_text
        where |= found


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
