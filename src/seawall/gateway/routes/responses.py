"""OpenAI's Responses API: POST /v1/responses, and what is kept of earlier responses."""

import asyncio
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.relay import Relay
from seawall.gateway.responder import Responder
from seawall.gateway.routes.chat import SCOPE, Chat, ready
from seawall.gateway.steps.lineage import holder_of
from seawall.store.objects import Objects
from seawall.store.turns import Owner
from seawall.wire.formats import Renderer
from seawall.wire.hosted import definitions
from seawall.wire.openai_responses import kept, request
from seawall.wire.openai_responses.client import OpenAIResponses
from seawall.wire.openai_responses.stream import ResponseEvents

_PREFIX = "/v1/responses/"
_ITEMS = "/input_items"
_OFF_LOOP_BYTES = 256 * 1024
# No request may name more of its own objects in tools: 64 stores and 64 files.
_MOST_NAMED = 128


class Responses(Chat):
    """Creates responses: looks up the turns before, then goes a chat request's way."""

    instead = "One that was kept is read by GET /v1/responses/{id}."

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts, OpenAIResponses())

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer | None:
        """Return the answer, or None after a stream was sent. Raises SeawallError."""
        limit = self._p.settings.max_body
        if len(body) > _OFF_LOOP_BYTES:
            value = await asyncio.to_thread(request.read, body, max_bytes=limit)
        else:
            value = request.read(body, max_bytes=limit)
        earlier = await self._earlier(call, value.get("previous_response_id"))
        keeps = self._p.policy.conversations.keep_hours > 0
        ids = await self._own(call, value.get("tools"))
        turn = _Turn(self._p, OpenAIResponses(value, earlier, keeps=keeps, ids=ids))
        return await turn.run(call, body, respond)

    async def _own(self, call: Call, tools: Any) -> dict[tuple[str, str], str]:
        """Return the provider's ids of the caller's own objects that a request's tools name."""
        listed = definitions.named(tools) if self._p.parse_chat.hosted else ()
        named = set(islice(listed, _MOST_NAMED))
        if not named:
            return {}
        objects, holder = Objects(self._p.store), holder_of(call)

        def look() -> dict[tuple[str, str], str]:
            found = {one: objects.find(holder, *one) for one in named}
            return {one: kept.provider_id for one, kept in found.items() if kept is not None}

        return await asyncio.to_thread(look)

    async def _earlier(self, call: Call, previous: str | None) -> list[dict[str, Any]]:
        """Return the messages of the turns before. Raises RequestError 404."""
        if previous is None:
            return []
        p = self._p
        most = p.policy.conversations.max_kib * 1024

        def read() -> list[dict[str, Any]] | None:
            turns = p.turns.chain(owner_of(call), previous, max_bytes=most)
            if turns is None:
                return None
            return kept.history(turns, p.policy.documents, p.parse_chat.hosted)

        found = await asyncio.to_thread(read) if p.policy.conversations.keep_hours else None
        if found is None:
            raise not_kept(p, "previous_response_not_found", "/previous_response_id")
        return found


class _Turn(Chat):
    """One request's way; its answer is kept before it is released."""

    client: OpenAIResponses

    async def _whole(self, call: Call, raw: bytes) -> Answer:
        answer = await super()._whole(call, raw)
        exchange, _ = ready(call)
        answer.body["store"] = await self._keep(call, exchange, answer.body)
        return answer

    async def _end(
        self, call: Call, relay: Relay, chunks: list[dict[str, Any]], respond: Responder,
        writer: Renderer,
    ) -> None:  # fmt: skip
        if not isinstance(writer, ResponseEvents):
            raise TypeError("a turn is written as response events")
        exchange, _ = ready(call)
        if call.usage is not None:
            chunks = [*chunks, relay.chunk([], usage=call.usage)]
        events = writer.close(chunks)
        seawall = call.seawall(self._p.policy.disclosure.text)
        response = {**writer.response, "seawall": seawall}
        self.client.asked.store = await self._keep(call, exchange, response)
        await respond.finish(events + writer.last(seawall))

    async def _keep(self, call: Call, exchange: Exchange, response: dict[str, Any]) -> bool:
        """Keep a turn that was answered and asks for it; return whether it is kept."""
        asked, rules = self.client.asked, self._p.policy.conversations
        if not asked.store or call.result != "answered":
            return False
        body = kept.encode(exchange, asked, response)
        if len(body) > rules.max_kib * 1024:
            return False
        seconds = await self._p.retain.seconds(call, rules.keep_hours * 3600)
        if seconds <= 0:
            return False
        self._p.settle(call)
        await self._p.audit.closing(call)  # an answer without its record is not kept either
        return await asyncio.to_thread(
            self._p.turns.keep, owner_of(call), response["id"], body,
            seconds=seconds, previous=asked.previous or "",
            handle=self._p.retain.users.handle(call.end_user) if call.end_user else None,
        )  # fmt: skip


class OneResponse:
    """GET and DELETE /v1/responses/{id}: from the gateway's own store, for the same key only."""

    surface = "responses"
    methods: tuple[str, ...] = ("GET", "DELETE")
    instead = (
        "Nothing is cancelled, compacted or counted here: the guard must see all turns, and "
        "POST /v1/messages/count_tokens estimates tokens."
    )

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> Mapping[str, str]:
        """Authenticate. Raises RequestError."""
        self._p.authenticate(call, headers, SCOPE)
        return headers

    async def run(self, call: Call, body: Mapping[str, str], respond: Responder) -> Answer:
        """Return the response, or that it is deleted. Raises RequestError 404."""
        where = body[":path"].removeprefix(_PREFIX)
        if body[":method"] == "DELETE":
            if not await asyncio.to_thread(self._p.turns.delete, owner_of(call), where):
                raise not_kept(self._p, "response_not_found", "/response_id")
            call.details = {"deleted": where}
            return Answer(status=200, body={"id": where, "object": "response", "deleted": True})
        for key, value in _query(body):
            if not (key == "stream" and value == "false") and key != "include_obfuscation":
                raise _no_query(key)
        turn = await self._find(call, where)
        return Answer(status=200, body={**turn.response, "store": True})

    async def _find(self, call: Call, where: str) -> kept.Kept:
        found = await asyncio.to_thread(self._p.turns.find, owner_of(call), where)
        if found is None:
            raise not_kept(self._p, "response_not_found", "/response_id")
        call.details = {"read": where}
        return kept.decode(found)


class InputItems(OneResponse):
    """GET /v1/responses/{id}/input_items: the input of one kept turn."""

    methods = ("GET",)

    async def run(self, call: Call, body: Mapping[str, str], respond: Responder) -> Answer:
        """Return a page of items. Raises RequestError 404, or 400 for its query."""
        turn = await self._find(call, body[":path"].removeprefix(_PREFIX).removesuffix(_ITEMS))
        limit, descending, after = _page(_query(body))
        items = kept.input_items(turn)
        if descending:
            items.reverse()
        start = next((i + 1 for i, item in enumerate(items) if item["id"] == after), 0)
        page = items[start : start + limit]
        ids = [item["id"] for item in page]
        value = {"object": "list", "data": page, "has_more": start + limit < len(items),
                 "first_id": ids[0] if ids else "", "last_id": ids[-1] if ids else ""}  # fmt: skip
        return Answer(status=200, body=value)


def owner_of(call: Call) -> Owner:
    """Return whose a turn of this call is."""
    return call.owner


def not_kept(parts: Parts, code: str, param: str) -> RequestError:
    """Return the 404 of a response that is not there for this key."""
    if parts.policy.conversations.keep_hours:
        hint = "It is unknown to this key, too old, was blocked, or was not to be stored."
    else:
        hint = "The policy keeps no conversations; send the whole conversation as input."
    return RequestError("No such response is kept.", code=code, status=404, param=param, hint=hint)


def _query(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    try:
        return parse_qsl(headers[":query"], keep_blank_values=True, max_num_fields=16)
    except ValueError:
        raise _no_query("") from None


def _no_query(key: str) -> RequestError:
    return RequestError(
        f"The query parameter {key[:40]!r} is not supported, or not with this value.",
        code="unsupported_field", param=key[:40],
    )  # fmt: skip


def _page(query: list[tuple[str, str]]) -> tuple[int, bool, str]:
    """Return (limit, newest first, id after which the page begins). Raises RequestError."""
    limit, descending, after = 20, True, ""
    for key, value in query:
        if key == "limit" and value.isascii() and value.isdigit() and 1 <= int(value) <= 100:
            limit = int(value)
        elif key == "order" and value in ("asc", "desc"):
            descending = value == "desc"
        elif key == "after":
            after = value
        else:
            raise _no_query(key)
    return limit, descending, after
