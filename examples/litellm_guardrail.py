"""Seawall as a guardrail of the LiteLLM proxy. In LiteLLM's config.yaml, beside this file:

guardrails:
  - guardrail_name: seawall
    litellm_params:
      guardrail: litellm_guardrail.SeawallGuardrail
      mode: [pre_call, post_call]    # or during_call: beside the model's call, cannot redact
      default_on: true
      policy: policy.yaml            # a Seawall policy; without it every detector blocks

Guards chat and text completions and embeddings. What it cannot read is refused with HTTP 400.
"""

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any

from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail

from seawall import Guard

STAGES = {"user": "input", "assistant": "history", "tool": "tool-result", "function": "tool-result"}
Place = tuple[Any, Any, str]


class SeawallGuardrail(CustomGuardrail):
    """Blocks with HTTP 400, or takes out what the guard redacts. Fails closed."""

    def __init__(self, policy: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.guard = Guard.from_policy(policy) if policy else Guard()

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str
    ) -> dict[str, Any]:
        """Check what goes to the model, and redact it."""
        await self._request(data, redact=True)
        return data

    async def async_moderation_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, call_type: str
    ) -> None:
        """Check the same while the model works already: what must be redacted is blocked."""
        await self._request(data, redact=False)

    async def async_post_call_success_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, response: Any
    ) -> Any:
        """Check the answer and the arguments of its tool calls."""
        context = context_of(data)
        for holder, key, stage in answers_of(response):
            text = await self._checked(getattr(holder, key), stage, context)
            setattr(holder, key, text)
        return response

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: Any, request_data: dict[str, Any]
    ) -> AsyncIterator[Any]:
        """Hold a stream back until it is checked: what was sent cannot be taken back."""
        chunks = [chunk async for chunk in response]
        for stage, text in streamed(chunks):
            await self._checked(text, stage, context_of(request_data), redact=False)
        for chunk in chunks:
            yield chunk

    async def _request(self, data: dict[str, Any], *, redact: bool) -> None:
        for holder, key, stage in texts_of(data):
            holder[key] = await self._checked(holder[key], stage, redact=redact)
        for image in images_of(data):
            for stage in ("input", "document"):  # nobody knows who made the picture
                await self._checked("", stage, image=image, redact=False)

    async def _checked(
        self,
        text: str,
        stage: str,
        context: dict[str, Any] | None = None,
        *,
        image: bytes | None = None,
        redact: bool = True,
    ) -> str:
        """Return the text to use. Raises HTTPException 400 where there is none."""
        found = await self.guard.acheck(text, stage, image=image, context=context)
        if found.action in ("allow", "flag"):
            return text
        if found.action == "redact" and redact and found.redacted is not None:
            return found.redacted
        categories = sorted({item.category for item in found.findings}) or list(found.unknown)
        raise HTTPException(400, {"error": "Blocked by Seawall", "categories": categories})


def texts_of(data: dict[str, Any]) -> Iterator[Place]:
    """Yield (holder, key, stage) of every text in a request: `holder[key]` is the text."""
    for message in data.get("messages") or ():
        stage = STAGES.get(message.get("role", ""), "system")
        if isinstance(message.get("content"), str):
            yield message, "content", stage
            continue
        for part in message.get("content") or ():
            if isinstance(part.get("text"), str):
                yield part, "text", stage
    for field in {"prompt", "input"} & data.keys():  # text completions, embeddings
        if isinstance(data[field], str):
            yield data, field, "input"
            continue
        for index, text in enumerate(data[field] or ()):
            if not isinstance(text, str):
                raise HTTPException(400, {"error": f"Seawall cannot read this {field}"})
            yield data[field], index, "input"


def images_of(data: dict[str, Any]) -> Iterator[bytes]:
    """Yield the images of a request. Raises HTTPException 400 for anything else beside texts."""
    contents = [message.get("content") for message in data.get("messages") or ()]
    for part in (part for content in contents if isinstance(content, list) for part in content):
        if isinstance(part.get("text"), str):
            continue
        image = part.get("image_url") or {}
        url = image.get("url", "") if isinstance(image, dict) else image
        head, _, encoded = url.partition(",")
        if not head.startswith("data:image/"):
            raise HTTPException(400, {"error": "Seawall reads texts and data: images only"})
        yield base64.b64decode(encoded)


def answers_of(response: Any) -> Iterator[Place]:
    """Yield (holder, attribute, stage) of every text in an answer."""
    for choice in getattr(response, "choices", ()):
        message = getattr(choice, "message", None)
        holder, key = (choice, "text") if message is None else (message, "content")
        if getattr(holder, key):
            yield holder, key, "output"
        for call in getattr(message, "tool_calls", None) or ():
            yield call.function, "arguments", "tool-call"


def streamed(chunks: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield (stage, text) of every text that a stream holds in pieces."""
    said: dict[tuple[str, int, int], str] = {}

    def add(stage: str, choice: int, call: int, text: str | None) -> None:
        said[stage, choice, call] = said.get((stage, choice, call), "") + (text or "")

    for choice in (choice for chunk in chunks for choice in getattr(chunk, "choices", ())):
        delta = getattr(choice, "delta", None)
        add("output", choice.index, 0, choice.text if delta is None else delta.content)
        for call in getattr(delta, "tool_calls", None) or ():
            add("tool-call", choice.index, call.index, call.function.arguments)
    yield from ((stage, text) for (stage, _, _), text in said.items() if text)


def context_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer is compared with: prompt, question, and the tools' names."""
    said: dict[str, list[str]] = {"system": [], "input": [], "tool-result": []}
    for holder, key, stage in texts_of(data):
        said.setdefault(stage, []).append(holder[key])
    tools = [tool.get("function", {}).get("name", "") for tool in data.get("tools") or ()]
    return {
        "system": "\n".join(said["system"]),
        "user": "\n".join(said["input"]),
        "documents": said["tool-result"],
        "tools": [name for name in tools if name],
    }
