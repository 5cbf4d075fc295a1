"""A gateway with both kinds of upstream, and scripts of a provider with Anthropic's format."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from gateway_support import POLICY, Gateway, Provider, gateway_of

from seawall.policy.load import decode_policy
from seawall.policy.model import Policy

MARKER = "ZANZIBARMARK"
CLAUDE = """\
  - name: claude
    kind: anthropic
    base_url: {upstream}
    api_key_env: UPSTREAM_KEY
    timeout_seconds: 1.2
    models:
      claude: {{input_per_million: 1, output_per_million: 2, upstream_model: real-claude}}
functions:
"""
GUARD = """\
guards:
  - {{detector: custom, control: CTL-MARKER, action: block, stages: [system, input, document,
      tool-result, tool-definition, history, output, tool-call]}}
"""
RULES = f"""\
rules:
  - {{{{id: marker, expression: {MARKER}, found: [{MARKER}]}}}}
"""
TOOL: Any = {
    "name": "pay",
    "description": "Pay somebody.",
    "input_schema": {"type": "object", "properties": {"to": {"type": "string"}}},
}
CHAT_TOOL: Any = {
    "type": "function",
    "function": {"name": "pay", "parameters": TOOL["input_schema"]},
}


def both(provider: Provider, mode: str = "error", upstreams: str = "", main: str = "") -> Policy:
    """`upstreams`: more of them; `main`: what the first one says besides."""
    more = upstreams.replace("functions:\n", "") + CLAUDE
    policy = POLICY.replace("functions:\n", more, 1).replace("guards:\n", GUARD, 1) + RULES
    policy = policy.replace("    base_url", f"    {main}\n    base_url", 1) if main else policy
    return decode_policy(policy.format(upstream=provider.url, mode=mode), "test")


def said(*blocks: dict[str, Any], stop: str = "end_turn") -> dict[str, Any]:
    """A whole message of the provider."""
    return {
        "id": "msg_provider", "type": "message", "role": "assistant", "model": "real",
        "content": list(blocks), "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": 3, "cache_read_input_tokens": 2, "output_tokens": 7},
    }  # fmt: skip


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": value}


def pay(to: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": "pay", "input": {"to": to}}


def events(*blocks: dict[str, Any], stop: str = "end_turn", size: int = 3) -> list[bytes]:
    """The same message as the provider streams it, texts and inputs cut every `size` characters."""
    start = {**said(), "content": [], "stop_reason": None}
    found: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for index, block in enumerate(blocks):
        empty, kind, key, whole = _opened(block)
        found.append({"type": "content_block_start", "index": index, "content_block": empty})
        found += [
            {"type": "content_block_delta", "index": index,
             "delta": {"type": kind, key: whole[i : i + size]}}
            for i in range(0, len(whole), size)
        ]  # fmt: skip
        found.append({"type": "content_block_stop", "index": index})
    found.append({"type": "message_delta", "delta": {"stop_reason": stop},
                  "usage": {"output_tokens": 7}})  # fmt: skip
    found.append({"type": "message_stop"})
    return [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in found]


def _opened(block: dict[str, Any]) -> tuple[dict[str, Any], str, str, str]:
    if block["type"] == "text":
        return {"type": "text", "text": ""}, "text_delta", "text", block["text"]
    if block["type"] == "thinking":
        return {**block, "thinking": ""}, "thinking_delta", "thinking", block["thinking"]
    return {**block, "input": {}}, "input_json_delta", "partial_json", json.dumps(block["input"])


@pytest.fixture(scope="session")
def shared_both(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with gateway_of(both(provider), provider, tmp_path_factory.mktemp("both")) as gateway:
        yield gateway


@pytest.fixture
def gate(shared_both: Gateway) -> Gateway:
    shared_both.provider.reset()
    return shared_both
