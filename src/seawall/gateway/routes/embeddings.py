"""POST /v1/embeddings: every text is inspected before a provider turns it into numbers."""

from collections.abc import Mapping

from seawall.core.exchange import Exchange
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call, Route
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.routes.chat import ready
from seawall.gateway.routes.direct import asked, inspect, openai_only
from seawall.gateway.steps.ask import Question
from seawall.policy.model import Upstream
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
        openai_only(route, exchange.model, "embeddings")
        route.max_output_tokens = 0
        p.kill(call)
        await p.usage_policy(call)
        p.wallet.rate(call)
        await p.reserve(call)
        await inspect(p, call, exchange)
        return await self._ask(call, exchange, route)

    async def _ask(self, call: Call, exchange: Exchange, route: Route) -> Answer:
        p = self._p

        def write(upstream: Upstream, model: str) -> Question:
            data = openai_embeddings.upstream_body(exchange, model=model, omitted=upstream.omitted)
            return Question("/embeddings", data)

        async with asked(p, call, exchange, route, write) as response:
            raw = await p.provider.whole(response)
            vectors = openai_embeddings.parse_answer(raw, exchange)
            call.usage = vectors.usage
        seawall = call.seawall(p.policy.disclosure.text)
        value = openai_embeddings.answer(exchange, vectors, call.estimate_input, seawall)
        return Answer(status=200, body=value)
