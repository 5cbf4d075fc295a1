"""Who answers for the lab: the simulated model in this process, or one behind an address."""

import json
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import msgspec

from seawall.core.bearer import bearer
from seawall.demo.model import vision
from seawall.demo.model.brain import respond
from seawall.demo.model.context import image_urls, view_of
from seawall.demo.model.hearing import transcript
from seawall.demo.model.ledger import Ledger
from seawall.demo.model.wire import limit_of
from seawall.demo.told import acting_controls
from seawall.redteam.session import HttpSession
from seawall.redteam.thinking import thought_of

_TIMEOUT = aiohttp.ClientTimeout(total=110, connect=10)
_MAX_ANSWER = 4_000_000


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A tool call that the model asks for; `arguments` is JSON text."""

    id: str
    tool: str
    arguments: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the model. `error` is set when nothing can be concluded from it; `thought`:
    tokens billed for thinking, as in Observation."""

    text: str = ""
    calls: tuple[Wanted, ...] = ()
    blocked: bool = False
    controls: tuple[str, ...] = ()
    request_id: str = ""
    disclosed: bool = False
    error: str = ""
    thought: int | None = None


class LabModel(Protocol):
    """Answers chat requests. `shows_input`: `received` returns what the model was sent."""

    shows_input: bool

    async def answer(self, body: dict[str, Any]) -> Said:
        """Answer a chat request. A failure is an answer with `error`, never an exception."""
        ...

    async def heard(self, audio: bytes) -> Said:
        """Return the transcript of a WAV. A failure is an answer with `error`."""
        ...

    async def received(self, user: str) -> list[str]:
        """Return the texts that reached the model for an end user."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class OwnModel:
    """The simulated model in this process; nothing stands before it."""

    shows_input = True

    def __init__(self) -> None:
        self._ledger = Ledger()

    async def answer(self, body: dict[str, Any]) -> Said:
        """Answer at once."""
        self._ledger.note_messages(str(body.get("user") or ""), body["messages"])
        pictures = [vision.decode_data_url(url) for url in image_urls(body["messages"])]
        seen = [await vision.read_cached(data) for data in pictures if data]
        reply = respond(view_of(body, seen))
        number = len(body["messages"])
        calls = tuple(
            Wanted(id=f"call_{number}_{place}", tool=call.tool, arguments=call.arguments)
            for place, call in enumerate(reply.calls)
        )
        thought = min(reply.thought, limit_of(body) or reply.thought)
        return Said(text=reply.text, calls=calls, thought=thought)

    async def heard(self, audio: bytes) -> Said:
        """Return what the simulated recogniser hears."""
        return Said(text=transcript(audio))

    async def received(self, user: str) -> list[str]:
        """Return what came in for an end user."""
        return list(self._ledger.received(user))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is open."""


class ServedModel(HttpSession):
    """A model at an OpenAI-compatible address, a gateway's for instance.

    `ledger` is the address of the simulated provider behind it, empty where there is none.
    """

    def __init__(self, base_url: str, model: str, *, key: str = "", ledger: str = "") -> None:
        self._url, self._model = base_url.rstrip("/"), model
        self._headers = bearer(key)
        self._ledger = ledger.rstrip("/")
        self.shows_input = bool(ledger)
        super().__init__(_TIMEOUT, connections=0)

    async def answer(self, body: dict[str, Any]) -> Said:
        """Send the request on."""
        sent = {**body, "model": self._model}
        try:
            async with self.session.post(
                f"{self._url}/chat/completions", json=sent, headers=self._headers
            ) as answer:
                raw = await answer.content.read(_MAX_ANSWER)
                return read_answer(answer.status, dict(answer.headers), raw)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Said(error=f"{type(error).__name__} while talking to the model.")

    async def heard(self, audio: bytes) -> Said:
        """Ask for a transcript."""
        form = aiohttp.FormData({"model": self._model})
        form.add_field("file", audio, filename="voice.wav", content_type="audio/wav")
        try:
            async with self.session.post(
                f"{self._url}/audio/transcriptions", data=form, headers=self._headers
            ) as answer:
                raw = await answer.content.read(_MAX_ANSWER)
                return read_transcript(answer.status, raw)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Said(error=f"{type(error).__name__} while talking to the recogniser.")

    async def received(self, user: str) -> list[str]:
        """Ask the simulated provider what came in for an end user."""
        async with self.session.get(f"{self._ledger}/sim/received", params={"user": user}) as got:
            return list(msgspec.json.decode(await got.read()).get("texts", ()))


def _answered(status: int, data: bytes) -> dict[str, Any] | Said:
    """Return an answer's JSON, or the error or stop that it is."""
    try:
        body = json.loads(data)
    except ValueError:
        return Said(error=f"Status {status} with a body that is no JSON.")
    body = body if isinstance(body, dict) else {}
    return _stopped(status, body.get("error")) if status != 200 or body.get("error") else body


def read_answer(status: int, headers: dict[str, str], data: bytes) -> Said:
    """Read a chat answer or error; what cannot be read is an error."""
    body = _answered(status, data)
    if isinstance(body, Said):
        return body
    try:
        choice = body["choices"][0]
        message = choice["message"]
        calls = tuple(
            Wanted(
                id=call["id"],
                tool=call["function"]["name"],
                arguments=call["function"]["arguments"],
            )
            for call in message.get("tool_calls") or ()
        )
    except (KeyError, IndexError, TypeError, AttributeError):
        return Said(error="The answer has no message that can be read.")
    told = body.get("seawall") or {}
    controls = tuple(acting_controls(told))
    shown = {name.lower() for name in headers}
    text = str(message.get("content") or message.get("refusal") or "")
    return Said(
        text=text,
        calls=calls,
        blocked=bool(controls) or choice.get("finish_reason") == "content_filter",
        controls=controls,
        request_id=str(told.get("request_id", "")),
        disclosed="x-seawall-disclosure" in shown,
        thought=thought_of(body.get("usage"), text),
    )


def read_transcript(status: int, data: bytes) -> Said:
    """Read a transcript or error; what cannot be read is an error."""
    body = _answered(status, data)
    if isinstance(body, Said):
        return body
    if not isinstance(body.get("text"), str):
        return Said(error="The answer holds no transcript.")
    told = body.get("seawall") or {}
    controls = tuple(acting_controls(told))
    return Said(text=body["text"], blocked=bool(controls), controls=controls,
                request_id=str(told.get("request_id", "")))  # fmt: skip


def _stopped(status: int, problem: object) -> Said:
    """Read an error object: a block by the gateway, or an error."""
    found = problem if isinstance(problem, dict) else {}
    told = found.get("seawall") or {}
    if found.get("code") != "content_filter":
        return Said(error=f"HTTP {status}: {found.get('code', 'unknown')}")
    return Said(
        blocked=True,
        controls=tuple(acting_controls(told)),
        request_id=str(told.get("request_id", "")),
    )
