"""Tools that the provider runs itself in the leak matrix: definitions, items, events."""

import json
from typing import Any

from leak_places import PLAIN, SHOWN, Body, arguments, image, schema, text
from leak_walk import MARK, Walk
from openai.types.responses.response_output_item import McpListToolsTool

ASKED = {"type": "mcp_approval_request", "id": "mcpr_1", "server_label": "desk", "name": "look",
         "arguments": "{}"}  # fmt: skip
STORE = "store"  # the id of a store of the gate comes in its place
SAMPLES: dict[tuple[str, str], Any] = {
    ("", "server_label"): "desk", ("Mcp", "server_url"): "https://mcp.example.com/sse",
    ("FileSearchToolParam", "vector_store_ids"): [STORE],
    ("CodeInterpreter", "container"): {"type": "auto"},
    ("McpApprovalResponse", "approval_request_id"): "mcpr_1",
    ("McpApprovalResponse", "approve"): False,
    ("McpCall", "name"): "look", ("McpApprovalRequest", "name"): "look",
    ("McpListToolsTool", "name"): "look", ("McpListToolsTool", "input_schema"): {"type": "object"},
    ("ResponseCodeInterpreterToolCallParam", "outputs"): [],
    ("ResponseFunctionWebSearchParam", "action"): {"type": "search", "query": "x"},
    ("OutputImage", "url"): f"data:image/png;base64,{PLAIN}",
    ("CompoundFilter", "filters"): [], ("ImageGenerationCall", "result"): PLAIN,
}  # fmt: skip
_LINKS = [
    text("", MARK, ""), text("", f"https://example.com/{MARK}", " (link)"),
    image(f"data:image/png;base64,{SHOWN}"),
]  # fmt: skip
OWN: dict[tuple[str, str], Any] = {
    ("McpListToolsTool", "input_schema"): schema(),
    ("McpCall", "arguments"): arguments(),
    ("McpApprovalRequest", "arguments"): arguments(),
    ("OutputImage", "url"): _LINKS,
    ("ImageGenerationCall", "result"): [text("", MARK, ""), image(SHOWN)],
}
TOOLS: list[Body] = [
    {"type": "web_search"},
    {"type": "file_search", "vector_store_ids": [STORE]},
    {"type": "code_interpreter", "container": {"type": "auto"}}, {"type": "image_generation"},
    {"type": "mcp", "server_label": "desk", "server_url": "https://mcp.example.com/sse",
     "require_approval": "never"},
]  # fmt: skip


def with_ids(value: Any, ids: dict[str, str]) -> Any:
    """Return a request's value with the gate's own store in place of the sample."""
    return json.loads(
        json.dumps(value).replace(f'["{STORE}"]', json.dumps([ids.get(STORE, STORE)]))
    )


def usual() -> Body:
    """Return a harmless response."""
    part = {"type": "output_text", "text": "ok", "annotations": []}
    item = {"type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [part]}  # fmt: skip
    return {"id": "r", "object": "response", "status": "completed", "output": [item],
            "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip


SEARCH: Body = {"type": "web_search_call", "action": {"type": "search", "query": MARK}}


def ends(*items: Body, **fields: Any) -> Body:
    """Return a response of one message and of items that no event has brought."""
    (said,) = usual()["output"]
    return {**usual(), "output": [{**said, **fields}, *items]}


ANSWER_WALK = Walk(
    samples={
        **SAMPLES, ("Response", "status"): "completed", ("Response", "output"): [],
        ("", "output_index"): 0, ("", "content_index"): 0, ("", "sequence_number"): 1,
        ("", "item_id"): "i1", ("", "name"): "look", ("", "arguments"): "{}",
        ("ResponseFunctionWebSearch", "action"): {"type": "search", "query": "x"},
        ("Response", "error"): None, ("Response", "incomplete_details"): None,
        ("ResponseOutputText", "annotations"): [],
    },
    own={
        **OWN,
        ("ActionSearchSource", "url"): _LINKS[:2], ("AnnotationURLCitation", "url"): _LINKS[:2],
        ("ResponseFunctionToolCall", "arguments"): arguments(),
        # An answer says again what was asked, and its end what events said: read is only the rest.
        ("", "tools"): [text("/0/name", [{"type": "function", "name": MARK}], "[].name")],
        ("Response", "instructions"): [text("", MARK, "")],
        ("", "response"): [
            text("/instructions", {**usual(), "instructions": MARK}, ".instructions"),
            text("/output/0/id", ends(id=MARK), ".output[].id"),
            text("/output/1/action/query", ends(SEARCH), ".output[].action.query"),
        ],
        ("McpListTools", "tools"): [
            place.inside("0", "[]", lambda value: [value])
            for place in Walk(samples=SAMPLES, own=OWN).places(McpListToolsTool)
        ],
    },
)  # fmt: skip
REFUSED = (
    "computer_call", "local_shell_call", "shell_call", "apply_patch",
    "custom_tool_call", "program", "tool_search", "additional_tools", "function_call_output",
    "mcp_approval_response", ".error", "response.failed", "<error>", "(not JSON)", "(picture)",
    "<unknown>", ".server_label", "outputs[]<image>.url", ".result",
)  # fmt: skip


_CALL: Body = {"server_label": "desk", "name": "look", "arguments": "{}"}
_BARE: dict[str, Body] = {
    "code_interpreter_call": {"code": "1"}, "file_search_call": {"queries": []},
    "image_generation_call": {}, "mcp_approval_request": {"id": "mcpr_1", **_CALL},
    "mcp_call": _CALL, "mcp_list_tools": {"server_label": "desk", "tools": []},
    "web_search_call": {"action": {"type": "search"}},
}  # fmt: skip
_ENDED = {kind: {"type": kind, **fields} for kind, fields in _BARE.items()}
"""Items of tools that say nothing: what began has to end."""


def events(value: Any) -> list[bytes]:
    """Return a stream of a response that has the event `value` where it belongs."""
    part = {"type": "output_text", "text": "ok", "annotations": []}
    item = {"type": "message", "id": "m", "role": "assistant", "status": "completed",
            "content": [part]}  # fmt: skip
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    frame: list[Body] = [
        {"type": "response.created", "response": {**usual(), "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_text.delta", **place, "delta": "ok"},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": usual()},
    ]
    kind = value.get("type")
    ends = ("response.completed", "response.incomplete", "response.failed")
    if kind in ends:
        frame[-1] = value
    else:
        frame.insert(-1, value)
    begun = value.get("item") if kind == "response.output_item.added" else None
    if isinstance(begun, dict) and (ended := _ENDED.get(str(begun.get("type")))):
        frame.insert(-1, {"type": "response.output_item.done", "output_index": 1, "item": ended})
    return [f"data: {json.dumps(event)}\n\n".encode() for event in frame]


def ask(ids: dict[str, str], *, stream: bool) -> Any:
    """Return a client's request for a text, with every tool offered."""
    more: Body = {"stream": True} if stream else {}
    look = {"type": "object", "properties": {"a": {"type": "string"}}}
    function = {"type": "function", "name": "look", "parameters": look, "strict": False}
    tools = with_ids([function, *TOOLS], ids)
    return lambda said: {"model": "small", "input": said, "store": False, "tools": tools, **more}
