"""POST /v1/messages/count_tokens: an estimate of ours; no provider is asked."""

from collections.abc import Mapping

from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.steps.parse import estimate_tokens
from seawall.wire.formats import ClientFormat

SCOPE = "chat"


class CountTokens:
    """Estimates what a prompt usually costs; limits reserve the most it can."""

    methods = ("POST",)

    def __init__(self, parts: Parts, client: ClientFormat) -> None:
        self._p = parts
        self.client = client
        self.surface = client.surface

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate, read the body, count the request.

        Raises RequestError, LimitError, ClientGoneError.
        """
        self._p.authenticate(call, self.client.accept(headers), SCOPE)
        body = await self._p.read_body(receive)
        if call.key is not None:
            await self._p.reserve.request(call)
        return body

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer:
        """Return `{"input_tokens"}`. Raises RequestError, also for a model it may not use."""
        await self._p.parse_chat(call, body, self.client)
        if call.exchange is None:
            raise RuntimeError("parse comes first")
        tokens = estimate_tokens(call.exchange)
        return Answer(
            status=200, body={"input_tokens": tokens}, headers={"x-seawall-estimate": "tokens"}
        )
