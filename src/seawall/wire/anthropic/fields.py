"""Every field of a messages request, by name, and what happens to it."""

from typing import Any, NoReturn

from seawall.wire import chat_fields, checks

Check = checks.Check

_HOSTED = "The guard cannot see what the provider's own tools fetch, run or keep."


def cache_control(value: Any, pointer: str) -> None:
    """Check a cache marker; it is dropped, because other providers have no word for it."""
    checks.known(checks.obj(value, pointer), pointer, ("type", "ttl"))
    checks.one_of("ephemeral")(checks.need(value, pointer, "type"), f"{pointer}/type")
    if "ttl" in value:
        checks.one_of("5m", "1h")(value["ttl"], f"{pointer}/ttl")


def transformations(value: Any, pointer: str) -> None:
    """Check how a picture may be scaled; it is dropped: providers do this unasked."""
    checks.known(checks.obj(value, pointer), pointer, ("oversized_image",))
    if "oversized_image" in value:
        hint = "Only downsize: another provider has no word for it."
        checks.only("downsize", hint)(value["oversized_image"], f"{pointer}/oversized_image")


def thinking(value: Any, pointer: str) -> None:
    """Check the thinking settings: a kind, a number and a closed list, no text."""
    checks.known(checks.obj(value, pointer), pointer, ("type", "budget_tokens", "display"))
    kind = checks.need(value, pointer, "type")
    checks.one_of("enabled", "disabled", "adaptive", "between_tools")(kind, f"{pointer}/type")
    if "budget_tokens" in value:
        checks.integer(1024, 10_000_000)(value["budget_tokens"], f"{pointer}/budget_tokens")
    elif kind == "enabled":
        checks.refuse(f"{pointer}/budget_tokens", "is required")
    if "display" in value:
        checks.one_of("summarized", "omitted")(value["display"], f"{pointer}/display")


NATIVE: dict[str, Check] = {
    "service_tier": checks.one_of("auto", "standard_only"),
    "thinking": thinking,
    "top_k": checks.integer(0, 1_000_000),
}
"""Numbers and closed lists that only a provider with this format understands."""

PLAIN: dict[str, tuple[str, Check]] = {
    "max_tokens": ("max_completion_tokens", checks.integer(1, 10_000_000)),
    "stream": ("stream", checks.boolean),
    "temperature": ("temperature", checks.number(0, 1)),
    "top_p": ("top_p", checks.number(0, 1)),
}
"""Passed on after a type check, with the name of the field inside."""

DROPPED: dict[str, Check] = {
    "cache_control": cache_control,
    "speed": checks.only("standard", chat_fields.DEARER),
}
"""Checked and not sent on."""

REFUSED: dict[str, Check] = {
    "compaction": checks.refused("The guard must see the whole conversation."),
    "container": checks.refused(_HOSTED),
    "context_management": checks.refused("The guard must see the whole conversation."),
    "diagnostics": checks.refused("Its answer would carry text past the guard."),
    "fallbacks": checks.refused("The policy's upstreams say who is asked next."),
    "inference_geo": checks.refused("The policy's upstream decides where a model runs."),
    "mcp_servers": checks.refused(_HOSTED),
    "thread": checks.refused("Send the whole conversation: the guard must see it."),
    "user_profile_id": checks.refused("Name the end user in metadata.user_id."),
    "workspace_id": checks.refused("The policy's upstream decides who pays for a request."),
}
"""Known, and refused by name."""

TRANSLATED = frozenset(
    {"messages", "metadata", "model", "output_config", "stop_sequences", "system", "tool_choice",
     "tools"}
)  # fmt: skip
"""Become fields of the form inside, and through it parts that the guard inspects."""

ALL = frozenset(NATIVE) | frozenset(PLAIN) | frozenset(DROPPED) | frozenset(REFUSED) | TRANSLATED

EFFORTS = ("low", "medium", "high", "xhigh", "max")

BLOCK_HINTS: dict[str, str] = {
    "container_upload": _HOSTED,
    "redacted_thinking": "Nobody here can read it; leave it out.",
    "search_result": "Send it as a document with a text source.",
    "server_tool_use": _HOSTED,
}


def refuse_block(kind: Any, role: str, pointer: str) -> NoReturn:
    """Refuse a block of a kind that this role may not carry, by its name where we know it."""
    if isinstance(kind, str) and kind in BLOCK_HINTS:
        checks.unsupported(pointer, BLOCK_HINTS[kind])
    if isinstance(kind, str) and kind.endswith("_tool_result"):
        checks.unsupported(pointer, _HOSTED)
    if kind in ("text", "image", "document", "tool_use", "tool_result", "thinking"):
        checks.unsupported(pointer, f"A {role} message may not carry {kind} here.")
    checks.refuse(f"{pointer}/type", "is not a known kind of content", code="unknown_field")
