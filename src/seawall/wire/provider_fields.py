"""Fields of a chat request that some OpenAI-compatible providers refuse, and go on without."""

from collections.abc import Collection
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

Omissible = Literal[
    "frequency_penalty", "logit_bias", "max_completion_tokens", "max_tokens", "metadata",
    "modalities", "name", "parallel_tool_calls", "prediction", "presence_penalty",
    "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "reasoning_effort",
    "safety_identifier", "seed", "service_tier", "store", "stream_options", "user", "verbosity",
]  # fmt: skip
"""What may be left out: no text of the conversation, no tool, no form of the answer."""

OMISSIBLE: frozenset[str] = frozenset(get_args(Omissible))
_MISTRAL: frozenset[str] = OMISSIBLE - {
    "frequency_penalty", "max_tokens", "parallel_tool_calls", "prediction", "presence_penalty",
    "reasoning_effort",
}  # fmt: skip
_GEMINI: frozenset[str] = OMISSIBLE - {
    "max_completion_tokens", "max_tokens", "name", "parallel_tool_calls", "reasoning_effort",
    "stream_options",
}  # fmt: skip
_KNOWN = {"mistral.ai": _MISTRAL, "googleapis.com": _GEMINI}
LIMITS = ("max_completion_tokens", "max_tokens")
"""Two names of one limit: where the one is left out, the other has its number."""


def refused_by(base_url: str) -> frozenset[str]:
    """Return the fields that a provider is known to refuse, as its address tells."""
    host = urlsplit(base_url).hostname or ""
    found = (fields for name, fields in _KNOWN.items() if f".{host}".endswith(f".{name}"))
    return next(found, frozenset())


def leave_out(body: dict[str, Any], omitted: Collection[str]) -> None:
    """Take fields out of a request's own body; a limit of tokens goes by its other name."""
    for name, other in (LIMITS, LIMITS[::-1]):
        if name in omitted and name in body:
            most = body.pop(name)
            body[other] = min(most, body.get(other, most))
    for name in omitted:
        body.pop(name, None)
    if "name" in omitted and "messages" in body:
        body["messages"] = [_nameless(message) for message in body["messages"]]


def _nameless(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] == "tool" or "name" not in message:
        return message
    return {key: value for key, value in message.items() if key != "name"}
