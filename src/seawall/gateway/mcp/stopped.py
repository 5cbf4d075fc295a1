"""What clients get whose requests are still open when the proxy stops: an error, no broken line."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from seawall.gateway.mcp import messages
from seawall.wire import strict_json

ASKED = "seawall.mcp.id"
"""In an ASGI scope: the id of the message that is being answered."""
_EVENT_STREAM = b"text/event-stream"


class Stopped:
    """Answers a request that the server cancels because its time to drain is over."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
            await _answer(scope.get(ASKED), started, send)


async def _answer(asked: Any, started: list[bytes], send: Send) -> None:
    said = strict_json.dumps(messages.error(asked, "The proxy was stopped.", messages.INTERNAL))
    if not started:
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
    elif asked is None or not started[0].startswith(_EVENT_STREAM):
        said = b""  # the rest of another answer cannot be made up
    else:
        said = b"event: message\ndata: " + said + b"\n\n"
    await send({"type": "http.response.body", "body": said, "more_body": False})
