"""Anthropic's messages as a format in which clients ask."""

from collections.abc import Mapping
from typing import Any

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.wire.anthropic import answer, errors, request
from seawall.wire.credentials import as_bearer
from seawall.wire.formats import ParseOptions, Renderer

VERSIONS = ("2026-10-21", "2023-06-01")
"""Versions of the interface whose fields are known here; both have the same forms."""


class AnthropicMessages:
    """Requests, answers, streams and errors as Anthropic's clients know them."""

    surface = "messages"

    def accept(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return the headers with the key of `x-api-key` as `authorization`.

        Raises RequestError: 400 for another `anthropic-version`, 401 for two different keys.
        """
        version = headers.get("anthropic-version", VERSIONS[0])
        if version not in VERSIONS:
            raise RequestError(
                "This anthropic-version is not known here.", code="unsupported_version",
                hint=f"Send anthropic-version: {VERSIONS[0]}.",
            )  # fmt: skip
        return as_bearer(headers, "x-api-key")

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError."""
        return request.parse(body, options)

    def whole(self, completion: dict[str, Any], exchange: Exchange) -> dict[str, Any]:
        """Return the completion as a message."""
        return answer.whole(completion, exchange)

    def stream(self, exchange: Exchange) -> Renderer:
        """Return the writer of message events."""
        return answer.Events(exchange)

    def error(self, body: dict[str, Any], status: int) -> dict[str, Any]:
        """Return the error in Anthropic's form."""
        return errors.error(body, status)


class AnthropicCount(AnthropicMessages):
    """The same request, only to be counted."""

    surface = "count-tokens"

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request, which needs no `max_tokens`. Raises RequestError."""
        return request.parse(body, options, counting=True)


MESSAGES = AnthropicMessages()
COUNT = AnthropicCount()
