"""Vector stores, batches and fine-tuning jobs: one table of operations, one way for each."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from seawall.core.errors import RequestError
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.routes.kept import Keeper
from seawall.gateway.steps.lineage import holder_of
from seawall.store.objects import StoredObject
from seawall.wire import openai_objects as objects
from seawall.wire import strict_json
from seawall.wire.shapes import Shape

_PLACE = re.compile(r"\{(\w+)\}")


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method of one path. `{kind}` in the path is an id of that kind.

    `makes`: the kind of object whose new id the answer holds. `deletes`: the answer says so only.
    `pages`: the list of the caller's own objects of that kind, each asked for by itself.
    `query`: parameters that go on. `adopts`: pointers of files that become the caller's. `keeps`:
    what is deleted is only a link, so the object stays.
    """

    method: str
    path: str
    body: Shape | None = None
    answer: Shape = objects.NOTHING
    makes: str = ""
    deletes: str = ""
    pages: str = ""
    query: tuple[str, ...] = ()
    adopts: tuple[str, ...] = ()
    keeps: bool = False


_STORE = "/vector_stores/{vector_store}"
_FILE = _STORE + "/files/{file}"
_PAGE = ("limit", "after", "order", "before", "filter")
VECTOR_STORES = (
    Operation(method="POST", path="/vector_stores", body=objects.STORE_MAKE, answer=objects.STORE,
              makes="vector_store"),
    Operation(method="GET", path="/vector_stores", answer=objects.STORE, pages="vector_store"),
    Operation(method="GET", path=_STORE, answer=objects.STORE),
    Operation(method="POST", path=_STORE, body=objects.STORE_CHANGE, answer=objects.STORE),
    Operation(method="DELETE", path=_STORE, deletes="vector_store.deleted"),
    Operation(method="POST", path=_STORE + "/search", body=objects.SEARCH, answer=objects.FOUND),
    Operation(method="POST", path=_STORE + "/files", body=objects.STORE_FILE_MAKE,
              answer=objects.STORE_FILE),
    Operation(method="GET", path=_STORE + "/files", answer=objects.STORE_FILES, query=_PAGE),
    Operation(method="GET", path=_FILE, answer=objects.STORE_FILE),
    Operation(method="POST", path=_FILE, body=objects.STORE_FILE_CHANGE,
              answer=objects.STORE_FILE),
    Operation(method="DELETE", path=_FILE, deletes="vector_store.file.deleted", keeps=True),
    Operation(method="GET", path=_FILE + "/content", answer=objects.STORE_CONTENT),
    Operation(method="POST", path=_STORE + "/file_batches", body=objects.FILE_BATCH_MAKE,
              answer=objects.FILE_BATCH, makes="file_batch"),
    Operation(method="GET", path=_STORE + "/file_batches/{file_batch}",
              answer=objects.FILE_BATCH),
    Operation(method="POST", path=_STORE + "/file_batches/{file_batch}/cancel",
              body=objects.NOTHING, answer=objects.FILE_BATCH),
    Operation(method="GET", path=_STORE + "/file_batches/{file_batch}/files",
              answer=objects.STORE_FILES, query=_PAGE),
)  # fmt: skip


def by_path(operations: tuple[Operation, ...]) -> dict[str, list[Operation]]:
    """Return the operations of each route's path."""
    found: dict[str, list[Operation]] = {}
    for operation in operations:
        found.setdefault("/v1" + operation.path, []).append(operation)
    return found


class ObjectRoute:
    """One path: authenticate, reserve a request, inspect, ask, inspect, answer."""

    def __init__(
        self, parts: Parts, keeper: Keeper, surface: str, operations: list[Operation]
    ) -> None:
        self.p = parts
        self.keeper = keeper
        self.surface = surface
        self._operations = {operation.method: operation for operation in operations}
        self.methods = tuple(self._operations)
        path = "/v1" + operations[0].path
        self._kinds = _PLACE.findall(path)
        self._pattern = re.compile(_PLACE.sub("([^/]+)", path))

    async def read(
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> tuple[Mapping[str, str], bytes]:
        """Authenticate, then read the body. Raises RequestError, ClientGoneError."""
        self.p.authenticate(call, headers, self.surface)
        return headers, await self.p.read_body(receive)

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Do the operation of the request's method. Raises SeawallError."""
        headers, raw = body
        operation = self._operations[headers[":method"]]
        await self.p.usage_policy(call)
        await self.reserve(call, operation)
        if operation.pages:
            return await self._pages(call, operation, headers[":query"])
        match = self._pattern.fullmatch(headers[":path"])
        values = match.groups() if match else ()
        found = [
            await self.keeper.find(call, kind, value)
            for kind, value in zip(self._kinds, values, strict=True)
        ]
        call.details = {one.kind: one.object_id for one in found}
        value = await self.do(call, operation, found, raw, headers[":query"])
        return Answer(status=200, body={**value, "seawall": call.seawall(self._disclosure)})

    async def reserve(self, call: Call, operation: Operation) -> None:
        """Hold room for a request. Raises LimitError."""
        await self.p.reserve.request(call)

    @property
    def _disclosure(self) -> str:
        return self.p.policy.disclosure.text

    async def do(
        self, call: Call, operation: Operation, found: list[StoredObject], raw: bytes, query: str
    ) -> dict[str, Any]:
        """Return the answer's body; `found` are the objects of the path. Raises SeawallError."""
        keeper = self.keeper
        path = filled(operation.path, found) + await self._query(call, operation, query)
        if operation.body is None and raw.strip() not in (b"", b"{}"):
            raise RequestError("This route takes no body.", code="unknown_field")
        data = None
        if operation.body is not None:
            value = await keeper.body(call, raw, operation.body)
            data = strict_json.dumps(value)
        if operation.deletes:
            last = found[-1]
            await keeper.delete(call, path)
            if not operation.keeps:
                await keeper.forget(call, last)
            return {"id": last.object_id, "object": operation.deletes, "deleted": True}
        if operation.makes:
            answer = await keeper.make(call, path, data)
        else:
            answer = await keeper.ask(call, operation.method, path, data)
        kept = await keeper.answer(
            call, answer, operation.answer, makes=operation.makes, adopts=operation.adopts
        )
        if operation.answer is objects.FOUND:
            await self.p.lineage.searched(call, kept["data"])
        return {**kept, **(found[-1].info.get("shown", {}) if found else {})}

    async def _query(self, call: Call, operation: Operation, query: str) -> str:
        """Return the query for the provider. Raises RequestError for what is not known."""
        pairs = []
        for key, value in pairs_of(query):
            plain = value.isascii() and value.replace("_", "").isalnum() and len(value) <= 64
            if key not in operation.query or not plain:
                raise no_query(key)
            if key in ("after", "before"):
                value = (await self.keeper.find(call, "file", value)).provider_id
            elif not (value.isdigit() if key == "limit" else value in _WORDS):
                raise no_query(key)
            pairs.append(f"{key}={value}")
        return "?" + "&".join(pairs) if pairs else ""

    async def _pages(self, call: Call, operation: Operation, query: str) -> Answer:
        """Return a page of the caller's own objects, each as the provider sees it now."""
        keeper = self.keeper
        limit, newest, after = page_of(query, most=20)
        rows = await asyncio.to_thread(
            keeper.objects.page, holder_of(call), operation.pages, limit=limit + 1, after=after,
            newest_first=newest,
        )  # fmt: skip
        data = []
        for row in rows[:limit]:
            raw = await keeper.ask(call, "GET", f"{operation.path}/{row.provider_id}")
            one = await keeper.answer(call, raw, operation.answer, adopts=operation.adopts)
            data.append({**one, **row.info.get("shown", {})})
        return Answer(status=200, body=listed(data, more=len(rows) > limit))


_WORDS = ("asc", "desc", "in_progress", "completed", "failed", "cancelled")


def filled(path: str, found: list[StoredObject]) -> str:
    """Return a path with the provider's ids."""
    ids = iter(found)
    return _PLACE.sub(lambda match: next(ids).provider_id, path)


def listed(data: list[dict[str, Any]], *, more: bool) -> dict[str, Any]:
    """Return a page as OpenAI writes one."""
    first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
    return {"object": "list", "data": data, "has_more": more, "first_id": first, "last_id": last}


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a query. Raises RequestError."""
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=16)
    except ValueError:
        raise no_query("") from None


def no_query(key: str) -> RequestError:
    """Return the 400 of a parameter that is not known, or not with this value."""
    return RequestError(
        f"The query parameter {key[:40]!r} is not supported, or not with this value.",
        code="unsupported_field", param=key[:40],
    )  # fmt: skip


def page_of(query: str, *, most: int) -> tuple[int, bool, str]:
    """Return (limit, newest first, id after which the page begins). Raises RequestError."""
    limit, newest, after = min(20, most), True, ""
    for key, value in pairs_of(query):
        if key == "limit" and value.isascii() and value.isdigit() and value != "0":
            limit = min(int(value[:6]), most)
        elif key == "order" and value in ("asc", "desc"):
            newest = value == "desc"
        elif key == "after":
            after = value
        else:
            raise no_query(key)
    return limit, newest, after
