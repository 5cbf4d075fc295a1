"""The Responses API as a client format. One object serves one request."""

from collections.abc import Mapping
from typing import Any

from seawall.core.exchange import Exchange
from seawall.wire.formats import ParseOptions
from seawall.wire.hosted import definitions
from seawall.wire.openai_responses import answer, request
from seawall.wire.openai_responses.request import Asked
from seawall.wire.openai_responses.stream import ResponseEvents


class OpenAIResponses:
    """One request that `request.read` read, with the chat messages of the turns before it.

    `keeps`: the gateway keeps turns that ask for it. `ids`: of the caller's own objects. `asked` is
    what the answer must know; `parse` sets it.
    """

    surface = "responses"

    def __init__(
        self,
        value: dict[str, Any] | None = None,
        earlier: list[dict[str, Any]] | None = None,
        *,
        keeps: bool = False,
        ids: definitions.Ids | None = None,
    ) -> None:
        self._value = value
        self._earlier = earlier
        self._keeps = keeps
        self._ids = ids
        self.asked = Asked()

    def accept(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers as they are."""
        return headers

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError."""
        value = self._value
        if value is None:
            value = request.read(body, max_bytes=options.max_bytes)
        exchange, self.asked = request.translate(value, options, self._earlier, self._ids)
        self.asked.store = self.asked.store and self._keeps
        return exchange

    def whole(self, completion: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
        """Return the response."""
        return answer.whole(completion, exchange, self.asked)

    def stream(self, exchange: Exchange) -> ResponseEvents:
        """Return the writer of this exchange's events."""
        return ResponseEvents(exchange, self.asked)

    def error(self, body: dict[str, Any], status: int) -> dict[str, Any]:
        """Return the error as it is."""
        return body
