"""The edge of the data plane: one ASGI endpoint around a route; every exception ends here."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Mapping, MutableMapping
from typing import Any, Protocol, runtime_checkable

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from seawall.core.errors import RequestError, SeawallError, UnavailableError, UpstreamError
from seawall.gateway import body as bodies
from seawall.gateway.answers import (
    JSON,
    Answer,
    BlockedError,
    MethodError,
    common_headers,
    error_answer,
)
from seawall.gateway.call import Call
from seawall.gateway.drain import StoppedError
from seawall.gateway.parts import Parts
from seawall.gateway.protocol import ABORT, DIRECT, WATCH, Direct, Watch
from seawall.gateway.responder import Responder, Send
from seawall.store.audit import AuditError
from seawall.wire.credentials import as_bearer
from seawall.wire.formats import OPENAI_CHAT, ClientFormat

log = logging.getLogger("seawall.gateway")
SESSION = "x-seawall-session"
DEPLOYMENT = "seawall.deployment"
"""In an ASGI scope whose address was Azure's: the deployment that it named, or ""."""
_ONCE = ("api-key", "authorization", "x-api-key", "x-seawall-user")
_AWAY = (InterfaceError, NoConnectionError, OperationalError)
_AGAIN = "Try again in a few seconds; requests that need nothing kept go on meanwhile."
Scope = MutableMapping[str, Any]


class RouteHandler(Protocol):
    """What one route does with a request."""

    @property
    def surface(self) -> str:
        """The surface's name in the audit record."""
        ...

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods it takes."""
        ...

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> Any:
        """Authenticate the caller and return what was sent."""
        ...

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer | None:
        """Return the answer; None when it was already sent."""
        ...


@runtime_checkable
class Speaks(Protocol):
    """A route whose client speaks a format of its own; errors are answered in it."""

    client: ClientFormat


@runtime_checkable
class Redirects(Protocol):
    """A route that says what to do instead of a method that it does not take."""

    instead: str


class Endpoint:
    """Runs a route, watches for the client leaving, and turns every error into an answer."""

    def __init__(self, parts: Parts, route: RouteHandler) -> None:
        self._parts = parts
        self._route = route
        self._client = route.client if isinstance(route, Speaks) else OPENAI_CHAT

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """Handle one request. Nothing but cancellation leaves this method, and none of a drain."""
        call = Call(self._route.surface)
        self._parts.capture.begin(call)
        abort = scope.pop(ABORT, lambda: None)
        head = scope["method"] == "HEAD"
        direct: Direct | None = scope.pop(DIRECT, None)
        receive = share = self._parts.lasting.room.share(
            receive, lambda: call.key.function if call.key else ""
        )
        if direct is None:
            respond = Responder(send, head=head, abort=abort)
        else:
            receive = bodies.Ready(receive, direct.body)
            respond = Responder(send, head=head, abort=abort, at_once=direct.whole,
                                begin=direct.start, direct=direct.write)  # fmt: skip
        try:
            answer = await self._answer(call, scope, receive, respond)
            if answer is not None:
                await self._release(call, answer, respond)
        except bodies.ClientGoneError:
            await self._leave(call)
        except Exception as error:  # noqa: BLE001 - the one edge: no traceback reaches a client
            await self._fail(call, error, respond)
        except BaseException as error:
            drained = self._parts.drain.over and isinstance(error, asyncio.CancelledError)
            if not drained:
                await asyncio.shield(self._leave(call))
                raise
            if not respond.finished:
                await self._fail(call, StoppedError(), respond)
        finally:
            share.end()

    async def _answer(
        self, call: Call, scope: Scope, receive: bodies.Receive, respond: Responder
    ) -> Answer | None:
        if scope["method"] not in self._route.methods:
            raise method_not_allowed(self._route.methods, hint_of(self._route))
        headers = headers_of(scope)
        call.deployment = scope.get(DEPLOYMENT, "")
        _require_plain(headers)
        call.traceparent = headers.get("traceparent", "")
        call.session = headers.get(SESSION, "")
        self._parts.shared.require()
        await self._parts.fresh(headers)
        body = await self._route.read(call, headers, receive)
        self._parts.audit.require()
        self._parts.kill(call)
        work = self._route.run(call, body, respond)
        watch = scope.pop(WATCH, None)
        there = bodies.while_there(receive, work) if watch is None else _watched(watch, work)
        return await there

    async def _release(self, call: Call, answer: Answer, respond: Responder) -> None:
        """Settle, write the audit record, then send: in this order."""
        call.status = answer.status
        body = self._shaped(answer).encode()
        self._parts.settle(call)
        await self._parts.audit.whole(call)
        headers = {**self._headers(call), "content-type": JSON, **answer.headers}
        await respond.whole(answer.status, headers, body)

    def _headers(self, call: Call) -> dict[str, str]:
        headers = common_headers(call, self._parts.policy.disclosure.text)
        key = call.key
        if key is not None and key.function in self._parts.policy.functions:
            headers.update(self._parts.limiter.headers(key.function, call.who))
        return headers

    async def _fail(self, call: Call, error: Exception, respond: Responder) -> None:
        """Answer an error; when even that fails, say only that it failed."""
        problem = known(call, error)
        try:
            _describe(call, problem)
            if respond.started:  # nothing can be said any more: the connection breaks off
                await self._close(call)
                return
            await self._release(call, error_answer(call, problem), respond)
        except Exception as second:  # noqa: BLE001 - the answer to an error may fail too
            if not isinstance(second, AuditError):
                _log(call, second)
            if not respond.started:
                answer = error_answer(call, _audit_failed())
                headers = {**common_headers(call, ""), "content-type": JSON}
                await respond.whole(503, headers, self._shaped(answer).encode())

    def _shaped(self, answer: Answer) -> Answer:
        """Return an error in the client's format; every other answer has it already."""
        if answer.status < 400:
            return answer
        body = self._client.error(answer.body, answer.status)
        return Answer(status=answer.status, body=body, headers=answer.headers)

    async def _leave(self, call: Call) -> None:
        """The client is gone: settle what was used and record it."""
        if not call.closed:
            call.result, call.code = "client_gone", "client_closed_request"
            call.status = call.status if call.opened else 499
        await self._close(call)

    async def _close(self, call: Call) -> None:
        """Settle and write the last record where no answer can be sent any more."""
        self._parts.settle(call)
        try:
            await self._parts.audit.closing(call)
        except AuditError:
            request = call.request_id
            log.error("audit record of %s is lost: log not writable", request)  # noqa: TRY400


async def _watched(watch: Watch, work: Awaitable[Answer | None]) -> Answer | None:
    """Run `work` in this task; cancel it when the client goes. Raises ClientGoneError."""
    task, gone = asyncio.current_task(), False

    def leave() -> None:
        nonlocal gone
        gone = True
        if task is not None:
            task.cancel()

    with watch(leave):
        try:
            return await work
        except asyncio.CancelledError:
            if not gone or task is None or task.uncancel():
                raise  # somebody else ends this task
            raise bodies.ClientGoneError from None


def headers_of(scope: Scope) -> Mapping[str, str]:
    """Return a request's headers, and its `:method`, `:path` and `:query`.

    Where Azure's address was asked, `api-key` is the key. Raises RequestError for two keys.
    """
    query = scope.get("query_string", b"").decode("latin-1")
    headers = {
        ":method": scope["method"], ":path": scope["path"], ":query": query,
    }  # fmt: skip
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in headers and name in _ONCE:
            raise RequestError("Two keys were sent.", code="invalid_api_key",
                               status=401)  # fmt: skip
        headers.setdefault(name, raw_value.decode("latin-1"))
    if DEPLOYMENT not in scope:
        return headers
    return as_bearer(as_bearer(headers, "api-key"), "x-api-key")


def _require_plain(headers: Mapping[str, str]) -> None:
    """Raise RequestError 415 for a body that would have to be unpacked first."""
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise RequestError(
            "A packed body is not taken: what it unpacks to has no limit.",
            code="unsupported_encoding",
            status=415,
            hint="Send the body as it is, without Content-Encoding.",
        )


def hint_of(route: RouteHandler) -> str:
    """Return what a route says of the methods that it does not take."""
    return route.instead if isinstance(route, Redirects) else ""


def method_not_allowed(methods: tuple[str, ...], instead: str = "") -> RequestError:
    """Return the 405 of a route; `instead` says where else to go."""
    return MethodError(
        "This route does not take that method.",
        methods,
        hint=f"Use {' or '.join(methods)}. {instead}".rstrip(),
    )


def known(call: Call, error: Exception) -> SeawallError:
    """Return the error to answer with; what nobody expected becomes a plain 500."""
    if isinstance(error, AuditError):
        return _audit_failed()
    if isinstance(error, SeawallError):
        return error
    if isinstance(error, _AWAY):
        return UnavailableError("The database cannot be used at the moment.", hint=_AGAIN)
    _log(call, error)
    return SeawallError("Something unexpected happened in the gateway.",
                        hint=f"Look for {call.request_id} in its log.")  # fmt: skip


def _audit_failed() -> SeawallError:
    error = SeawallError("The audit record could not be written, so nothing was released.",
                         hint="Try again; the operator must look at the data folder.")  # fmt: skip
    error.code, error.status = "audit_unavailable", 503
    return error


def _describe(call: Call, error: SeawallError) -> None:
    call.code = error.code
    if isinstance(error, BlockedError):
        call.result = "blocked"
    elif isinstance(error, UpstreamError) or error.status >= 500:
        call.result = "failed"
    else:
        call.result = "refused"


def _log(call: Call, error: Exception) -> None:
    """Log where it happened, without the error's text, which may quote the request."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in reversed(frames))
    log.error("unexpected %s in request %s at %s", type(error).__name__, call.request_id, where)
