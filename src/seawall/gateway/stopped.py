"""The end of a drain: what is still open is told so, and ends before the server does."""

import asyncio
import logging
import socket
from collections.abc import Callable, MutableMapping
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from seawall.gateway.drain import Drain
from seawall.wire import strict_json
from seawall.wire.sse import named

log = logging.getLogger("seawall.gateway")
Say = Callable[[Scope, bool], dict[str, Any] | None]
"""What a request that is cut off is told: of it, and whether its answer has started."""
_EVENT_STREAM = b"text/event-stream"
# So long may requests that look at the drain take to end by themselves, and all to be gone.
_BY_THEMSELVES = 0.75
_ENDING = 5


class Server(uvicorn.Server):
    """uvicorn's server that waits for the requests which it ends: they still answer and record.

    `timeout_graceful_shutdown` of its settings is the time in which they may end by themselves.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain | None = None) -> None:
        self._grace = config.timeout_graceful_shutdown or 0
        config.timeout_graceful_shutdown = self._grace + _ENDING
        super().__init__(config)
        self._drain = drain or Drain()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain. Who tells the server twice to stop ends that at once; all is closed either way."""
        timer = asyncio.get_running_loop().call_later(self._grace, self._end)
        await super().shutdown(sockets)
        timer.cancel()
        if tasks := set(self.server_state.tasks):
            self._end()
            await asyncio.wait(tasks, timeout=_ENDING)
        elif self.force_exit:
            log.warning("the server was told twice to stop: nothing is waited for")
        if self.force_exit:  # uvicorn leaves this out then, and logs how the application is cut off
            await self.lifespan.shutdown()

    def _end(self) -> None:
        self._drain.end()
        asyncio.get_running_loop().call_later(_BY_THEMSELVES, self._cancel)
        if tasks := len(self.server_state.tasks):
            log.warning("the server stops: %d open requests are ended", tasks)

    def _cancel(self) -> None:
        for task in set(self.server_state.tasks):
            task.cancel()


class Stopped:
    """Answers a request that the server cancels because its time to drain is over."""

    def __init__(self, app: ASGIApp, say: Say) -> None:
        self._app, self._say = app, say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; a cancelled one is answered and ends like any other."""
        started: list[bytes] = []

        async def watched(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                started.append(dict(message["headers"]).get(b"content-type", b""))
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            await _answer(self._say(scope, bool(started)), started, send)


async def _answer(said: dict[str, Any] | None, started: list[bytes], send: Send) -> None:
    body = b"" if said is None else strict_json.dumps(said)
    if not started:
        headers = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
    elif body and started[0].startswith(_EVENT_STREAM):
        body = named("message", body)
    else:
        body = b""  # the rest of another answer cannot be made up
    await send({"type": "http.response.body", "body": body, "more_body": False})
