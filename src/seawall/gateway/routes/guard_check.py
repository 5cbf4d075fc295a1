"""POST /guard/v1/check: what the policy's guards say of texts, without a model behind."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.wire import guard_check

SCOPE = "guard"


class GuardCheck:
    """Judges one item or a list of them. Blocking is the caller's: the status is 200."""

    surface = "guard-check"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate, then read the body. Raises RequestError, ClientGoneError."""
        return await read_for_guard(self._p, call, headers, receive)

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer:
        """Return the answers in the items' order. Raises RequestError, LimitError."""
        limit = self._p.settings.max_body
        items, many = await asyncio.to_thread(guard_check.parse, body, max_bytes=limit)
        places = [f"/items/{index}" if many else "" for index in range(len(items))]
        found = await self._p.judge(call, list(zip(places, items, strict=True)))
        if call.blocked_by:
            call.result = "blocked"
        answers = [
            {"id": item.id, **msgspec.to_builtins(check)}
            for item, check in zip(items, found, strict=True)
        ]
        value: dict[str, Any] = {"items": answers} if many else answers[0]
        return Answer(status=200, body={**value, "seawall": call.seawall("")})


async def read_for_guard(
    parts: Parts, call: Call, headers: Mapping[str, str], receive: bodies.Receive
) -> bytes:
    """Authenticate for the scope `guard`, read the body, count the request.

    Raises RequestError, LimitError, ClientGoneError.
    """
    parts.authenticate(call, headers, SCOPE)
    body = await parts.read_body(receive)
    await parts.reserve.request(call)
    return body
