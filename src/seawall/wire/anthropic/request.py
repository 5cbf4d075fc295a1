"""A messages request to an Exchange: rewritten as a chat request, then read as one."""

from typing import Any

import msgspec

from seawall.core.exchange import Exchange, Surface
from seawall.wire import checks, strict_json
from seawall.wire.anthropic import fields
from seawall.wire.anthropic.messages import Messages
from seawall.wire.formats import ParseOptions, exchange_of_chat

Json = dict[str, Any]
_TOOL_FIELDS = ("allowed_callers", "cache_control", "defer_loading", "description",
                "eager_input_streaming", "input_schema", "name", "strict", "type")  # fmt: skip
_MODES = {"auto": "auto", "any": "required", "none": "none"}


def parse(body: bytes, options: ParseOptions, *, counting: bool = False) -> Exchange:
    """Parse a messages request; `counting`: one that only counts tokens needs no `max_tokens`.

    Everything the model could read becomes a part, as in a chat request. Raises RequestError
    (400, or 413) whose `param` is the JSON pointer in this body; nothing unknown passes.
    """
    value = checks.obj(strict_json.loads(body, max_bytes=options.max_bytes), "")
    checks.known(value, "", fields.ALL)
    checks.each(value, "", {**fields.NATIVE, **fields.DROPPED, **fields.REFUSED})
    if not counting:
        checks.need(value, "", "max_tokens")
    chat, where = _chat(value, options)
    exchange = exchange_of_chat(chat, options, where, native=True)
    native = {key: value[key] for key in fields.NATIVE if key in value}
    return msgspec.structs.replace(exchange, surface=Surface.MESSAGES, native=native, places=where)


def _chat(value: Json, options: ParseOptions) -> tuple[Json, dict[str, str]]:
    """Return the chat request, and for its pointers the client's."""
    reader = Messages(options.markers)
    if "system" in value:
        reader.system(value["system"], "/system")
    for index, message in enumerate(checks.array(checks.need(value, "", "messages"), "/messages")):
        reader.message(message, f"/messages/{index}")
    chat: Json = {"model": checks.need(value, "", "model"), "messages": reader.messages}
    where = {"/messages": "/messages", **reader.places}
    for key, (inside, check) in fields.PLAIN.items():
        if key in value:
            check(value[key], f"/{key}")
            chat[inside] = value[key]
            where[f"/{inside}"] = f"/{key}"
    for read in (_user, _stop, _tools, _tool_choice, _output):
        read(value, chat, where)
    return chat, where


def _user(value: Json, chat: Json, where: dict[str, str]) -> None:
    metadata = checks.obj(value.get("metadata", {}), "/metadata")
    checks.known(metadata, "/metadata", ("user_id",))
    if "user_id" in metadata:
        chat["user"] = metadata["user_id"]
    where["/user"] = "/metadata/user_id"


def _stop(value: Json, chat: Json, where: dict[str, str]) -> None:
    if stops := checks.array(value.get("stop_sequences", []), "/stop_sequences"):
        chat["stop"] = stops
    where["/stop"] = "/stop_sequences"


def _tools(value: Json, chat: Json, where: dict[str, str]) -> None:
    if "tools" not in value:
        return
    tools = []
    for index, item in enumerate(checks.array(value["tools"], "/tools")):
        at = f"/tools/{index}"
        tools.append({"type": "function", "function": _tool(checks.obj(item, at), at)})
        where[f"{at}/function"] = at
        where[f"{at}/function/parameters"] = f"{at}/input_schema"
    if tools:
        chat["tools"] = tools


def _tool(item: Json, at: str) -> Json:
    if item.get("type") not in (None, "custom"):
        checks.unsupported(f"{at}/type", "Only tools with an input_schema of yours can be judged.")
    checks.known(item, at, _TOOL_FIELDS)
    if "cache_control" in item:
        fields.cache_control(item["cache_control"], f"{at}/cache_control")
    if item.get("allowed_callers", ["direct"]) != ["direct"]:
        checks.unsupported(f"{at}/allowed_callers", "Only the model itself may call tools.")
    if item.get("defer_loading", False) is not False:
        checks.unsupported(f"{at}/defer_loading", "Every tool must be in the request.")
    checks.boolean(item.get("eager_input_streaming", False), f"{at}/eager_input_streaming")
    function: Json = {
        "name": checks.need(item, at, "name"),
        "parameters": checks.need(item, at, "input_schema"),
    }
    for key in ("description", "strict"):
        if key in item:
            function[key] = item[key]
    return function


def _tool_choice(value: Json, chat: Json, where: dict[str, str]) -> None:
    if "tool_choice" not in value:
        return
    at = "/tool_choice"
    choice = checks.obj(value["tool_choice"], at)
    kind = checks.need(choice, at, "type")
    checks.one_of(*_MODES, "tool")(kind, f"{at}/type")
    allowed = ("type", "disable_parallel_tool_use") if kind != "none" else ("type",)
    checks.known(choice, at, (*allowed, "name") if kind == "tool" else allowed)
    if kind == "tool":
        name = checks.need(choice, at, "name")
        chat["tool_choice"] = {"type": "function", "function": {"name": name}}
        where["/tool_choice/function"] = at
    elif chat.get("tools") or kind == "none":
        chat["tool_choice"] = _MODES[kind]
    checks.boolean(
        choice.get("disable_parallel_tool_use", False), f"{at}/disable_parallel_tool_use"
    )
    if choice.get("disable_parallel_tool_use"):
        chat["parallel_tool_calls"] = False


def _output(value: Json, chat: Json, where: dict[str, str]) -> None:
    at = "/output_config"
    config = checks.obj(value.get("output_config", {}), at)
    checks.known(config, at, ("effort", "format"))
    if "effort" in config:
        checks.one_of(*fields.EFFORTS)(config["effort"], f"{at}/effort")
        chat["reasoning_effort"] = config["effort"]
    if "format" not in config:
        return
    form = checks.obj(config["format"], f"{at}/format")
    checks.known(form, f"{at}/format", ("type", "schema"))
    checks.one_of("json_schema")(checks.need(form, f"{at}/format", "type"), f"{at}/format/type")
    schema = checks.need(form, f"{at}/format", "schema")
    wanted = {"name": "answer", "schema": schema, "strict": True}
    chat["response_format"] = {"type": "json_schema", "json_schema": wanted}
    where["/response_format"] = where["/response_format/json_schema"] = f"{at}/format"
