"""POST /v1/embeddings: every text is inspected before a provider turns it into numbers."""

from collections.abc import Mapping

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer, BlockedError
from seawall.gateway.call import Call, Route
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.routes.chat import ready
from seawall.gateway.steps.guard import STOPPING, apply_edits, edits_of
from seawall.wire import openai_embeddings

SCOPE = "embeddings"


class Embeddings:
    """A chat request's way without an answer in words."""

    surface = "embeddings"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._format = openai_embeddings.OpenAIEmbeddings()

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate, then read the body. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, SCOPE)
        return await self._p.read_body(receive)

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer:
        """Return the vectors. Raises SeawallError; a blocked text is an error in every mode."""
        p = self._p
        await p.parse_chat(call, body, self._format)
        exchange, route = ready(call)
        if route.upstream.kind != "openai":
            raise RequestError(
                "The provider of this model has no embeddings.", code="unsupported_field",
                param="/model", hint="Ask for a model of an OpenAI-compatible provider.",
            )  # fmt: skip
        route.max_output_tokens = 0
        await p.usage_policy(call)
        p.kill(call)
        await p.reserve(call)
        await self._inspect(call, exchange)
        return await self._ask(call, exchange, route)

    async def _inspect(self, call: Call, exchange: Exchange) -> None:
        """Inspect batch by batch, each within the guard's time; redactions go into the body."""
        size = self._p.settings.guard_batch_parts
        for start in range(0, len(exchange.parts), size):
            batch = exchange.parts[start : start + size]
            decision = await self._p.runner.inspect(batch, exchange)
            call.note(decision, batch)
            edits = edits_of(decision)
            if decision.action in STOPPING or edits is None:
                call.stop(decision)
                raise BlockedError("A text was blocked by this application's safety policy.")
            apply_edits(exchange, edits)

    async def _ask(self, call: Call, exchange: Exchange, route: Route) -> Answer:
        p = self._p
        data = openai_embeddings.upstream_body(exchange, model=route.upstream_model(exchange.model))
        key = call.key.function if call.key else ""
        seconds = route.function.limits.queue_seconds
        async with (
            p.bounds(call),
            p.queues[route.upstream.name].slot(key, call.estimate_input, seconds) as slot,
            p.provider.post(call, route.upstream, "/embeddings", data) as response,
        ):
            try:
                raw = await p.provider.whole(response)
                vectors = openai_embeddings.parse_answer(raw, exchange)
                call.usage = vectors.usage
            finally:
                p.settle(call)
                if call.usage is not None:
                    slot.used(call.usage.total)
        seawall = call.seawall(p.policy.disclosure.text)
        value = openai_embeddings.answer(exchange, vectors, call.estimate_input, seawall)
        return Answer(status=200, body=value)
