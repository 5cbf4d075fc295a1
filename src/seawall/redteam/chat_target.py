"""What targets that speak a provider's chat API share: conversations, tries, streams, blocks."""

import asyncio
import base64
from abc import abstractmethod
from typing import Any

import aiohttp
import msgspec

from seawall.core.errors import InputError, UpstreamError
from seawall.redteam.session import HttpSession, read_whole
from seawall.redteam.target import Attack, Observation
from seawall.redteam.thinking import thought_of
from seawall.redteam.turns import converse, one_more, seen_from_outside
from seawall.wire import sse

_RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
_TRIES = 3
_LONGEST_WAIT = 20.0
_MAX_ANSWER = 4_000_000
_FILE_NAME = "notes.txt"

Json = dict[str, Any]


class ChatTarget(HttpSession):
    """Holds conversations with a chat API at `url`. Use as an async context manager.

    `facts` is what the owner knows of the application (see redteam.facts). `stream` asks for
    answers as events; `images` says that the model takes pictures, `files` that it takes text
    files, so that probes with one are tried (of documents, which come as a file). A provider's
    error, limit or time-out, and a stream that breaks off, is reported as an error, never as a
    refusal or an answer. Raises InputError for an address that is none.
    """

    def __init__(
        self, url: str, model: str, headers: dict[str, str], *, facts: Json | None = None,
        timeout: float = 60.0, stream: bool = False, images: bool = False, files: bool = False,
    ) -> None:  # fmt: skip
        if not url.startswith(("http://", "https://")):
            raise InputError(f"{url!r} is no http address.", hint="Example: http://host/v1")
        self._url, self._model, self._stream = url, model, stream
        self._headers = {"content-type": "application/json", **headers}
        self._facts = seen_from_outside(facts, model)
        ways = ("user", *(("image",) if images else ()), *(("document",) if files else ()))
        self._facts["channels"] = ways
        # A chat's whole state is in its request; no cookie of one attempt may reach another.
        super().__init__(aiohttp.ClientTimeout(total=timeout), cookies=False)

    def facts(self) -> Json:
        """Return the owner's facts and the limits of this target."""
        return self._facts

    @abstractmethod
    def request(self, messages: list[Json], attack: Attack) -> Json:
        """Return the body of one request, without `stream`."""

    @abstractmethod
    def with_picture(self, text: str, png: bytes) -> Json:
        """Return a user's message that holds a text and a picture."""

    @abstractmethod
    def with_file(self, text: str, name: str, content: str) -> Json:
        """Return a user's message that holds a text and a text file."""

    @abstractmethod
    def read(self, status: int, headers: dict[str, str], data: bytes) -> Observation:
        """Read one whole answer."""

    @abstractmethod
    def read_events(self, headers: dict[str, str], events: list[Json]) -> Observation:
        """Read one streamed answer. Raises ValueError where its end is missing."""

    async def attempt(self, attack: Attack) -> Observation:
        """Send the attack's messages turn by turn; a blocked turn ends the conversation.

        A picture, or a document as a file, comes with the first message.
        """

        async def turn(history: list[dict[str, str]]) -> Observation:
            messages: list[Json] = list(history)
            if attack.image is not None:
                messages[0] = self.with_picture(history[0]["content"], attack.image)
            elif attack.channel == "document":
                messages[0] = self.with_file(history[0]["content"], _FILE_NAME, attack.text)
            body = self.request(messages, attack)
            return await self._turn({**body, "stream": True} if self._stream else body)

        return await converse(attack, turn)

    async def _turn(self, body: Json) -> Observation:
        for number in range(_TRIES):
            try:
                status, headers, data = await self._post(body)
                observation = self._seen(status, headers, data)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                observation, wait = Observation(error=f"{type(error).__name__}: {error}"), 1.0
            else:
                if status not in _RETRIED or observation.blocked:
                    return observation
                wait = _seconds(headers.get("retry-after", ""), 2.0**number)
            if number + 1 == _TRIES or await one_more():
                break
            await asyncio.sleep(min(wait, _LONGEST_WAIT))
        return observation

    async def _post(self, body: Json) -> tuple[int, dict[str, str], bytes]:
        data = msgspec.json.encode(body)
        async with self.session.post(self._url, data=data, headers=self._headers) as response:
            answer = await read_whole(response, _MAX_ANSWER)
            return response.status, {k.lower(): v for k, v in response.headers.items()}, answer

    def _seen(self, status: int, headers: dict[str, str], data: bytes) -> Observation:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if status == 200 and kind == "text/event-stream":
            return self.read_events(headers, events_of(data))
        return self.read(status, headers, data)


def data_url(text: str) -> str:
    """Return a plain text as a data URL."""
    return "data:text/plain;base64," + base64.b64encode(text.encode()).decode()


def events_of(data: bytes) -> list[Json]:
    """Return the JSON objects of a stream; `[DONE]` becomes `{"done": true}`.

    Raises ValueError for an event that is none, as a stream that was cut may end with.
    """
    reader = sse.Reader()
    try:
        texts = reader.feed(data)
    except UpstreamError as error:
        raise ValueError(error.message) from None
    found: list[Json] = []
    for text in texts:
        event = {"done": True} if text.strip() == "[DONE]" else msgspec.json.decode(text)
        if not isinstance(event, dict):
            raise ValueError("An event of the stream is no JSON object.")  # noqa: TRY004
        found.append(event)
    return found


def body_of(status: int, headers: dict[str, str], data: bytes) -> Json | Observation:
    """Return the JSON object of a whole answer with status 200; else what it comes to."""
    try:
        body = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return Observation(error=f"Status {status} with a body that is no JSON.")
    body = body if isinstance(body, dict) else {}
    problem = body.get("error")
    return problem_of(status, headers, problem) if status != 200 or problem else body


def broken_off(events: list[Json]) -> ValueError:
    """Return the error of a stream without its end."""
    return ValueError(f"The stream broke off after {len(events)} events.")


def problem_of(
    status: int, headers: dict[str, str], problem: Any, *, said: str = ""
) -> Observation:
    """Read a provider's error object: a block by `content_filter` or Seawall's controls, or an
    error. `said` is what came before it in a stream."""
    told = problem if isinstance(problem, dict) else {"message": str(problem or "")}
    controls = controls_of(headers, told.get("seawall"))
    if told.get("code") == "content_filter" or (controls and status < 429):
        return Observation(
            text=said, blocked=True, controls=controls, request_id=request_id(headers)
        )
    return Observation(error=f"Status {status}: {told.get('message', '')}"[:300])


def request_id(headers: dict[str, str]) -> str:
    """Return the id of the request, the gateway's before the provider's."""
    return headers.get("x-seawall-request-id", headers.get("x-request-id", ""))


def controls_of(headers: dict[str, str], extra: Any) -> tuple[str, ...]:
    """Return the controls that headers or the `seawall` object name."""
    named = [c.strip() for c in headers.get("x-seawall-controls", "").split(",") if c.strip()]
    if isinstance(extra, dict) and isinstance(extra.get("controls"), list):
        named += [str(c) for c in extra["controls"]]
    return tuple(dict.fromkeys(named))


def answered(
    text: str, headers: dict[str, str], extra: Any, *, filtered: bool = False, usage: Any = None
) -> Observation:
    """Return an answer with what Seawall's headers and object, and its `usage`, tell of it."""
    extra = extra if isinstance(extra, dict) else {}
    actions = {str(a) for a in extra.get("actions") or ()}
    return Observation(
        text=text,
        blocked=filtered or "block" in actions,
        controls=controls_of(headers, extra),
        redacted=_did(extra, "redact"),
        flagged=_did(extra, "flag"),
        request_id=request_id(headers),
        disclosed=bool(headers.get("x-seawall-disclosure") or extra.get("disclosure")),
        thought=thought_of(usage, text),
    )


def _did(extra: Json, what: str) -> tuple[str, ...]:
    """Return the controls that did one thing; `actions[i]` is what `controls[i]` did."""
    pairs = zip(extra.get("controls") or (), extra.get("actions") or (), strict=False)
    return tuple(str(control) for control, action in pairs if action == what)


def _seconds(text: str, otherwise: float) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return otherwise
