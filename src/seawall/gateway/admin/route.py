"""Routes of /admin/v1: the caller, its permission, the body, the change, its record, the answer."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from seawall.core.errors import RequestError
from seawall.core.roles import Actor, require
from seawall.gateway import body as bodies
from seawall.gateway.admin import types
from seawall.gateway.admin.openapi import document
from seawall.gateway.admin.operations import BASE, Operation, paths
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.store.changes import record_changes
from seawall.store.directory import roles_of_member
from seawall.store.holders import names_of_key, names_of_member
from seawall.store.token_ids import PREFIX
from seawall.wire import strict_json

MAX_BODY = 2 * 1024 * 1024
# A field that is missing is ours; of an unknown one, only what looks like a name is said again.
_FIELD = re.compile(r"(?:unknown|required) field `([A-Za-z0-9_]{1,64})`")
# What ends answers that are kept in memory for an end user.
_OF_A_USER = (types.EraseUser, types.SetConsent)
_PLACE = re.compile(r"at `\$([^`]*)`")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One admin request: what, by whom, about which thing, with which body."""

    operation: Operation
    actor: Actor
    about: str
    raw: bytes


class AdminRoute:
    """One path of the admin API with its methods."""

    surface = "admin"

    def __init__(self, parts: Parts, path: str, operations: Mapping[str, Operation]) -> None:
        self._p = parts
        self._operations = operations
        self._form = re.compile(re.sub(r"\\{\w+\\}", "(.+)", re.escape(path)))
        self.methods = tuple(operations)

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> Asked:
        """Authenticate, check the permission, read the body. Raises RequestError."""
        operation = self._operations[headers[":method"]]
        actor = await actor_of(self._p, call, headers)
        call.details = {"operation": operation.name, "actor": actor.name}
        require(actor, operation.permission)
        raw = await self._p.read_body(receive, MAX_BODY)
        match = self._form.fullmatch(headers[":path"])
        about = match[1] if match and match.groups() else ""
        if "\0" in about:
            raise _nul()
        return Asked(operation=operation, actor=actor, about=about, raw=raw)

    async def run(self, call: Call, body: Asked, respond: Responder) -> Answer:
        """Do it; a change is in the audit log before its answer. Raises SeawallError."""
        operation, service = body.operation, self._p.admin()
        arguments: list[Any] = [body.about] if operation.parameter else []
        if operation.body is not None:
            arguments.append(_decoded(body.raw, operation.body))
        elif body.raw.strip() not in (b"", b"{}"):
            raise RequestError("This operation takes no body.")
        value = await asyncio.to_thread(operation.run, service, body.actor, *arguments)
        if isinstance(asked := arguments[-1] if arguments else None, _OF_A_USER):
            self._p.cache.forget(asked.user)
        if operation.method != "GET":
            await record_changes(service.store, service.log)
        return Answer(status=operation.status, body=msgspec.to_builtins(value, str_keys=True))


class AdminDocument:
    """GET /admin/v1/openapi.json, for every admin key."""

    surface = "admin"
    methods = ("GET",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> None:
        """Authenticate. Raises RequestError."""
        await actor_of(self._p, call, headers)

    async def run(self, call: Call, body: None, respond: Responder) -> Answer:
        """Return the document."""
        return Answer(status=200, body=document())


async def actor_of(parts: Parts, call: Call, headers: Mapping[str, str]) -> Actor:
    """Return who asks: an admin key with its roles, or a token's subject and member roles.

    Raises RequestError 401 or 403, MissingPartError.
    """
    key = parts.authenticate.admin(call, headers)
    if not key.key_id.startswith(PREFIX):
        others = await asyncio.to_thread(names_of_key, parts.store, key.key_id)
        return Actor(name=f"key:{key.key_id}", roles=key.roles, others=others)
    member = f"{key.key_id.split(':')[1]}:{key.name}"
    given = await asyncio.to_thread(roles_of_member, parts.store, member)
    others = await asyncio.to_thread(names_of_member, parts.store, member)
    roles = tuple(dict.fromkeys((*key.roles, *given)))
    return Actor(name=member, roles=roles, others=(f"key:{key.key_id}", *others))


def admin_routes(parts: Parts) -> dict[str, AdminRoute | AdminDocument]:
    """Return path -> route."""
    found: dict[str, AdminRoute | AdminDocument] = {
        path: AdminRoute(parts, path, operations) for path, operations in paths().items()
    }
    return {f"{BASE}/openapi.json": AdminDocument(parts), **found}


def _decoded(raw: bytes, kind: type) -> Any:
    """Return the body as its type. Raises RequestError that names the place, not the value."""
    if not raw.strip():
        raise RequestError(
            "This operation needs a body.",
            hint=f"{{}} says nothing on purpose. GET {BASE}/openapi.json describes it.",
        )
    value = strict_json.loads(raw, max_bytes=MAX_BODY)
    if b"\\u0000" in raw and _holds_nul(value):
        raise _nul()
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        place, field = _PLACE.search(str(error)), _FIELD.search(str(error))
        param = re.sub(r"[.\[]", "/", (place[1] if place else "").replace("]", ""))
        param += f"/{field[1]}" if field else ""
        raise RequestError(
            "The body does not fit this operation.",
            param=param,
            hint=f"GET {BASE}/openapi.json describes it.",
        ) from None


def _holds_nul(value: Any) -> bool:
    """Say whether a text or key in a JSON value holds U+0000, which PostgreSQL cannot keep."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str) and "\0" in one:
            return True
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
    return False


def _nul() -> RequestError:
    return RequestError("A text holds the character U+0000.", hint="Leave it out.")
