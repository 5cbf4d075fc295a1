"""The provider's JSON: answers whole and streamed, errors, usage."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from seawall.demo.model.brain import Reply


def tokens(text: str) -> int:
    """Estimate tokens: one for each four characters, at least one."""
    return max(1, len(text) // 4)


def error(message: str, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    """Return an error body as OpenAI shapes it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def answer_id(body: dict[str, Any]) -> str:
    """Return an id that depends on the request only."""
    digest = hashlib.blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=10)
    return f"chatcmpl-{digest.hexdigest()}"


def _cut(text: str, limit: int | None) -> tuple[str, str]:
    if limit is not None and tokens(text) > limit:
        return text[: limit * 4], "length"
    return text, "stop"


def _calls(reply: Reply, answer: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"call_{answer[-12:]}{place}",
            "type": "function",
            "function": {"name": call.tool, "arguments": call.arguments},
        }
        for place, call in enumerate(reply.calls)
    ]


def limit_of(body: dict[str, Any]) -> int | None:
    """Return the longest answer the request allows, in tokens."""
    for name in ("max_completion_tokens", "max_tokens"):
        if isinstance(body.get(name), int) and not isinstance(body[name], bool):
            return int(body[name])
    return None


def whole(body: dict[str, Any], reply: Reply, prompt: str) -> dict[str, Any]:
    """Return a chat completion."""
    answer = answer_id(body)
    text, reason = _cut(reply.text, limit_of(body))
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if reply.calls:
        message |= {"content": None, "tool_calls": _calls(reply, answer)}
        reason = "tool_calls"
    count = body.get("n") if isinstance(body.get("n"), int) else 1
    limit = limit_of(body)
    # What a model thinks is billed like words, and counts for the request's limit.
    thought = reply.thought if limit is None else min(reply.thought, limit)
    used = {"prompt_tokens": tokens(prompt),
            "completion_tokens": tokens(text) * (count or 1) + thought}  # fmt: skip
    return {
        "id": answer,
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": body["model"],
        "choices": [
            {"index": i, "message": message, "logprobs": None, "finish_reason": reason}
            for i in range(count or 1)
        ],
        "usage": used | {"total_tokens": sum(used.values())},
    }


def streamed(body: dict[str, Any], reply: Reply, prompt: str) -> Iterator[bytes]:
    """Yield a chat completion as server-sent events, a few words at a time."""
    full = whole(body, reply, prompt)
    head = {key: full[key] for key in ("id", "created", "model")} | {
        "object": "chat.completion.chunk"
    }

    def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
        return b"data: " + json.dumps(head | {"choices": choices} | more).encode() + b"\n\n"

    for choice in full["choices"]:
        index, message = choice["index"], choice["message"]
        yield event([_piece(index, {"role": "assistant", "content": ""})])
        for piece in re.findall(r"(?:\S+\s*){1,3}|\s+", message["content"] or ""):
            yield event([_piece(index, {"content": piece})])
        for place, call in enumerate(message.get("tool_calls", [])):
            yield event([_piece(index, {"tool_calls": [call | {"index": place}]})])
        yield event([_piece(index, {}, choice["finish_reason"])])
    if (body.get("stream_options") or {}).get("include_usage"):
        yield event([], usage=full["usage"])
    yield b"data: [DONE]\n\n"


def _piece(index: int, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
