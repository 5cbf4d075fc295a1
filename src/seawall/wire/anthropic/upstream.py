"""Providers with Anthropic's messages."""

from collections.abc import Collection

from seawall.core.exchange import Exchange
from seawall.wire.anthropic import upstream_answer, upstream_request
from seawall.wire.openai_answer import Answer

VERSION = "2023-06-01"


class AnthropicUpstream:
    """Asks for messages and reads them as chat answers."""

    path = "/messages"

    def headers(self, key: str) -> dict[str, str]:
        """Return the version, and the key where there is one."""
        return {"anthropic-version": VERSION, **({"x-api-key": key} if key else {})}

    def request(
        self, exchange: Exchange, *, model: str, max_output_tokens: int, training_opt_out: bool,
        signed: bool, omitted: Collection[str] = (),
    ) -> bytes:  # fmt: skip
        """Return the messages request; it has no field for the training opt-out.

        Raises RequestError for what this kind of provider has no word for.
        """
        return upstream_request.upstream_body(
            exchange, model=model, max_output_tokens=max_output_tokens
        )

    def whole(self, body: bytes, max_bytes: int) -> Answer:
        """Return what a message says. Raises UpstreamError."""
        return upstream_answer.parse_message(body, max_bytes=max_bytes)

    def events(self) -> upstream_answer.MessageEvents:
        """Return a reader for message events."""
        return upstream_answer.MessageEvents()
