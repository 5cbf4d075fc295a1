"""What a provider keeps for a function: asked under ids of ours, by nobody else."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from seawall.core.errors import RequestError, SeawallError, UpstreamError
from seawall.core.exchange import Caller, Exchange, Part, Surface
from seawall.gateway.answers import JSON, UpstreamFailedError
from seawall.gateway.breaker import Breaker
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.routes.direct import inspect, released
from seawall.gateway.steps.ask import BROKEN, left_alone
from seawall.gateway.steps.lineage import holder_of
from seawall.gateway.targets import keeps_files
from seawall.policy.model import Upstream
from seawall.policy.resources import Breaker as Failures
from seawall.store.key_record import KeyRecord
from seawall.store.objects import Objects, StoredObject
from seawall.wire import shapes, strict_json
from seawall.wire.direct import Reading, Rendered
from seawall.wire.shapes import Shape

_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
# What a turn at the provider counts in its fair queue: about a short chat.
_TURN_TOKENS = 1_000
MOST_ANSWER = 96 * 1024 * 1024
_UNDO = {"file": ("DELETE", "/files/{}"), "vector_store": ("DELETE", "/vector_stores/{}"),
         "batch": ("POST", "/batches/{}/cancel"),
         "job": ("POST", "/fine_tuning/jobs/{}/cancel")}  # fmt: skip
_NAMES = {"file": "file", "vector_store": "vector store", "batch": "batch", "job": "job",
          "file_batch": "file batch"}  # fmt: skip


class Keeper:
    """Asks the first provider of kind openai, which keeps all objects."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.objects = Objects(parts.store)
        self._upstream = upstream = keeps_files(parts.policy)
        rules = upstream.breaker if upstream else Failures()
        slots = upstream.max_concurrency if upstream else 1
        self._breaker = Breaker(rules.failures, rules.seconds, time.monotonic)
        self._halves = asyncio.Semaphore(max(1, slots // 2))

    @property
    def upstream(self) -> Upstream:
        """Return the provider. Raises RequestError 404 when the policy has none that keeps."""
        if self._upstream is None:
            raise RequestError(
                "The policy has no provider that keeps files.", code="unknown_route", status=404,
                hint="Add an upstream of kind openai.",
            )  # fmt: skip
        return self._upstream

    async def make(
        self, call: Call, path: str, data: Any, content_type: str | None = JSON
    ) -> bytes:
        """Return the provider's answer to a POST whose outcome is to be noted here.

        Raises DBAPIError before the provider hears of it where nothing can be noted, else as `ask`.
        """
        await asyncio.to_thread(self.objects.require)
        return await self.ask(call, "POST", path, data, content_type)

    async def delete(self, call: Call, path: str) -> None:
        """Let the provider delete what is to be forgotten here; what it lacks is deleted.

        Raises as `make`.
        """
        await asyncio.to_thread(self.objects.require)
        try:
            await self.ask(call, "DELETE", path)
        except UpstreamFailedError as error:
            if not error.gone:
                raise

    async def ask(
        self, call: Call, method: str, path: str, data: Any = None, content_type: str | None = JSON
    ) -> bytes:
        """Return the provider's answer, for which the call waits its turn as a chat does.

        Raises LimitError, KilledError, UpstreamFailedError, UpstreamError.
        """
        p, upstream = self.parts, self.upstream
        kind = content_type if data is not None else None
        name = caller_of(call).function
        seconds = p.policy.functions[name].limits.queue_seconds
        slot = p.queues[upstream.name].slot(name, _TURN_TOKENS, seconds)
        post = p.provider.post(call, upstream, path, data, content_type=kind, method=method)
        async with p.bounds(call), self._room(seconds), slot, self._watch(), post as response:
            return await p.provider.whole(response, limit=MOST_ANSWER)

    @asynccontextmanager
    async def _room(self, seconds: float) -> AsyncIterator[None]:
        """Let half of the provider's slots at once be held for objects: chats get the others."""
        try:
            async with asyncio.timeout(seconds):
                await self._halves.acquire()
        except TimeoutError:
            raise UpstreamFailedError(
                "The provider is busy with files.", code="overloaded", status=503, retry_after=1,
                hint="Try again in 1 second.",
            ) from None  # fmt: skip
        try:
            yield
        finally:
            self._halves.release()

    @asynccontextmanager
    async def _watch(self) -> AsyncIterator[None]:
        """Leave the provider's objects alone while they fail; its models have their own breaker."""
        breaker = self._breaker
        if (wait := breaker.wait()) > 0 or not breaker.enter():
            raise left_alone(wait)
        try:
            yield
        except UpstreamFailedError as error:
            breaker.failed() if error.code in BROKEN else breaker.succeeded()
            raise
        except BaseException:
            breaker.undecided()
            raise
        breaker.succeeded()

    async def find(self, call: Call, kind: str, object_id: str) -> StoredObject:
        """Return an object of the caller's. Raises RequestError 404 `not_found`."""
        found = await asyncio.to_thread(self.objects.find, holder_of(call), kind, object_id)
        if found is None:
            raise _missing(kind, "")
        return found

    async def body(self, call: Call, raw: bytes, shape: Shape) -> dict[str, Any]:
        """Return a request's body, inspected, with the provider's ids. Raises SeawallError."""
        value = strict_json.loads(raw or b"{}", max_bytes=self.parts.settings.max_body)
        holder = holder_of(call)

        def ids(kind: str, given: str, at: str) -> str:
            found = self.objects.find(holder, kind, given)
            if found is None:
                raise _missing(kind, at)
            return found.provider_id

        kept, parts = await asyncio.to_thread(shapes.read, value, shape, ids, request=True)
        exchange = exchange_of(call, kept, parts)
        await inspect(self.parts, call, exchange)
        return exchange.body

    async def answer(
        self, call: Call, raw: bytes, shape: Shape, *, makes: str = "", info: Any = None,
        adopts: tuple[str, ...] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """Return an answer, inspected, with ids of ours; one of kind `makes` gets a new id.

        `adopts`: pointers of files that a batch has made; they become the caller's.
        Raises UpstreamError, BlockedError.
        """
        value = whole_json(raw)
        holder, ours = holder_of(call), ""

        def ids(kind: str, given: str, at: str) -> str | None:
            nonlocal ours
            if not _PLAIN_ID.fullmatch(given):
                raise RequestError(f"{at} is no id.", param=at)
            if kind == makes and at == "/id":
                ours = self.objects.add(holder, kind, given, info).object_id
                return ours
            if at in adopts:
                made = {"purpose": "batch_output", "filename": f"{at[1:-8]}.jsonl", "bytes": 0,
                        "sha256": "", "batch": ours}  # fmt: skip
                return self.objects.add(holder, kind, given, made).object_id
            found = self.objects.of_provider(holder, kind, given)
            ours = found.object_id if found and at == "/id" else ours
            return found.object_id if found else None

        read = partial(shapes.read, value, shape, ids, request=False)
        if makes in _UNDO:
            async with self.undone(call, makes, str(value.get("id"))):
                kept, parts = await asyncio.to_thread(read)
        else:
            kept, parts = await asyncio.to_thread(read)
        reading = Reading(value=kept, looks=(lambda _: parts,), render=_render)
        await released(self.parts, call, exchange_of(call, {}, []), reading)
        return reading.value

    @asynccontextmanager
    async def undone(self, call: Call, kind: str, provider_id: str) -> AsyncIterator[None]:
        """Take an object back at the provider when it cannot be noted here: nobody would find it.

        The record of the call names it, and says whether it was taken back.
        """
        try:
            yield
        except SQLAlchemyError:
            if not _PLAIN_ID.fullmatch(provider_id):
                raise
            method, path = _UNDO[kind]
            call.details = {**call.details, "not_kept": provider_id, "taken_back": False}
            with contextlib.suppress(SeawallError):
                await self.ask(call, method, path.format(provider_id))
                call.details["taken_back"] = True
            raise

    async def forget(self, call: Call, found: StoredObject) -> None:
        """Forget an object that the provider has deleted."""
        holder = holder_of(call)
        await asyncio.to_thread(self.objects.remove, holder, found.kind, found.object_id)


def _render(value: dict[str, Any], seawall: dict[str, Any]) -> Rendered:
    return Rendered(body=value)


def caller_of(call: Call) -> KeyRecord:
    """Return the key of a call. Raises RuntimeError before it is authenticated."""
    if call.key is None:
        raise RuntimeError("authenticate comes first")
    return call.key


def exchange_of(call: Call, body: dict[str, Any], parts: list[Part]) -> Exchange:
    """Return texts to be inspected as an exchange of the caller's."""
    key = caller_of(call)
    caller = Caller(key_id=key.key_id, application=key.application, function=key.function,
                    user=call.user)  # fmt: skip
    return Exchange(request_id=call.request_id, surface=Surface.FILES, model="", body=body,
                    parts=parts, caller=caller, user=call.user)  # fmt: skip


def _missing(kind: str, at: str) -> RequestError:
    return RequestError(
        f"This key's function has no such {_NAMES[kind]}.", code="not_found", status=404, param=at,
        hint="What another application or function has made is not found.",
    )  # fmt: skip


def whole_json(raw: bytes) -> dict[str, Any]:
    """Return an answer's object. Raises UpstreamError."""
    try:
        value = strict_json.loads(raw, max_bytes=MOST_ANSWER)
    except RequestError:
        raise UpstreamError("The provider's answer is not JSON.") from None
    if not isinstance(value, dict):
        raise UpstreamError("The provider's answer is not an object.")
    return value
