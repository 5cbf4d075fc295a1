"""Anthropic's messages API as a target, whole and streamed, with pictures and documents."""

import base64
from typing import Any

import msgspec

from seawall.redteam.chat_target import ChatTarget, answered, body_of, broken_off, problem_of
from seawall.redteam.target import Attack, Observation

_LONGEST = 1024
_VERSION = "2023-06-01"


class AnthropicTarget(ChatTarget):
    """Holds conversations with `<base_url>/v1/messages`; see ChatTarget."""

    def __init__(
        self, base_url: str, model: str, *, key: str = "", facts: dict[str, Any] | None = None,
        timeout: float = 60.0, stream: bool = False, images: bool = False, files: bool = False,
    ) -> None:  # fmt: skip
        named = {"x-api-key": key} if key else {}
        super().__init__(
            base_url.rstrip("/") + "/v1/messages", model, {"anthropic-version": _VERSION, **named},
            facts=facts, timeout=timeout, stream=stream, images=images, files=files,
        )  # fmt: skip

    def request(self, messages: list[dict[str, Any]], attack: Attack) -> dict[str, Any]:
        """Return the request's body."""
        return {"model": self._model, "max_tokens": _LONGEST, "messages": messages}

    def with_picture(self, text: str, png: bytes) -> dict[str, Any]:
        """Return a message of two blocks: the picture in base64, then the text."""
        data = base64.b64encode(png).decode()
        source = {"type": "base64", "media_type": "image/png", "data": data}
        parts = [{"type": "image", "source": source}, {"type": "text", "text": text}]
        return {"role": "user", "content": parts}

    def with_file(self, text: str, name: str, content: str) -> dict[str, Any]:
        """Return a message of two blocks: the document, then the text."""
        source = {"type": "text", "media_type": "text/plain", "data": content}
        document = {"type": "document", "source": source, "title": name}
        return {"role": "user", "content": [document, {"type": "text", "text": text}]}

    def read(self, status: int, headers: dict[str, str], data: bytes) -> Observation:
        """Read one whole answer."""
        return read_message(status, headers, data)

    def read_events(self, headers: dict[str, str], events: list[dict[str, Any]]) -> Observation:
        """Put the events of one streamed answer together. Raises ValueError without an end."""
        return read_message_events(headers, events)


def read_message(status: int, headers: dict[str, str], data: bytes) -> Observation:
    """Read one message: the texts of all its blocks. Any other status than 200 is an error or a
    block of Seawall's."""
    body = body_of(status, headers, data)
    if isinstance(body, Observation):
        return body
    content = body.get("content")
    if not isinstance(content, list):
        return Observation(error="The answer has no content.")
    blocks = [block for block in content if isinstance(block, dict)]
    texts = [text for block in blocks if isinstance(text := block.get("text"), str)]
    return _ended(
        "\n".join(texts), headers, body.get("seawall"), body.get("stop_reason"), body.get("usage")
    )


def read_message_events(headers: dict[str, str], events: list[dict[str, Any]]) -> Observation:
    """Read the events of a message. Raises ValueError when no `message_stop` came."""
    said: dict[Any, list[str]] = {}
    stop: Any = None
    usage: Any = None
    for event in events:
        kind, delta = event.get("type"), event.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        if kind == "error":
            return problem_of(200, headers, event.get("error"), said=_joined(said))
        if kind == "content_block_delta" and isinstance(delta.get("text"), str):
            said.setdefault(str(event.get("index")), []).append(delta["text"])
        elif kind == "message_delta":
            stop, usage = delta.get("stop_reason") or stop, event.get("usage") or usage
        elif kind == "message_stop":
            return _ended(_joined(said), headers, event.get("seawall"), stop, usage)
    raise broken_off(events)


def _joined(said: dict[Any, list[str]]) -> str:
    return "\n".join("".join(pieces) for pieces in said.values())


def _ended(text: str, headers: dict[str, str], extra: Any, stop: Any, usage: Any) -> Observation:
    """Return the answer; a refusal is a block where Seawall names its controls."""
    seen = answered(text, headers, extra, usage=usage)
    if stop != "refusal":
        return seen
    blocked = seen.acted
    return msgspec.structs.replace(seen, blocked=blocked, refused=not blocked)
