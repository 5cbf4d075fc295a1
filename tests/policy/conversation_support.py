"""A conversation in which tools were called before: what the tests of the policy judge."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from seawall.core.exchange import Exchange
from seawall.policy.provenance import Provenance
from seawall.wire.openai_chat import parse_request

Read = tuple[str, dict[str, Any], str]

POLICY = """\
version: 1
application: shop
upstreams: [{name: m, base_url: "http://127.0.0.1:1/v1", api_key_env: K, models: {x: {
  input_per_million: 1, output_per_million: 1}}}]
functions: {chat: {}}
"""
"""What every policy must say, and no more."""


def tool(name: str, words: Sequence[str], about: str | None = None) -> dict[str, Any]:
    """Return a tool's definition: an object of untyped arguments."""
    schema = {"type": "object", "properties": {word: {} for word in words}}
    said = {} if about is None else {"description": about}
    return {"type": "function", "function": {"name": name, **said, "parameters": schema}}


def conversation(
    user: str,
    reads: Sequence[Read],
    tools: Mapping[str, Sequence[str]] | Sequence[dict[str, Any]],
    system: str = "",
) -> Exchange:
    """Return what a user asked, and each call (tool, arguments, result) that was made since."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": user})
    for index, (name, arguments, result) in enumerate(reads):
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"id": f"c{index}", "type": "function", "function": function}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{index}", "content": result})
    if isinstance(tools, Mapping):
        tools = [tool(name, words) for name, words in tools.items()]
    body = {"model": "m", "messages": messages, "tools": list(tools)}
    return parse_request(json.dumps(body).encode())


def passes(
    user: str,
    reads: list[Any],
    tools: list[dict[str, Any]],
    call: tuple[str, dict[str, Any]],
    system: str = "",
) -> bool:
    """Say whether a call (tool, arguments) that follows such a conversation passes."""
    return Provenance(conversation(user, reads, tools, system), {}).judge(*call).passes
