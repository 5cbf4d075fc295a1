"""A provider with tools of its own: its items, whole and as the events of a stream."""

import json
from typing import Any

from gateway_support import POLICY, Provider

from seawall.policy.load import decode_policy
from seawall.policy.model import Policy

HOSTED = """\
tools:
  hosted:
    web_search: {{per_call: 0.5, max_calls: 2, result_tokens: 1000}}
    file_search: {{per_call: 0.25, max_calls: 2, result_tokens: 1000}}
    code_interpreter: {{per_call: 1.5, max_calls: 2, result_tokens: 1000}}
    image_generation: {{per_call: 0.1, max_calls: 1, result_tokens: 1000, models: [painter]}}
    mcp:
      {{per_call: 0, max_calls: 2, result_tokens: 1000, hosts: [mcp.example.com, "*.ok.example"]}}
"""
WEB = {"type": "web_search"}
CODE = {"type": "code_interpreter", "container": {"type": "auto"}}
MCP = {"type": "mcp", "server_label": "desk", "server_url": "https://mcp.example.com/sse"}
USAGE = {"input_tokens": 50, "output_tokens": 9, "total_tokens": 59,
         "input_tokens_details": {"cached_tokens": 4},
         "output_tokens_details": {"reasoning_tokens": 3}}  # fmt: skip


def hosted_policy(
    provider: Provider, mode: str = "error", extra: str = "", rules: str = ""
) -> Policy:
    """Return the tests' policy with four kinds allowed."""
    text = (
        POLICY.replace("tools:\n", HOSTED, 1)
        .replace("timeout_seconds: 1.2", "timeout_seconds: 20")
        .replace("CTL-EGRESS,", "CTL-EGRESS, labels: [image],")
    )
    text = text.replace("  rules:\n", "  rules:\n" + rules.replace("{", "{{").replace("}", "}}"))
    return decode_policy(text.format(upstream=provider.url, mode=mode) + extra, "test")


def searched(query: str = "opening hours", **action: Any) -> dict[str, Any]:
    """Return a web search."""
    source = {"type": "url", "url": "https://shop.example/hours"}
    made = {"type": "search", "query": query, "queries": [query], "sources": [source], **action}
    return {"id": "ws_p1", "type": "web_search_call", "status": "completed", "action": made}


def found(text: str = "Open 9 to 5.", file: str = "file-p1") -> dict[str, Any]:
    """Return a search in files."""
    row = {"file_id": file, "filename": "hours.txt", "score": 0.9, "text": text,
           "attributes": {"kind": "note"}}  # fmt: skip
    return {"id": "fs_p1", "type": "file_search_call", "status": "completed",
            "queries": ["opening hours"], "results": [row]}  # fmt: skip


def ran(code: str = "print(6 * 7)", logs: str = "42") -> dict[str, Any]:
    """Return a run of code."""
    return {"id": "ci_p1", "type": "code_interpreter_call", "status": "completed", "code": code,
            "container_id": "cntr_p1", "outputs": [{"type": "logs", "logs": logs}]}  # fmt: skip


def asked_server(
    name: str = "find_ticket", arguments: str = '{"id": "T-17"}', output: str = "Open since May."
) -> dict[str, Any]:
    """Return a call of a server's tool."""
    return {"id": "mcp_p1", "type": "mcp_call", "status": "completed", "server_label": "desk",
            "name": name, "arguments": arguments, "output": output, "error": None,
            "approval_request_id": None}  # fmt: skip


def listed(description: str = "Finds a ticket.", name: str = "find_ticket") -> dict[str, Any]:
    """Return a server's list of tools."""
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    tool = {"name": name, "description": description, "input_schema": schema,
            "annotations": {"readOnlyHint": True}}  # fmt: skip
    return {"id": "mcpl_p1", "type": "mcp_list_tools", "server_label": "desk", "tools": [tool],
            "error": None}  # fmt: skip


def wants(name: str = "find_ticket", arguments: str = '{"id": "T-17"}') -> dict[str, Any]:
    """Return a request for approval."""
    return {"id": "mcpr_p1", "type": "mcp_approval_request", "server_label": "desk",
            "name": name, "arguments": arguments}  # fmt: skip


def cited(text: str = "They open at 9.", end: int = 14) -> dict[str, Any]:
    """Return a message that cites a page, a file and a container's file."""
    url = {"type": "url_citation", "start_index": 0, "end_index": end, "title": "Hours",
           "url": "https://shop.example/hours"}  # fmt: skip
    file = {"type": "file_citation", "index": end, "file_id": "file-p1", "filename": "hours.txt"}
    made = {"type": "container_file_citation", "container_id": "cntr_p1", "file_id": "cfile_p1",
            "filename": "a.csv", "start_index": 0, "end_index": 4}  # fmt: skip
    part = {"type": "output_text", "text": text, "annotations": [url, file, made], "logprobs": []}
    return {"id": "msg_p1", "type": "message", "role": "assistant", "status": "completed",
            "content": [part]}  # fmt: skip


def said(text: str = "Fine.") -> dict[str, Any]:
    """Return a plain message."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": "msg_p2", "type": "message", "role": "assistant", "status": "completed",
            "content": [part]}  # fmt: skip


def called(name: str, arguments: str) -> dict[str, Any]:
    """Return a call of the client's own function."""
    return {"id": "fc_p1", "type": "function_call", "status": "completed", "call_id": "call_p1",
            "name": name, "arguments": arguments}  # fmt: skip


def drawn(result: str, prompt: str = "A red door.") -> dict[str, Any]:
    """Return a picture that was drawn."""
    return {"id": "ig_p1", "type": "image_generation_call", "status": "completed",
            "result": result, "revised_prompt": prompt, "output_format": "png",
            "size": "1024x1024", "quality": "high", "action": "generate"}  # fmt: skip


def whole(*output: Any, **fields: Any) -> dict[str, Any]:
    """Return a response."""
    return {"id": "resp_p1", "object": "response", "created_at": 1, "status": "completed",
            "error": None, "incomplete_details": None, "model": "real", "output": list(output),
            "usage": USAGE, **fields}  # fmt: skip


def streamed(*output: Any, size: int = 3, **fields: Any) -> list[str]:
    """Return a response as the events of a stream."""
    begun = {**whole(), "status": "in_progress", "usage": None}
    events: list[Any] = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(output):
        place = {"output_index": index, "item_id": item["id"]}
        begin = {**item, "status": "in_progress"}
        events.append({"type": "response.output_item.added", "output_index": index, "item": begin})
        if item["type"] == "code_interpreter_call":
            name = "response.code_interpreter_call_code.delta"
            events.append({"type": name, **place, "delta": item["code"]})
        if item["type"] == "mcp_call":
            name = "response.mcp_call_arguments.delta"
            events.append({"type": name, **place, "delta": item["arguments"]})
        for part in item["content"] if item["type"] == "message" else ():
            text = part["text"]
            events += [
                {"type": "response.output_text.delta", **place, "content_index": 0,
                 "delta": text[start : start + size]}
                for start in range(0, len(text), size)
            ]  # fmt: skip
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    done = whole(*output, **fields)
    events.append({"type": f"response.{done['status']}", "response": done})
    numbered = [{**event, "sequence_number": n} for n, event in enumerate(events)]
    return [json.dumps(event) for event in numbered]
