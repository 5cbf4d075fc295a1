"""Ask the provider: no redirects, no proxy from the environment, times and sizes limited."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from types import TracebackType

from seawall.core.errors import MissingPartError, UpstreamError
from seawall.gateway.answers import UpstreamFailedError
from seawall.gateway.call import Call
from seawall.gateway.http.errors import ConnectError, HttpError
from seawall.gateway.http.pool import Body, Pool
from seawall.gateway.http.response import Response, Times
from seawall.gateway.settings import Settings
from seawall.gateway.steps import refusals
from seawall.policy.model import Policy, Upstream
from seawall.wire import azure, upstreams

_MAX_ERROR, _ERROR_SECONDS = 64 * 1024, 2.0


class Provider:
    """The one way to the providers. Holds their keys, which appear in no log and no answer."""

    def __init__(self, policy: Policy, env: Mapping[str, str], settings: Settings) -> None:
        self._settings = settings
        self._asked = {x.name: _Asked(x, _key(x, env), settings) for x in policy.upstreams}
        self._pool: Pool | None = None

    async def open(self) -> None:
        """Open the connection pool."""
        self._pool = Pool()

    async def close(self) -> None:
        """Close the connection pool."""
        if self._pool is not None:
            self._pool.close()

    def post(
        self, call: Call, upstream: Upstream, path: str, data: Body, *, stream: bool = False,
        content_type: str | None = "application/json", method: str = "POST", model: str = "",
    ) -> "Posted":  # fmt: skip
        """Return a block around the provider's 2xx response.

        `model`: the provider's name of it, which Azure has in its paths. The block raises
        UpstreamFailedError, also while the response is read.
        """
        if self._pool is None:
            raise MissingPartError("The connection pool is not open.")
        asked = self._asked[upstream.name]
        headers = {**asked.headers, "x-seawall-request-id": call.request_id}
        if content_type:
            headers["content-type"] = content_type
        if upstream.api_version:
            path = azure.address(path, upstream.api_version, upstream.base_url, model)
        connect = upstream.timeouts.connect or self._settings.connect_seconds
        request = partial(
            self._pool.request, method, upstream.base_url, path, headers=headers, body=data,
            times=asked.streamed if stream else asked.whole, connect_seconds=connect,
        )  # fmt: skip
        return Posted(call, request)

    async def whole(self, response: Response, limit: int | None = None) -> bytes:
        """Return the response's body, of at most `limit` bytes (None: what the settings allow).

        Raises UpstreamError: too large, too slow, broken.
        """
        return await _read(response, self._settings.max_answer if limit is None else limit)


class _Asked:
    """What is the same in every request to one provider."""

    def __init__(self, upstream: Upstream, key: str, settings: Settings) -> None:
        self.headers = {
            "accept-encoding": "identity",
            "user-agent": "seawall",
            **_credentials(upstream, key),
        }
        seconds, times = upstream.timeout_seconds, upstream.timeouts
        first = times.first_byte or seconds
        read = times.idle or max(first, seconds)
        self.whole = Times(first, read, times.total or seconds)
        self.streamed = Times(first, read, times.total or seconds * settings.stream_factor)


class Posted:
    """One request, open while its block runs; leaving it early tells the provider."""

    def __init__(self, call: Call, request: Callable[[], Awaitable[Response]]) -> None:
        self._call, self._request = call, request
        self._response: Response | None = None

    async def __aenter__(self) -> Response:
        call = self._call
        call.sent = True
        if (hear := call.when_asked) is not None:
            call.when_asked = None  # it holds the call
            hear()
        call.upstream_began = time.perf_counter()
        try:
            response = await self._request()
            call.upstream_status = response.status
            if not 200 <= response.status < 300:
                call.sent = False
                try:
                    said = await _said(response)
                    failure = refusals.failure(response.status, response.headers, said)
                    # Its own filter has read the prompt, and some providers bill that.
                    call.unanswered = call.sent = failure.code == "upstream_content_filter"
                    raise failure
                finally:
                    response.close()
        except BaseException as error:
            call.upstream_ended = time.perf_counter()
            if isinstance(error, ConnectError):
                call.sent = False
                raise _unreachable() from None
            if isinstance(error, HttpError | TimeoutError):
                raise failure_of(error) from None
            raise
        self._response = response
        return response

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call.upstream_ended = time.perf_counter()
        if self._response is not None:
            self._response.close()
        if isinstance(error, HttpError | TimeoutError):
            raise failure_of(error) from None


def failure_of(error: Exception) -> UpstreamFailedError:
    """Return the error of a provider that is too slow or whose connection broke."""
    if isinstance(error, TimeoutError):
        return UpstreamFailedError(
            "The provider did not answer in time.",
            code="upstream_timeout",
            status=504,
            hint="Try again, or raise timeout_seconds in the policy.",
        )
    return UpstreamFailedError(
        "The connection to the provider broke.",
        code="upstream_broken",
        hint="Try again.",
    )


def _credentials(upstream: Upstream, key: str) -> dict[str, str]:
    if upstream.api_version:
        return {"api-key": key} if key else {}
    return upstreams.of(upstream.kind).headers(key)


def _key(upstream: Upstream, env: Mapping[str, str]) -> str:
    if upstream.secret:
        return env[f"secret:{upstream.secret}"].strip()
    if not upstream.api_key_env:
        return ""
    key = env.get(upstream.api_key_env, "").strip()
    if not key:
        raise MissingPartError(
            f"The upstream {upstream.name!r} takes its key from ${upstream.api_key_env}, "
            "which is not set.",
            hint=f"export {upstream.api_key_env}=... and start again.",
        )
    if not key.isascii() or not key.isprintable():
        raise MissingPartError(f"${upstream.api_key_env} does not hold a key.")
    return key


async def pieces_of(response: Response) -> AsyncIterator[bytes]:
    """Yield the body as it comes.

    Raises UpstreamFailedError when the provider is too slow or its connection breaks.
    """
    while True:
        try:
            piece = await response.piece()
        except HttpError as error:
            raise failure_of(error) from None
        if not piece:
            return
        yield piece


async def taken(response: Response, take: Callable[[bytes], bool]) -> bool:
    """Give the body to `take` as it comes, until that returns True; return False at its end.

    `take` is called where the bytes arrive and must be quick. Raises UpstreamFailedError as
    `pieces_of` does.
    """
    try:
        return await response.into(take)
    except HttpError as error:
        raise failure_of(error) from None


async def _read(response: Response, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in pieces_of(response):
        size += len(piece)
        if size > limit:
            raise UpstreamError("The provider's answer is too large.")
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _unreachable() -> UpstreamFailedError:
    return UpstreamFailedError(
        "The provider cannot be reached.",
        code="upstream_unreachable",
        hint="Check base_url in the policy and the network.",
    )


async def _said(response: Response) -> refusals.Told:
    """Return what a refusal says; nothing where that is too long, too slow or breaks."""
    if not 400 <= response.status < 500:
        return refusals.Told()
    try:
        async with asyncio.timeout(_ERROR_SECONDS):
            return refusals.told(await _read(response, _MAX_ERROR))
    except (UpstreamError, TimeoutError):
        return refusals.Told()
