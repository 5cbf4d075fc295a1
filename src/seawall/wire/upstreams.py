"""Formats that providers speak: a request out of an Exchange, and answers as chat answers."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from seawall.core.bearer import bearer
from seawall.core.exchange import Exchange
from seawall.wire import checks, openai_answer, openai_chat
from seawall.wire.anthropic.upstream import AnthropicUpstream
from seawall.wire.openai_answer import Answer
from seawall.wire.openai_responses.upstream import ResponsesUpstream


class Events(Protocol):
    """Reads the events of one stream. `done`: the provider has said that nothing follows."""

    done: bool

    def event(self, data: str) -> Answer | None:
        """Return what an event's data carries, None for nothing. Raises UpstreamError."""
        ...

    def alike(self, events: Iterable[str]) -> tuple[int, list[str]]:
        """Return a choice and the texts for it of the first events, which carry nothing else.

        No text: the next event has to be read by `event`.
        """
        ...

    def all_alike(self, events: Sequence[str]) -> tuple[int, list[str]]:
        """Like `alike` for events that all carry such a text; no text where one does not."""
        ...


class UpstreamFormat(Protocol):
    """One format in which providers are asked. `path` follows the upstream's `base_url`."""

    path: str

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers that carry the provider's key (none when it is empty)."""
        ...

    def request(
        self, exchange: Exchange, *, model: str, max_output_tokens: int, training_opt_out: bool,
        signed: bool, omitted: Collection[str] = (),
    ) -> bytes:  # fmt: skip
        """Return the body, written anew from what was inspected.

        `signed`: signatures of thoughts beside tool calls go along. `omitted`: fields of a chat
        that the provider refuses.
        Raises RequestError for what this kind of provider has no word for.
        """
        ...

    def whole(self, body: bytes, max_bytes: int) -> Answer:
        """Return what a whole answer says. Raises UpstreamError."""
        ...

    def events(self) -> Events:
        """Return a reader for one stream."""
        ...


class OpenAIUpstream:
    """Any provider with OpenAI's chat completions."""

    path = "/chat/completions"

    def headers(self, key: str) -> dict[str, str]:
        """Return the bearer header."""
        return bearer(key)

    def request(
        self, exchange: Exchange, *, model: str, max_output_tokens: int, training_opt_out: bool,
        signed: bool, omitted: Collection[str] = (),
    ) -> bytes:  # fmt: skip
        """Return the chat completion request."""
        return openai_chat.upstream_body(
            exchange,
            model=model,
            max_output_tokens=max_output_tokens,
            training_opt_out=training_opt_out,
            signed=signed,
            omitted=omitted,
        )

    def whole(self, body: bytes, max_bytes: int) -> Answer:
        """Return what a completion says. Raises UpstreamError."""
        return openai_answer.parse_completion(body, max_bytes=max_bytes)

    def events(self) -> Events:
        """Return a reader for chat chunks."""
        return openai_answer.ChunkEvents()


_KINDS: dict[str, UpstreamFormat] = {
    "anthropic": AnthropicUpstream(),
    "openai": OpenAIUpstream(),
}


_HOSTED = ResponsesUpstream()


def of(kind: str, exchange: Exchange | None = None) -> UpstreamFormat:
    """Return the format of the policy's `kind` of upstream.

    A request with the provider's own tools needs the one format that has them. Raises RequestError
    where this kind has none.
    """
    if exchange is None or not uses_hosted(exchange):
        return _KINDS[kind]
    if kind != "openai":
        hint = "The provider of this model has no such tools; ask for one of kind openai."
        checks.unsupported(_where(exchange), hint)
    return _HOSTED


def _where(exchange: Exchange) -> str:
    """Return where a request uses a provider's own tools first."""
    messages = exchange.body["messages"]
    at = next((index for index, one in enumerate(messages) if "hosted" in one), None)
    named = exchange.body["hosted_tools"] or at is None
    return "/hosted_tools/0" if named else f"/messages/{at}/hosted"


def uses_hosted(exchange: Exchange) -> bool:
    """Say whether a request offers tools that a provider runs, or holds calls of such."""
    return "hosted_tools" in exchange.body
