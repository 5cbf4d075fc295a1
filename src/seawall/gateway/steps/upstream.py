"""Ask the provider: no redirects, no proxy from the environment, times and sizes limited."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from seawall.core.errors import MissingPartError, UpstreamError
from seawall.gateway.answers import UpstreamFailedError
from seawall.gateway.call import Call
from seawall.gateway.settings import Settings
from seawall.policy.model import Policy, Upstream
from seawall.wire import upstreams

_REJECTED = {
    "context_length_exceeded": "The prompt is longer than the model's context.",
    "string_above_max_length": "A text is longer than the provider accepts.",
    "content_filter": "The provider's own content filter refused the request.",
}
_MAX_ERROR = 64 * 1024
# A connection that breaks this soon without a byte of an answer had been closed while idle.
_STALE_SECONDS = 0.5


class Provider:
    """The one way to the providers. Holds their keys, which appear in no log and no answer."""

    def __init__(self, policy: Policy, env: Mapping[str, str], settings: Settings) -> None:
        self._settings = settings
        self._keys = {upstream.name: _key(upstream, env) for upstream in policy.upstreams}
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._settings.connect_seconds),
            auto_decompress=True,
        )

    async def close(self) -> None:
        """Close the connection pool."""
        if self._session is not None:
            await self._session.close()

    @contextlib.asynccontextmanager
    async def post(
        self, call: Call, upstream: Upstream, path: str, data: Any, *, stream: bool = False,
        content_type: str | None = "application/json", method: str = "POST",
    ) -> AsyncIterator[aiohttp.ClientResponse]:  # fmt: skip
        """Yield the provider's 2xx response. Raises UpstreamFailedError, also while it is read."""
        if self._session is None:
            raise MissingPartError("The connection pool is not open.")
        seconds, times = upstream.timeout_seconds, upstream.timeouts
        first = times.first_byte or seconds
        timeout = aiohttp.ClientTimeout(
            total=times.total or seconds * (self._settings.stream_factor if stream else 1),
            connect=times.connect or self._settings.connect_seconds,
            # aiohttp has one time for headers and pieces: the longer one; the shorter is ours.
            sock_read=max(first, times.idle or seconds),
        )
        headers = {
            "accept-encoding": "identity",
            "user-agent": "seawall",
            "x-seawall-request-id": call.request_id,
        }
        if content_type:
            headers["content-type"] = content_type
        headers.update(upstreams.of(upstream.kind).headers(self._keys[upstream.name]))
        url = upstream.base_url.rstrip("/") + path
        try:
            call.sent = True
            call.upstream_began = time.perf_counter()
            async with await _posted(
                self._session, method, url, first, data=data, headers=headers, timeout=timeout
            ) as response:
                call.upstream_status = response.status
                if not 200 <= response.status < 300:
                    call.sent = False
                    raise await _failure(response)
                yield response
        except aiohttp.ClientConnectorError:
            call.sent = False
            raise _unreachable() from None
        except aiohttp.ConnectionTimeoutError:
            call.sent = False
            raise _unreachable() from None
        except (TimeoutError, aiohttp.ClientError) as error:
            raise failure_of(error) from None
        finally:
            call.upstream_ended = time.perf_counter()

    async def whole(
        self, response: aiohttp.ClientResponse, upstream: Upstream | None = None,
        limit: int | None = None,
    ) -> bytes:  # fmt: skip
        """Return the response's body, of at most `limit` bytes (None: what the settings allow).

        Raises UpstreamError: too large, too slow, broken.
        """
        most = self._settings.max_answer if limit is None else limit
        return await _read(response, most, idle_seconds(upstream))


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
        f"The connection to the provider broke ({type(error).__name__}).",
        code="upstream_broken",
        hint="Try again.",
    )


async def _posted(
    session: aiohttp.ClientSession, method: str, url: str, first_byte: float, **fields: Any
) -> aiohttp.ClientResponse:
    """Ask; once more if an idle connection turns out to be closed by the other side.

    Raises aiohttp.ClientError, and TimeoutError when no headers come within `first_byte` seconds.
    Uploads are read once and never repeated.
    """

    async def once() -> aiohttp.ClientResponse:
        async with asyncio.timeout(first_byte):
            return await session.request(method, url, allow_redirects=False, **fields)

    began = time.monotonic()
    try:
        return await once()
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
        new = isinstance(error, aiohttp.ClientConnectorError)
        late = time.monotonic() - began > _STALE_SECONDS
        if new or late or not isinstance(fields["data"], bytes | None):
            raise
    return await once()


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


async def pieces_of(response: aiohttp.ClientResponse, idle: float | None) -> AsyncIterator[bytes]:
    """Yield the body as it comes; `idle` is the longest wait for a piece (seconds).

    Raises UpstreamFailedError when the provider is too slow or its connection breaks.
    """
    while True:
        try:
            if idle is None:
                piece = await response.content.readany()
            else:
                async with asyncio.timeout(idle):
                    piece = await response.content.readany()
        except (TimeoutError, aiohttp.ClientError) as error:
            raise failure_of(error) from None
        if not piece:
            return
        yield piece


def idle_seconds(upstream: Upstream | None) -> float | None:
    """Return the time between two pieces where the policy sets one of its own."""
    return None if upstream is None else upstream.timeouts.idle


async def _read(response: aiohttp.ClientResponse, limit: int, idle: float | None = None) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in pieces_of(response, idle):
        size += len(piece)
        if size > limit:
            raise UpstreamError("The provider's answer is too large.")
        pieces.append(piece)
    return b"".join(pieces)


def _unreachable() -> UpstreamFailedError:
    return UpstreamFailedError(
        "The provider cannot be reached.",
        code="upstream_unreachable",
        hint="Check base_url in the policy and the network.",
    )


def _retry_after(response: aiohttp.ClientResponse) -> int:
    value = response.headers.get("retry-after", "")
    return min(int(value), 3600) if value.isascii() and value.isdigit() and value else 1


async def _known_code(response: aiohttp.ClientResponse) -> str:
    """Return the provider's error code when it is one we know; its text is never used."""
    try:
        value = json.loads(await _read(response, _MAX_ERROR))
        code = value["error"]["code"]
    except (ValueError, LookupError, TypeError, RecursionError, UpstreamError):
        return ""
    return code if isinstance(code, str) and code in _REJECTED else ""


async def _failure(response: aiohttp.ClientResponse) -> UpstreamFailedError:
    status = response.status
    if status == 429:
        return UpstreamFailedError(
            "The provider is limiting its rate.", code="upstream_rate_limited", status=429,
            retry_after=_retry_after(response),
        )  # fmt: skip
    if status in (401, 403):
        return UpstreamFailedError(
            f"The provider refused the gateway's key (HTTP {status}).",
            code="upstream_refused_key",
            hint="Check the environment variable that the policy names.",
        )
    if 400 <= status < 500:
        code = await _known_code(response)
        message = _REJECTED.get(code, f"The provider refused the request (HTTP {status}).")
        return UpstreamFailedError(
            message, code=f"upstream_{code}" if code else "upstream_rejected", status=400
        )
    if status in (503, 529):
        return UpstreamFailedError(
            f"The provider is overloaded (HTTP {status}).", code="upstream_overloaded",
            status=503, retry_after=_retry_after(response),
        )  # fmt: skip
    return UpstreamFailedError(
        f"The provider failed (HTTP {status}).", code="upstream_error", hint="Try again."
    )
