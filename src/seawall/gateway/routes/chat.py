"""A chat request's whole way, whole and streamed, whatever format the client speaks."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from seawall.core.errors import SeawallError, UpstreamError
from seawall.core.exchange import Exchange
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer, BlockedError, common_headers, error_body
from seawall.gateway.call import Call, Route
from seawall.gateway.endpoint import known
from seawall.gateway.fair_queue import Slot
from seawall.gateway.http.response import Response
from seawall.gateway.intake import Intake, unmark_all
from seawall.gateway.keep_alive import keep_alive
from seawall.gateway.parts import Parts
from seawall.gateway.relay import Relay, said_by
from seawall.gateway.responder import Responder
from seawall.gateway.steps.kill import KilledError
from seawall.gateway.steps.upstream import taken
from seawall.policy.spotlight import holds_mark, spotlight
from seawall.wire import openai_answer, upstreams
from seawall.wire.formats import ClientFormat, Renderer
from seawall.wire.usage import Usage

SCOPE = "chat"
_BREAK_SECONDS = 2.0
_HIT = {"x-seawall-cache": "hit"}
_EVENTS = {"content-type": "text/event-stream; charset=utf-8"}


class Chat:
    """The steps of a chat completion, in the order of a request's way."""

    methods = ("POST",)
    instead = "No answer is stored that could be listed."

    def __init__(self, parts: Parts, client: ClientFormat) -> None:
        self._p = parts
        self.client = client
        self.surface = client.surface

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate, then read the body. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, self.client.accept(headers), SCOPE)
        return await self._p.read_body(receive)

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer | None:
        """Return the answer, or None after a stream was sent. Raises SeawallError."""
        p = self._p
        await p.parse_chat(call, body, self.client)
        p.hosted.verify(call)
        exchange, route = ready(call)
        p.kill(call)
        await p.usage_policy(call)
        p.wallet(call, exchange)
        await p.reserve(call)
        try:
            await p.guard_input(call)
        except BlockedError as blocked:
            if p.policy.block_mode == "error":
                raise
            call.result, call.code = "blocked", blocked.code
            return await self._refuse(call, exchange, respond)
        await p.taint.note(call)
        await p.lineage.note(call)
        cache_key = p.cache.key(call, route) if await p.retain.caches(call) else None
        if (kept := p.cache.get(cache_key)) is not None:
            route.use(kept.upstream, exchange.model)
            call.details["cache"] = "hit"
            answer = await self._whole(call, kept.body)
            return Answer(status=answer.status, body=answer.body, headers=_HIT)
        async with AsyncExitStack() as stack:
            async with p.bounds(call):
                sent, call.mark = spotlight(exchange, p.policy.spotlight)
                hear = p.audit.asked if exchange.stream else p.audit.pledge
                call.when_asked = partial(hear, call)
                response, slot = await p.ask(call, sent, route, stack)
                # Whatever happens to its answer, the request is settled.
                stack.callback(self._settled, call, slot)
                raw = b"" if exchange.stream else await p.provider.whole(response)
            if exchange.stream:
                await self._stream(call, response, respond)
                return None
            answer = await self._whole(call, raw)
            plain = call.result == "answered" and not call.fired and not call.unknown
            if plain and not holds_mark(raw, call.mark):
                p.cache.put(cache_key, exchange.user, route.upstream, raw)
            return answer

    def _settled(self, call: Call, slot: Slot) -> None:
        self._p.settle(call)
        if call.usage is not None:
            slot.used(call.usage.total)

    async def _whole(self, call: Call, raw: bytes) -> Answer:
        p = self._p
        exchange, route = ready(call)
        kind = upstreams.of(route.upstream.kind, exchange)
        answer = kind.whole(raw, p.settings.max_answer)
        call.usage = answer.usage
        for choice in answer.choices:
            p.hosted.count(call, choice.hosted)
        if upstreams.uses_hosted(exchange):
            call.besides = call.hosted_cost
        call.saw("".join(map(said_by, answer.choices)))
        unmark_all(answer, call.mark)
        if any(choice.index >= exchange.choices for choice in answer.choices):
            raise UpstreamError("The provider sent more choices than were asked for.")
        choices = await p.guard_output(call, exchange, answer.choices)
        await p.lineage.answered(call, [choice["message"]["content"] or "" for choice in choices])
        if call.blocked_by:
            call.result = "blocked"
        return self._completion(call, exchange, choices)

    def _completion(self, call: Call, exchange: Exchange, choices: list[dict[str, Any]]) -> Answer:
        value = openai_answer.completion(
            request_id=call.request_id,
            created=int(time.time()),
            model=exchange.model,
            choices=choices,
            usage=call.usage,
        )
        value["seawall"] = call.seawall(self._p.policy.disclosure.text)
        return Answer(status=200, body=self.client.whole(value, exchange))

    async def _refuse(self, call: Call, exchange: Exchange, respond: Responder) -> Answer | None:
        """Answer a blocked prompt with a plain refusal, as a completion or a short stream."""
        p = self._p
        text = p.policy.refusal_text
        call.usage = Usage(prompt_tokens=0, completion_tokens=0)
        p.settle(call)
        if not exchange.stream:
            choices = [
                openai_answer.choice_json(index, content=text, finish_reason="content_filter")
                for index in range(exchange.choices)
            ]
            return self._completion(call, exchange, choices)
        relay = Relay(p.runner, p.tool_policy, call, p.hosted)
        chunks = []
        for index in range(exchange.choices):
            said = {"role": "assistant", "content": text}
            chunks.append(relay.chunk([openai_answer.delta_json(index, said)]))
            chunks.append(relay.chunk([openai_answer.delta_json(index, {}, "content_filter")]))
        await p.audit.closing(call)
        writer = await self._start(call, exchange, respond)
        await self._end(call, relay, chunks, respond, writer)
        return None

    async def _start(self, call: Call, exchange: Exchange, respond: Responder) -> Renderer:
        writer = self.client.stream(exchange)
        headers = {**common_headers(call, self._p.policy.disclosure.text), **_EVENTS}
        if call.key is not None:
            headers.update(self._p.limiter.headers(call.key.function, call.who))
        await respond.start(200, headers)
        await respond.write(writer.start())
        return writer

    async def _stream(self, call: Call, response: Response, respond: Responder) -> None:
        p = self._p
        exchange, route = ready(call)
        await p.audit.opening(call)
        writer = await self._start(call, exchange, respond)
        relay, call.midway = Relay(p.runner, p.tool_policy, call, p.hosted), True
        intake = Intake(call, relay, upstreams.of(route.upstream.kind, exchange).events())
        try:
            async with p.bounds(call), keep_alive(respond, p.settings.keep_alive_seconds):
                await _pass_on(response, intake, relay, respond, writer)
                chunks = await relay.finish()
                call.midway = relay.all_blocked or call.overran
                if upstreams.uses_hosted(exchange) and not call.midway:
                    call.besides = call.hosted_cost
                await p.lineage.answered(call, relay.texts())
        except bodies.ClientGoneError:
            relay.note()
            raise
        except Exception as error:  # noqa: BLE001 - the client hears that it broke, not why
            relay.note()
            await self._break(call, known(call, error), respond, writer)
            return
        except BaseException:  # the client is gone: what it got is on record all the same
            relay.note()
            raise
        if call.blocked_by:
            call.result = "blocked"
        p.settle(call)
        await p.audit.closing(call)
        async with p.bounds(call, switches=False):
            await self._end(call, relay, chunks, respond, writer)

    async def _end(
        self, call: Call, relay: Relay, chunks: list[dict[str, Any]], respond: Responder,
        writer: Renderer,
    ) -> None:  # fmt: skip
        """Send the last chunks; the very last carries the `seawall` field."""
        if call.usage is not None:
            chunks = [*chunks, relay.chunk([], usage=call.usage)]
        await respond.finish(writer.end(chunks, call.seawall(self._p.policy.disclosure.text)))

    async def _break(
        self, call: Call, error: SeawallError, respond: Responder, writer: Renderer
    ) -> None:
        """End a stream that has begun with an error event; held-back text is never released."""
        call.result = "refused" if isinstance(error, KilledError) else "failed"
        call.code, call.status = error.code, 200
        self._p.settle(call)
        await self._p.audit.closing(call)
        last = writer.error(error_body(call, error), error.status)
        await respond.finish(last, patience=_BREAK_SECONDS)


def ready(call: Call) -> tuple[Exchange, Route]:
    """Return what parse found. Raises RuntimeError before it."""
    if call.exchange is None or call.route is None:
        raise RuntimeError("parse comes first")
    return call.exchange, call.route


async def _pass_on(
    response: Response, intake: Intake, relay: Relay, respond: Responder, writer: Renderer
) -> None:
    """Send on what may be released, up to the end of the provider's events or its connection.

    Where nobody has to wait, that is done where the bytes arrive: no task is woken for a piece.
    """

    def take(piece: bytes) -> bool:
        if not intake.take(piece):
            return False
        if not intake.smooth or relay.pending or not respond.now(b""):
            return True
        try:
            if chunks := relay.release():
                respond.now(b"".join(map(writer.chunk, chunks)))
                response.passed()
        except Exception as error:  # noqa: BLE001 - `check` raises it where somebody reads
            intake.fail(error)
            return True
        return relay.all_blocked

    more = True
    while more and not intake.ended and not relay.all_blocked:
        more = await taken(response, take)
        if not more:
            intake.finish()
        while True:
            chunks = await relay.hosted() if relay.pending else []
            if chunks := [*chunks, *relay.release()]:
                await respond.write(b"".join(map(writer.chunk, chunks)))
            intake.check()
            if intake.ended or relay.all_blocked or not intake.waiting:
                break
            await asyncio.sleep(0)
            intake.step()
