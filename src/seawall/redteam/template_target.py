"""Any HTTP endpoint as a target, by a template of its requests and the place of its answer."""

import asyncio
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
import msgspec

from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.redteam.openai_target import with_environment
from seawall.redteam.session import HttpSession
from seawall.redteam.target import Attack, Observation
from seawall.redteam.turns import converse, holds_any, seen_from_outside
from seawall.wire import pointer

_RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
_TRIES = 3
_MAX_ANSWER = 4_000_000


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to ask an endpoint, and how to read it.

    Texts of `url` and `body` may hold `{prompt}` (the message), `{session}` (an id for the
    conversation) and `{model}`; a value that is exactly `{messages}` becomes the conversation, a
    list of {role, content}. Values of `headers` may hold `{env:NAME}`. `answer` is a JSON pointer;
    empty: the whole body is the text. `blocked` and `refused` are texts that the endpoint's own
    filter or refusal contains, `blocked_status` the HTTP statuses of its filter.
    """

    url: str
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: dict[str, str] = {}
    body: Any = None
    answer: str = ""
    blocked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    blocked_status: tuple[int, ...] = ()


def anthropic(base: str, key_env: str) -> Template:
    """Return the template of Anthropic's messages API at a base URL."""
    headers = {"anthropic-version": "2023-06-01"}
    if key_env:
        headers["x-api-key"] = f"{{env:{key_env}}}"
    return Template(
        url=base.rstrip("/") + "/v1/messages",
        headers=headers,
        body={"model": "{model}", "max_tokens": 1024, "messages": "{messages}"},
        answer="/content/0/text",
    )


def read_template(path: Path) -> Template:
    """Read a template. Raises InputError naming file and line."""
    return yamlfile.load(path, Template)


def fill(value: Any, texts: dict[str, str], messages: list[dict[str, str]]) -> Any:
    """Return the body with its places filled. Texts stay texts: nothing is parsed again."""
    if value == "{messages}":
        return list(messages)
    if isinstance(value, str):
        return re.sub(r"\{(prompt|session|model)\}", lambda match: texts[match[1]], value)
    if isinstance(value, dict):
        return {key: fill(one, texts, messages) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, texts, messages) for one in value]
    return value


def read(template: Template, status: int, data: bytes) -> Observation:
    """Read one answer. Another status than 2xx that is no block, and no text, is an error."""
    if status in template.blocked_status:
        return Observation(blocked=True)
    raw = data.decode(errors="replace")
    if holds_any(raw, template.blocked):
        return Observation(blocked=True)
    if not 200 <= status < 300:
        return Observation(error=f"Status {status}.")
    if not template.answer:
        return Observation(text=raw, refused=holds_any(raw, template.refused))
    try:
        text = pointer.get(msgspec.json.decode(data), template.answer)
    except (msgspec.DecodeError, InputError):
        return Observation(error=f"The answer has no {template.answer}.")
    if not isinstance(text, str):
        return Observation(error=f"The answer's {template.answer} is no text.")
    blocked = holds_any(text, template.blocked)
    return Observation(text=text, blocked=blocked, refused=holds_any(text, template.refused))


class TemplateTarget(HttpSession):
    """Holds conversations by a template. Use as an async context manager.

    Raises InputError for an address or pointer that cannot be used and for a header's environment
    variable that is empty.
    """

    def __init__(
        self, template: Template, *, model: str = "", facts: dict[str, Any] | None = None,
        timeout: float = 60.0,
    ) -> None:  # fmt: skip
        if not template.url.startswith(("http://", "https://")):
            raise InputError(f"{template.url!r} is no http address.")
        pointer.split(template.answer)
        self._template, self._model = template, model
        self._headers = {name: with_environment(text) for name, text in template.headers.items()}
        self._facts = seen_from_outside(facts, model)
        super().__init__(aiohttp.ClientTimeout(total=timeout))

    def facts(self) -> dict[str, Any]:
        """Return the owner's facts and the limits of this target."""
        return self._facts

    async def attempt(self, attack: Attack) -> Observation:
        """Send the attack's messages turn by turn."""

        async def turn(history: list[dict[str, str]]) -> Observation:
            return await self._turn(history, attack.id)

        return await converse(attack, turn)

    async def _turn(self, history: list[dict[str, str]], session: str) -> Observation:
        texts = {"prompt": history[-1]["content"], "session": session, "model": self._model}
        for number in range(_TRIES):
            try:
                status, data = await self._send(texts, history)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                observation, again = Observation(error=f"{type(error).__name__}: {error}"), True
            else:
                observation = read(self._template, status, data)
                again = status in _RETRIED and not observation.blocked
            if not again or number + 1 == _TRIES:
                return observation
            await asyncio.sleep(2.0**number)
        return observation

    async def _send(
        self, texts: dict[str, str], history: list[dict[str, str]]
    ) -> tuple[int, bytes]:
        template = self._template
        quoted = {name: quote(value, safe="") for name, value in texts.items()}
        body = fill(template.body, texts, history)
        content = {"json": body} if template.body is not None else {}
        async with self.session.request(
            template.method, fill(template.url, quoted, []), headers=self._headers,
            allow_redirects=False, **content,
        ) as response:  # fmt: skip
            return response.status, await response.content.read(_MAX_ANSWER)
