"""Formats that clients speak: each is a translator to and from the OpenAI chat form inside.

Inside, a request is an `Exchange` whose body is a chat completion request, a whole answer is a
`chat.completion` object, and a stream is `chat.completion.chunk` objects. Guards, limits, tool
rules and the audit know only these, so a new format is a new translator and nothing else.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.wire import documents, openai_chat, places, sse, strict_json
from seawall.wire.hosted import kinds


class ParseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What reading a request depends on.

    `max_bytes`: the longest body. `deployment`: the model that the path names. `hosted`: the
    provider's own tools that the policy allows, where a format knows them.
    """

    markers: documents.Markers
    trusted_tools: Collection[str] = ()
    max_bytes: int = strict_json.MAX_BYTES
    request_id: str = ""
    deployment: str = ""
    hosted: kinds.Rules = {}


def exchange_of_chat(
    chat: dict[str, Any], options: ParseOptions, where: dict[str, str], *, native: bool = False
) -> Exchange:
    """Return the exchange of a chat that a client's own form was turned into.

    `where` maps its pointers to the client's. Raises RequestError that points there.
    """
    try:
        return openai_chat.exchange_of(
            chat, options.markers, trusted_tools=options.trusted_tools,
            request_id=options.request_id, native=native,
        )  # fmt: skip
    except RequestError as error:
        places.moved(error, where)


class Renderer(Protocol):
    """Writes one stream in the client's format. Every method returns bytes to send."""

    def start(self) -> bytes:
        """Return what stands before the first chunk."""
        ...

    def chunk(self, chunk: dict[str, Any]) -> bytes:
        """Return one chat chunk in the client's format."""
        ...

    def end(self, chunks: list[dict[str, Any]], seawall: dict[str, Any]) -> bytes:
        """Return the last chunks and the end; the very last object carries `seawall`.

        A chunk without choices and with `usage` is among them when the usage is known.
        """
        ...

    def error(self, body: dict[str, Any], status: int) -> bytes:
        """Return the end of a stream that broke; `body` is an OpenAI-style error object."""
        ...


class RequestFormat(Protocol):
    """One format of requests."""

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError whose `param` points into the client's body."""
        ...


class ClientFormat(Protocol):
    """One format in which clients ask and are answered."""

    surface: str

    def accept(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers with the key as `authorization`. Raises RequestError."""
        ...

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError whose `param` points into the client's body."""
        ...

    def whole(self, completion: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
        """Return a chat completion, its `seawall` field included, in the client's format."""
        ...

    def stream(self, exchange: Exchange) -> Renderer:
        """Return the writer of this exchange's stream."""
        ...

    def error(self, body: dict[str, Any], status: int) -> dict[str, Any]:
        """Return an OpenAI-style error object (`{"error": {...}}`) in the client's format."""
        ...


class OpenAIChat:
    """OpenAI's chat completions: what goes on inside, as it stands."""

    surface = "chat"

    def accept(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers as they are."""
        return headers

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError."""
        return openai_chat.parse_request(
            body,
            options.markers,
            trusted_tools=options.trusted_tools,
            max_bytes=options.max_bytes,
            request_id=options.request_id,
            deployment=options.deployment,
        )

    def whole(self, completion: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
        """Return the completion as it is."""
        return completion

    def stream(self, exchange: Exchange) -> Renderer:
        """Return the writer of chat chunks."""
        options = exchange.body.get("stream_options") or {}
        return OpenAIChunks(usage=bool(options.get("include_usage")))

    def error(self, body: dict[str, Any], status: int) -> dict[str, Any]:
        """Return the error as it is."""
        return body


class OpenAIChunks:
    """Chat chunks as server-sent events; `usage`: the client asked for the usage chunk."""

    def __init__(self, *, usage: bool) -> None:
        self._usage = usage

    def start(self) -> bytes:
        """Return nothing: the first chunk is the start."""
        return b""

    def chunk(self, chunk: dict[str, Any]) -> bytes:
        """Return the chunk as one event."""
        return sse.event(strict_json.dumps(chunk))

    def end(self, chunks: list[dict[str, Any]], seawall: dict[str, Any]) -> bytes:
        """Return the last chunks and `[DONE]`."""
        kept = [chunk for chunk in chunks if chunk["choices"] or self._usage]
        *before, last = kept
        events = [self.chunk(chunk) for chunk in before]
        return b"".join([*events, self.chunk({**last, "seawall": seawall}), sse.DONE])

    def error(self, body: dict[str, Any], status: int) -> bytes:
        """Return the error event; no `[DONE]` follows."""
        return sse.event(strict_json.dumps(body))


OPENAI_CHAT = OpenAIChat()
