"""POST /v1/chat/completions: a request's whole way, for whole and streamed answers."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from seawall.core.errors import SeawallError, UpstreamError
from seawall.core.exchange import Exchange
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer, BlockedError, common_headers, error_body
from seawall.gateway.call import Call, Route
from seawall.gateway.parts import Parts
from seawall.gateway.relay import Relay
from seawall.gateway.responder import Responder
from seawall.wire import openai_answer, openai_chat, sse, strict_json

SCOPE = "chat"
_EVENTS = {"content-type": "text/event-stream; charset=utf-8"}


class Chat:
    """The steps of a chat completion, in the order of a request's way."""

    surface = "chat"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate, then read the body. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, SCOPE)
        settings = self._p.settings
        return await bodies.read(
            receive, limit=settings.max_body, seconds=settings.body_seconds,
            discard=settings.max_discard,
        )  # fmt: skip

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer | None:
        """Return the answer, or None after a stream was sent. Raises SeawallError."""
        p = self._p
        await p.parse_chat(call, body)
        exchange, route = _ready(call)
        await p.usage_policy(call)
        p.reserve(call)
        try:
            await p.guard_input(call)
        except BlockedError as blocked:
            if p.policy.block_mode == "error":
                raise
            call.result, call.code = "blocked", blocked.code
            return await self._refuse(call, exchange, respond)
        data = openai_chat.upstream_body(
            exchange,
            model=route.upstream_model(exchange.model),
            max_output_tokens=route.max_output_tokens,
            training_opt_out=p.policy.consent.training_opt_out,
        )
        queue = p.queues[route.upstream.name]
        tokens = call.estimate_input + call.estimate_output
        seconds = route.function.limits.queue_seconds
        key = call.key.function if call.key else ""
        async with (
            queue.slot(key, tokens, seconds) as slot,
            p.provider.post(
                call, route.upstream, "/chat/completions", data, stream=exchange.stream
            ) as response,
        ):
            try:
                if exchange.stream:
                    await self._stream(call, response, respond)
                    return None
                return await self._whole(call, response)
            finally:
                p.settle(call)
                if call.usage is not None:
                    slot.used(call.usage.total)

    async def _whole(self, call: Call, response: aiohttp.ClientResponse) -> Answer:
        p = self._p
        exchange, _ = _ready(call)
        raw = await p.provider.whole(response)
        answer = openai_answer.parse_completion(raw, max_bytes=p.settings.max_answer)
        call.usage = answer.usage
        if any(choice.index >= exchange.choices for choice in answer.choices):
            raise UpstreamError("The provider sent more choices than were asked for.")
        choices = await p.guard_output(call, exchange, answer.choices)
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
        return Answer(status=200, body=value)

    async def _refuse(self, call: Call, exchange: Exchange, respond: Responder) -> Answer | None:
        """Answer a blocked prompt with a plain refusal, as a completion or a short stream."""
        p = self._p
        text = p.policy.refusal_text
        call.usage = openai_answer.Usage(prompt_tokens=0, completion_tokens=0)
        p.settle(call)
        if not exchange.stream:
            choices = [
                openai_answer.choice_json(index, content=text, finish_reason="content_filter")
                for index in range(exchange.choices)
            ]
            return self._completion(call, exchange, choices)
        relay = Relay(p.runner, p.tool_policy, call)
        chunks = []
        for index in range(exchange.choices):
            said = {"role": "assistant", "content": text}
            chunks.append(relay.chunk([openai_answer.delta_json(index, said)]))
            chunks.append(relay.chunk([openai_answer.delta_json(index, {}, "content_filter")]))
        await p.audit.closing(call)
        await self._start(call, respond)
        await self._end(call, relay, chunks, respond)
        return None

    async def _start(self, call: Call, respond: Responder) -> None:
        headers = {**common_headers(call, self._p.policy.disclosure.text), **_EVENTS}
        if call.key is not None:
            headers.update(self._p.limiter.headers(call.key.function))
        await respond.start(200, headers)

    async def _stream(
        self, call: Call, response: aiohttp.ClientResponse, respond: Responder
    ) -> None:
        p = self._p
        await p.audit.opening(call)
        await self._start(call, respond)
        relay = Relay(p.runner, p.tool_policy, call)
        try:
            async for data in _events(response, _stream_limit(call)):
                for chunk in relay.feed(data):
                    await respond.write(sse.event(strict_json.dumps(chunk)))
                if relay.all_blocked:
                    break
            chunks = await relay.finish()
        except SeawallError as error:
            relay.note()
            await self._break(call, error, respond)
            return
        if call.blocked_by:
            call.result = "blocked"
        p.settle(call)
        await p.audit.closing(call)
        await self._end(call, relay, chunks, respond)

    async def _end(
        self, call: Call, relay: Relay, chunks: list[dict[str, Any]], respond: Responder
    ) -> None:
        """Send the last chunks; the very last carries the `seawall` field."""
        if _wants_usage(call) and call.usage is not None:
            chunks = [*chunks, relay.chunk([], usage=call.usage)]
        chunks[-1]["seawall"] = call.seawall(self._p.policy.disclosure.text)
        events = b"".join(sse.event(strict_json.dumps(chunk)) for chunk in chunks)
        await respond.finish(events + sse.DONE)

    async def _break(self, call: Call, error: SeawallError, respond: Responder) -> None:
        """End a stream that has begun with an error event; held-back text is never released."""
        call.result, call.code, call.status = "failed", error.code, 200
        self._p.settle(call)
        await self._p.audit.closing(call)
        await respond.finish(sse.event(strict_json.dumps(error_body(call, error))))


def _ready(call: Call) -> tuple[Exchange, Route]:
    if call.exchange is None or call.route is None:
        raise RuntimeError("parse comes first")
    return call.exchange, call.route


def _wants_usage(call: Call) -> bool:
    exchange, _ = _ready(call)
    options = exchange.body.get("stream_options") or {}
    return bool(options.get("include_usage"))


def _stream_limit(call: Call) -> int:
    """Return the most bytes a stream may have: 1 KiB for each token it may hold, and a start."""
    return 1024 * 1024 + call.estimate_output * 1024


async def _events(response: aiohttp.ClientResponse, limit: int) -> AsyncIterator[str]:
    """Yield the provider's events up to [DONE]; the end of the connection ends them too."""
    reader = sse.Reader()
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > limit:
            raise UpstreamError("The provider's stream is too large.")
        for data in reader.feed(piece):
            if data.strip() == "[DONE]":
                return
            if data.strip():
                yield data
    for data in reader.finish():
        if data.strip() not in ("", "[DONE]"):
            yield data
