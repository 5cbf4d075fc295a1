"""Seawall as a guardrail of the LiteLLM proxy. In LiteLLM's config.yaml, beside this file:

guardrails:
  - guardrail_name: seawall
    litellm_params:
      guardrail: litellm_guardrail.SeawallGuardrail
      mode: [pre_call, post_call]    # or during_call: beside the model's call, cannot redact
      default_on: true
      policy: policy.yaml            # a Seawall policy; without it every detector blocks

Guards chat and text completions, embeddings and rerank. Other calls, and what it cannot read in
these (pictures by address, sound, files, token ids), are refused with HTTP 400.
"""

import base64
import binascii
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from fastapi import HTTPException
from litellm.integrations.custom_guardrail import CustomGuardrail

from seawall import Guard

CALLS = {"completion", "text_completion", "embedding", "embeddings", "rerank"}
STAGES = {"system": "system", "developer": "system", "assistant": "history",
          "tool": "tool-result", "function": "tool-result"}  # fmt: skip
FIELDS = {"prompt": "input", "suffix": "input", "input": "input", "query": "input",
          "documents": "document", "prediction": "input", "extra_body": "input"}  # fmt: skip
DEFINITIONS = ("tools", "functions", "response_format")
PART = {"type", "text", "image_url", "cache_control"}
# What the protocol puts there is no text; it is read all the same where it looks like one.
NAMES = {"role", "id", "type", "finish_reason", "tool_call_id", "signature", "thought_signature"}
NAME = re.compile(r"[\w.:/+=-]*")
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
        known(call_type)
        await self._request(data, redact=True)
        return data

    async def async_moderation_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, call_type: str
    ) -> None:
        """Check the same while the model works already: what must be redacted is blocked."""
        known(call_type)
        await self._request(data, redact=False)

    async def async_post_call_success_hook(
        self, data: dict[str, Any], user_api_key_dict: Any, response: Any
    ) -> Any:
        """Check the answer, the reasoning before it, and its calls of tools."""
        context = context_of(data)
        for choice in choices_of(response):
            for holder, key, stage in answers_of(choice):
                said = value_of(holder, key)
                text = await self._checked(said, stage, context)
                if text != said:
                    put(holder, key, text)
                    put(choice, "logprobs", None)  # they spell what was taken out
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
        for definition in definitions_of(data):
            await self._definition(definition, redact=redact)
        for image in images_of(data):
            for stage in ("input", "document"):  # nobody knows who made the picture
                await self._checked("", stage, image=image, redact=False)

    async def _definition(self, definition: dict[str, Any], *, redact: bool) -> None:
        """Judge a tool as a whole: cut out of it, "Send an e-mail for the user" reads as an order.

        Only where the whole may not pass, each of its texts is checked and redacted.
        """
        stage = "tool-definition"
        try:
            await self._checked("\n".join(words_of(definition)), stage, redact=False)
        except HTTPException:
            if not redact:
                raise
            for holder, key, _ in walk(definition):
                holder[key] = await self._checked(holder[key], stage)
            await self._checked("\n".join(words_of(definition)), stage, redact=False)

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


def known(call_type: str) -> None:
    """Raise HTTPException 400 for a call whose fields nobody here reads."""
    if call_type not in CALLS and call_type.removeprefix("a") not in CALLS:
        raise unreadable(f"call ({call_type})")


def unreadable(what: str) -> HTTPException:
    """Return the refusal of what nobody can judge."""
    return HTTPException(400, {"error": f"Seawall cannot read this {what}"})


def texts_of(data: dict[str, Any]) -> Iterator[Place]:
    """Yield (holder, key, stage) of every text in a request: `holder[key]` is the text.

    Raises HTTPException 400 for token ids.
    """
    for message in data.get("messages") or ():
        stage = STAGES.get(message.get("role", ""), "input")
        yield from ((holder, key, stage) for holder, key, _ in walk(message, skip=is_address))
    for field in FIELDS.keys() & data.keys():
        for text in data[field] if isinstance(data[field], list) else ():
            if not isinstance(text, str) and field != "documents":
                raise unreadable(field)
        for holder, key, _ in walk(data, only=field):
            yield holder, key, FIELDS[field]


def definitions_of(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the tools and schemas of a request. Raises HTTPException 400 for any in no form."""
    for field in DEFINITIONS:
        listed = data.get(field) or ()
        for one in listed if isinstance(listed, (list, tuple)) else (listed,):
            if not isinstance(one, dict):
                raise unreadable(field)
            yield one


def walk(
    holder: Any,
    *,
    only: str = "",
    skip: Callable[[tuple[Any, ...], Any], bool] = lambda path, value: False,
    path: tuple[Any, ...] = (),
) -> Iterator[tuple[Any, Any, tuple[Any, ...]]]:
    """Yield (holder, key, path) of every string in a tree of dicts, lists and objects."""
    for key, value in items_of(holder):
        place = value_of(value, "index") if isinstance(holder, (list, tuple)) else key
        here = (*path, key if place is None else place)
        if (only and key != only) or skip(here, value):
            continue
        if isinstance(value, str):
            if value and not (key in NAMES and NAME.fullmatch(value)):
                yield holder, key, here
        elif isinstance(value, (dict, list, tuple)) or hasattr(value, "__dict__"):
            yield from walk(value, skip=skip, path=here)


def items_of(holder: Any) -> list[tuple[Any, Any]]:
    """Return the (key, value) pairs of a dict, a list or an object."""
    if isinstance(holder, dict):
        return list(holder.items())
    if isinstance(holder, (list, tuple)):
        return list(enumerate(holder))
    return list({**vars(holder), **(getattr(holder, "model_extra", None) or {})}.items())


def value_of(holder: Any, key: Any) -> Any:
    """Return what a dict, a list or an object holds there; None where it holds nothing."""
    if isinstance(holder, dict):
        return holder.get(key)
    return holder[key] if isinstance(holder, list) else getattr(holder, key, None)


def put(holder: Any, key: Any, value: Any) -> None:
    """Set the same."""
    if isinstance(holder, (dict, list)):
        holder[key] = value
    else:
        setattr(holder, key, value)


def words_of(tree: Any) -> Iterator[str]:
    """Yield every string and every key of a definition."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield str(key)
            yield from words_of(value)
    elif isinstance(tree, (list, tuple)):
        for value in tree:
            yield from words_of(value)


def images_of(data: dict[str, Any]) -> Iterator[bytes]:
    """Yield the images of a request. Raises HTTPException 400 for anything else beside texts."""
    for message in data.get("messages") or ():
        content = message.get("content")
        if message.get("audio") or message.get("images"):
            raise unreadable("message: it holds sound or pictures beside its content")
        if content is not None and not isinstance(content, (str, list)):
            raise unreadable("content")
        for part in content if isinstance(content, list) else ():
            kind = part.get("type") if isinstance(part, dict) else None
            if kind not in ("text", "image_url") or part.keys() - PART:
                raise unreadable("part: texts and data: images only")
            if kind == "text" and not isinstance(part.get("text"), str):
                raise unreadable("part: it holds no text")
            if kind == "image_url" or "image_url" in part:
                yield image_in(part.get("image_url"))


def is_address(path: tuple[Any, ...], value: Any) -> bool:
    """Return whether a message holds an image there, which `images_of` reads."""
    if path[0] != "content" or not isinstance(value, str):
        return False
    return path[2:] in (("image_url",), ("image_url", "url"))


def image_in(image: Any) -> bytes:
    """Return the bytes of a `data:` image. Raises HTTPException 400 for any other."""
    url = image.get("url") if isinstance(image, dict) else image
    head, _, encoded = url.partition(",") if isinstance(url, str) else ("", "", "")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        raise unreadable("image: data: images only")
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise unreadable("image: it is no base64") from None


def choices_of(response: Any) -> list[Any]:
    """Return the choices of an answer or of a stream's piece; none for vectors and rankings.

    Raises HTTPException 400 for an answer in another form.
    """
    choices = getattr(response, "choices", None)
    if choices is None and not (hasattr(response, "data") or hasattr(response, "results")):
        raise unreadable("answer")
    return list(choices or ())


def answers_of(choice: Any) -> Iterator[Place]:
    """Yield (holder, key, stage) of every text in a choice. HTTPException 400: it holds media."""
    for holder, key, path in texts_in(choice):
        yield holder, key, stage_of(path)


def texts_in(choice: Any) -> Iterator[tuple[Any, Any, tuple[Any, ...]]]:
    """Yield (holder, key, path) of the same texts."""
    for name in ("message", "delta"):
        said = value_of(choice, name)
        if value_of(said, "audio") or value_of(said, "images"):
            raise unreadable("answer: it holds sound or pictures")
    yield from walk(choice, skip=lambda path, value: path == ("logprobs",))


def stage_of(path: tuple[Any, ...]) -> str:
    """Return whether a text is said to the user or to a tool."""
    return "tool-call" if {"tool_calls", "function_call"} & set(path) else "output"


def streamed(chunks: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield (stage, text) of every text that a stream holds in pieces."""
    said: dict[tuple[Any, ...], str] = {}
    for choice in (choice for chunk in chunks for choice in choices_of(chunk)):
        for holder, key, path in texts_in(choice):
            place = (value_of(choice, "index"), *path)
            said[place] = said.get(place, "") + value_of(holder, key)
    yield from ((stage_of(place), text) for place, text in said.items())


def context_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer is compared with: prompt, question, and the tools' names."""
    said: dict[str, list[str]] = {}
    for holder, key, stage in texts_of(data):
        said.setdefault(stage, []).append(holder[key])
    tools = [(tool.get("function") or {}).get("name", "") for tool in data.get("tools") or ()]
    return {
        "system": "\n".join(said.get("system", ())),
        "user": "\n".join(said.get("input", ())),
        "documents": [*said.get("tool-result", ()), *said.get("document", ())],
        "tools": [name for name in tools if name],
    }
