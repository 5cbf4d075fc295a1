"""An OpenAI-compatible chat endpoint as a target: what a customer can see, and no more."""

import asyncio
import os
import re
from typing import Any

import aiohttp
import msgspec

from seawall.core.errors import InputError
from seawall.redteam.session import HttpSession
from seawall.redteam.target import Attack, Observation
from seawall.redteam.turns import converse, seen_from_outside

_RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_TRIES = 3
_LONGEST_WAIT = 20.0
_MAX_ANSWER = 4_000_000
_ENVIRONMENT = re.compile(r"\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


class OpenAITarget(HttpSession):
    """Holds conversations with `<base_url>/chat/completions`.

    `facts` is what the owner knows of the application (see redteam.facts); the channel and the
    invisibility of effects are set here. A provider's error, limit or time-out is reported as an
    error, never as a refusal. Use as an async context manager.
    """

    def __init__(
        self, base_url: str, model: str, *, key: str = "", facts: dict[str, Any] | None = None,
        timeout: float = 60.0,
    ) -> None:  # fmt: skip
        if not base_url.startswith(("http://", "https://")):
            raise InputError(f"{base_url!r} is no http address.", hint="Example: http://host/v1")
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._model, self._key = model, key
        self._facts = seen_from_outside(facts, model)
        # A chat's whole state is in its request; no cookie of one attempt may reach another.
        super().__init__(aiohttp.ClientTimeout(total=timeout), cookies=False)

    def facts(self) -> dict[str, Any]:
        """Return the owner's facts and the limits of this target."""
        return self._facts

    async def attempt(self, attack: Attack) -> Observation:
        """Send the attack's messages turn by turn; a blocked turn ends the conversation."""

        async def turn(history: list[dict[str, str]]) -> Observation:
            return await self._turn(history, str(attack.params.get("account", "")))

        return await converse(attack, turn)

    async def _turn(self, history: list[dict[str, str]], user: str) -> Observation:
        body = {"model": self._model, "messages": history, "user": user}
        for number in range(_TRIES):
            try:
                status, headers, data = await self._post(body)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                observation, wait = Observation(error=f"{type(error).__name__}: {error}"), 1.0
            else:
                observation = read_answer(status, headers, data)
                if status not in _RETRIED or observation.blocked:
                    return observation
                wait = _seconds(headers.get("retry-after", ""), 2.0**number)
            if number + 1 < _TRIES:
                await asyncio.sleep(min(wait, _LONGEST_WAIT))
        return observation

    async def _post(self, body: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        headers = {"content-type": "application/json"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        data = msgspec.json.encode(body)
        async with self.session.post(self._url, data=data, headers=headers) as response:
            answer = await response.content.read(_MAX_ANSWER)
            return response.status, {k.lower(): v for k, v in response.headers.items()}, answer


def _seconds(text: str, otherwise: float) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return otherwise


def _controls(headers: dict[str, str], extra: Any) -> tuple[str, ...]:
    named = [c.strip() for c in headers.get("x-seawall-controls", "").split(",") if c.strip()]
    if isinstance(extra, dict) and isinstance(extra.get("controls"), list):
        named += [str(c) for c in extra["controls"]]
    return tuple(dict.fromkeys(named))


def read_answer(status: int, headers: dict[str, str], data: bytes) -> Observation:
    """Read one answer. Blocks are told by `content_filter` or by Seawall's controls.

    Any other status than 200, and a body that cannot be read, is an error.
    """
    try:
        body = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return Observation(error=f"Status {status} with a body that is no JSON.")
    body = body if isinstance(body, dict) else {}
    request_id = headers.get("x-seawall-request-id", headers.get("x-request-id", ""))
    problem = body.get("error")
    if status != 200 or problem:
        problem = problem if isinstance(problem, dict) else {"message": str(problem or "")}
        controls = _controls(headers, problem.get("seawall"))
        if problem.get("code") == "content_filter" or (controls and status < 429):
            return Observation(blocked=True, controls=controls, request_id=request_id)
        return Observation(error=f"Status {status}: {problem.get('message', '')}"[:300])
    try:
        choice = body["choices"][0]
        text = choice["message"].get("content") or choice["message"].get("refusal") or ""
    except (KeyError, IndexError, TypeError, AttributeError):
        return Observation(error="The answer has no choices[0].message.")
    extra = body.get("seawall")
    extra = extra if isinstance(extra, dict) else {}
    actions = {str(a) for a in extra.get("actions") or ()}
    return Observation(
        text=str(text),
        blocked=choice.get("finish_reason") == "content_filter" or bool(actions & {"block"}),
        controls=_controls(headers, extra),
        request_id=request_id,
        disclosed=bool(headers.get("x-seawall-disclosure") or extra.get("disclosure")),
    )


def key_from(variable: str) -> str:
    """Return the API key in an environment variable. Raises InputError when it is empty."""
    key = os.environ.get(variable, "")
    if not key:
        raise InputError(
            f"The environment variable {variable} is empty.", hint="Put the target's API key there."
        )
    return key


def with_environment(text: str) -> str:
    """Return a text with every `{env:NAME}` filled. Raises InputError for an empty variable."""
    return _ENVIRONMENT.sub(lambda match: key_from(match[1]), text)
