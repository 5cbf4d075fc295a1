"""JSON-RPC as MCP speaks it: which messages there are, and how a refusal looks."""

from typing import Any

Message = dict[str, Any]
REFUSED = -32001
_META = "io.modelcontextprotocol/"
UNKNOWN_METHOD = -32601
INTERNAL = -32603

# What a client may ask a server. Whatever is not here is answered with an error.
FROM_CLIENT = frozenset(
    {"initialize", "ping", "server/discover", "tools/list", "tools/call", "resources/list",
     "resources/templates/list", "resources/read", "resources/subscribe", "resources/unsubscribe",
     "prompts/list", "prompts/get", "completion/complete", "logging/setLevel",
     "subscriptions/listen"}
)  # fmt: skip
# What a server may tell a client without being asked, with the fields that pass: none is prose. Its
# log lines are not among them: they are text of the server that nobody asked for.
_TOLD = {
    "notifications/cancelled": ("requestId",),
    "notifications/progress": ("progressToken", "progress", "total"),
    "notifications/tools/list_changed": (),
    "notifications/resources/list_changed": (),
    "notifications/resources/updated": ("uri",),
    "notifications/prompts/list_changed": (),
    "notifications/subscriptions/acknowledged": ("notifications",),
}
TOLD_BY_CLIENT = frozenset(
    {"notifications/initialized", "notifications/cancelled", "notifications/progress",
     "notifications/roots/list_changed"}
)  # fmt: skip
# What a server may ask a client only where the policy says so.
ON_DEMAND = {"sampling/createMessage": "sampling", "elicitation/create": "elicitation",
             "roots/list": "roots"}  # fmt: skip


def error(message_id: Any, text: str, code: int = REFUSED) -> Message:
    """Return an error that answers a request."""
    return {"jsonrpc": "2.0", "id": message_id, "error": {"code": code, "message": text}}


def answer(message_id: Any, result: Any) -> Message:
    """Return a result that answers a request."""
    return {"jsonrpc": "2.0", "id": message_id, "result": result}


def tool_error(asked: Message, text: str) -> Message:
    """Return the result of a tool call that was refused: the model reads why and can go on."""
    result = {"content": [{"type": "text", "text": text}], "isError": True}
    params = asked.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    # Protocols that carry their version in each request want results to say that they are whole.
    if isinstance(meta, dict) and any(key.startswith(_META) for key in meta):
        result["resultType"] = "complete"
    return answer(asked["id"], result)


def cancelled(message: Message) -> tuple[str, Any] | None:
    """Return type and value of the id of the request that a notification cancels; else None."""
    params = message.get("params")
    if message.get("method") != "notifications/cancelled" or not isinstance(params, dict):
        return None
    message_id = params.get("requestId")
    return type(message_id).__name__, message_id


def told(message: Message) -> Message | None:
    """Return a server's notification without its free text; None for one that does not pass."""
    fields = _TOLD.get(str(message.get("method")))
    if fields is None:
        return None
    plain = {"jsonrpc": "2.0", "method": message["method"]}
    params = message.get("params")
    if isinstance(params, dict):
        plain["params"] = {key: params[key] for key in (*fields, "_meta") if key in params}
    return plain
