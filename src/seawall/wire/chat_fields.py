"""Every field of a chat completion request, by name, and what happens to it."""

from typing import Any

from seawall.core.exchange import Exchange, Surface
from seawall.wire import checks

Check = checks.Check


def _logit_bias(value: Any, pointer: str) -> None:
    for token, bias in checks.obj(value, pointer).items():
        if not (token.isascii() and token.isdigit() and len(token) < 10):
            checks.refuse(f"{pointer}/{token[:40]}", "must be a token number")
        checks.number(-100, 100)(bias, f"{pointer}/{token}")


def _modalities(value: Any, pointer: str) -> None:
    if checks.array(value, pointer) != ["text"]:
        checks.unsupported(pointer, 'Only ["text"]: the guard cannot inspect audio.')


def _stream_options(value: Any, pointer: str) -> None:
    checks.known(checks.obj(value, pointer), pointer, ("include_usage", "include_obfuscation"))
    for key, flag in value.items():
        checks.boolean(flag, f"{pointer}/{key}")


def _cache_options(value: Any, pointer: str) -> None:
    checks.known(checks.obj(value, pointer), pointer, ("mode", "ttl"))
    for key, choices in (("mode", ("implicit", "explicit")), ("ttl", ("30m", "12h", "24h"))):
        if key in value:
            checks.one_of(*choices)(value[key], f"{pointer}/{key}")


DEARER = "It costs more than the policy's price says, so the budget could not hold; leave it out."


def _service_tier(value: Any, pointer: str) -> None:
    if value == "priority":
        checks.unsupported(pointer, DEARER)
    checks.one_of("auto", "default", "flex")(value, pointer)


BREAKPOINT = "prompt_cache_breakpoint"


def check_breakpoint(part: dict[str, Any], at: str) -> None:
    """Check where a provider may cut its cache, if a content part says it."""
    if BREAKPOINT not in part:
        return
    value, pointer = part[BREAKPOINT], f"{at}/{BREAKPOINT}"
    checks.known(checks.obj(value, pointer), pointer, ("mode", "ttl"))
    checks.one_of("explicit")(checks.need(value, pointer, "mode"), f"{pointer}/mode")
    if "ttl" in value:
        checks.one_of("30m", "12h", "24h")(value["ttl"], f"{pointer}/ttl")


def _logprobs(value: Any, pointer: str) -> None:
    if value not in (False, 0):
        checks.unsupported(pointer, "Token alternatives would carry text past the guard.")


PASSED: dict[str, Check] = {
    "frequency_penalty": checks.number(-2, 2),
    "logit_bias": _logit_bias,
    "max_completion_tokens": checks.integer(1, 10_000_000),
    "max_tokens": checks.integer(1, 10_000_000),
    "modalities": _modalities,
    "n": checks.integer(1, 8),
    "parallel_tool_calls": checks.boolean,
    "presence_penalty": checks.number(-2, 2),
    "prompt_cache_options": _cache_options,
    "prompt_cache_retention": checks.one_of("in_memory", "24h"),
    "reasoning_effort": checks.one_of("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "seed": checks.integer(-(2**63) + 1, 2**63 - 1),
    "service_tier": _service_tier,
    "store": checks.boolean,
    "stream": checks.boolean,
    "stream_options": _stream_options,
    "temperature": checks.number(0, 2),
    "top_p": checks.number(0, 1),
    "verbosity": checks.one_of("low", "medium", "high"),
}
"""Passed on after a type check: numbers and closed lists; none of them carries text."""

DROPPED: dict[str, Check] = {"logprobs": _logprobs, "top_logprobs": _logprobs}
"""Accepted only when switched off, and not sent on."""

INSPECTED = frozenset(
    {
        "messages", "metadata", "model", "prediction", "prompt_cache_key", "response_format",
        "safety_identifier", "stop", "tool_choice", "tools", "user",
    }
)  # fmt: skip
"""Become parts of the Exchange (`model` and `tool_choice` are checked against closed lists)."""

REFUSED: dict[str, Check] = {
    "audio": checks.refused("The guard cannot inspect audio."),
    "data_sources": checks.refused("The guard cannot see what Azure would fetch; send documents."),
    "function_call": checks.refused("Use tool_choice."),
    "functions": checks.refused("Use tools."),
    "moderation": checks.refused("The gateway's own guard decides; leave it out."),
    "web_search_options": checks.refused("The guard cannot see what the provider would fetch."),
}
"""Known, and refused by name."""

ALL = frozenset(PASSED) | frozenset(DROPPED) | INSPECTED | frozenset(REFUSED)


def check_scalars(body: dict[str, Any]) -> None:
    """Check every field that is not inspected; drop nulls and switched-off fields in place."""
    checks.known(body, "", ALL)
    for key in list(body):
        pointer = f"/{key}"
        if key in PASSED:
            PASSED[key](body[key], pointer)
        elif key in REFUSED:
            REFUSED[key](body[key], pointer)
        elif key in DROPPED:
            DROPPED[key](body.pop(key), pointer)


_ECHO = frozenset({"annotations", "audio", "function_call", "reasoning_content"})


def drop_echo(message: dict[str, Any]) -> None:
    """Clients send back answers as they got them: empty fields of an answer are dropped.

    So is what OpenAI's client adds: `parsed` repeats the content, `index` counts calls of a stream.
    """
    message.pop("parsed", None)
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict) and isinstance(call.get("index"), int):
            del call["index"]
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict):
            function.pop("parsed_arguments", None)
    for key in _ECHO:
        if key in message and not message[key]:
            del message[key]


MOST_STOPS, _MOST_STOPS_OPENAI = 128, 4


def require_few_stops(exchange: Exchange) -> None:
    """Raise RequestError for more stop sequences than OpenAI takes; Anthropic takes more."""
    stops = exchange.body.get("stop")
    if isinstance(stops, list) and len(stops) > _MOST_STOPS_OPENAI:
        at = "/stop_sequences" if exchange.surface is Surface.MESSAGES else "/stop"
        most = _MOST_STOPS_OPENAI
        checks.refuse(at, f"must have at most {most} items for this model's provider")
