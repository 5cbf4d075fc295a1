"""Every field of a Responses request, by name, and what happens to it."""

from typing import Any

from seawall.wire import checks
from seawall.wire.chat_fields import PASSED

Check = checks.Check

SAME = frozenset(
    {
        "metadata", "parallel_tool_calls", "prompt_cache_key", "prompt_cache_options",
        "prompt_cache_retention", "safety_identifier", "service_tier", "stream", "temperature",
        "top_p", "user",
    }
)  # fmt: skip
"""Stand in the chat form under the same name and are checked there."""

TRANSLATED = frozenset(
    {
        "input", "instructions", "max_output_tokens", "model", "previous_response_id",
        "reasoning", "store", "text", "tool_choice", "tools",
    }
)  # fmt: skip
"""Have another place or shape in the chat form (or concern the gateway's own store)."""


_INCLUDED = (
    "reasoning.encrypted_content", "code_interpreter_call.outputs", "file_search_call.results",
    "web_search_call.action.sources",
)  # fmt: skip


def _include(value: Any, pointer: str) -> None:
    hint = f"Only {', '.join(_INCLUDED)}; the first is never there, the others always are."
    for index, item in enumerate(checks.array(value, pointer, high=16)):
        if item not in _INCLUDED:
            checks.unsupported(f"{pointer}/{index}", hint)


def _stream_options(value: Any, pointer: str) -> None:
    checks.known(checks.obj(value, pointer), pointer, ("include_obfuscation",))
    for key, flag in value.items():
        checks.boolean(flag, f"{pointer}/{key}")


DROPPED: dict[str, Check] = {
    "background": checks.only(False, "Nothing runs on here after the connection ends; use stream."),
    "include": _include,
    "max_tool_calls": checks.integer(1, 10_000),
    "stream_options": _stream_options,
    "top_logprobs": checks.only(0, "Token alternatives would carry text past the guard."),
    "truncation": checks.only(
        "disabled", "Only disabled: send the part of the conversation you mean."
    ),
}
"""Checked, and not sent on: they are switched off, or the gateway sets them itself."""

REFUSED: dict[str, Check] = {
    "access_programs": checks.refused("Leave it out."),
    "background_options": checks.refused("Nothing runs in the background here."),
    "context_management": checks.refused("A provider's summary would pass the guard unseen."),
    "conversation": checks.refused("Use previous_response_id; conversations are not kept by name."),
    "image": checks.refused("Leave it out."),
    "moderation": checks.refused("The gateway's own guard decides; leave it out."),
    "prompt": checks.refused("The guard cannot see a template that the provider keeps."),
}
"""Known, and refused by name."""

ALL = SAME | TRANSLATED | frozenset(DROPPED) | frozenset(REFUSED)

_SUMMARY = checks.one_of("auto", "concise", "detailed")
_REASONING: dict[str, Check] = {
    "context": checks.one_of("auto", "current_turn"),
    "effort": PASSED["reasoning_effort"],
    "generate_summary": _SUMMARY,
    "mode": checks.only("standard", "Only standard: a provider's chat has no other mode."),
    "summary": _SUMMARY,
}
"""Only `effort` is sent on: no reasoning is shown, and none is kept for later turns."""


def check(body: dict[str, Any]) -> None:
    """Check the fields that the chat form does not check; nulls go.

    Raises RequestError that names the field.
    """
    checks.known(body, "", ALL)
    for key in list(body):
        pointer = f"/{key}"
        if key in REFUSED:
            REFUSED[key](body[key], pointer)
        elif key in DROPPED:
            DROPPED[key](body[key], pointer)
    if "store" in body:
        checks.boolean(body["store"], "/store")
    if "previous_response_id" in body:
        checks.identifier(body["previous_response_id"], "/previous_response_id")


def scalars(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the numbers and switches under their chat names, and their places.

    Raises RequestError.
    """
    found = {key: body[key] for key in SAME if key in body}
    places = {}
    if "max_output_tokens" in body:
        found["max_completion_tokens"] = body["max_output_tokens"]
        places["/max_completion_tokens"] = "/max_output_tokens"
    if "reasoning" in body:
        reasoning = checks.obj(body["reasoning"], "/reasoning")
        checks.known(reasoning, "/reasoning", _REASONING)
        checks.each(reasoning, "/reasoning", _REASONING)
        if "effort" in reasoning:
            found["reasoning_effort"] = reasoning["effort"]
    return found, places
