"""What the gateway answers: JSON bodies, error objects and headers."""

from typing import Any
from urllib.parse import quote

import msgspec

from seawall.core.errors import RequestError, SeawallError, UpstreamError
from seawall.gateway.call import Call
from seawall.gateway.reservations import LimitError
from seawall.wire import places, strict_json

JSON = "application/json"
_TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error",
          404: "invalid_request_error", 405: "invalid_request_error",
          408: "invalid_request_error", 413: "invalid_request_error",
          415: "invalid_request_error", 429: "rate_limit_error"}  # fmt: skip


class BlockedError(SeawallError):
    """The guard or a tool rule refused the request; the block mode says how that is answered."""

    code = "content_filter"
    status = 400


class Answer(msgspec.Struct, kw_only=True):
    """One whole HTTP answer."""

    status: int
    body: Any
    headers: dict[str, str] = {}
    raw: bytes | None = None

    def encode(self) -> bytes:
        """Return the body: `raw` as it is, or JSON."""
        return strict_json.dumps(self.body) if self.raw is None else self.raw


def error_body(call: Call, error: SeawallError) -> dict[str, Any]:
    """Return the OpenAI-style error object of an error."""
    controls = [*call.blocked_by]
    if isinstance(error, LimitError):
        controls = [error.control]
    action = "block" if controls else "refuse"
    message, param = _told(call, error)
    return {
        "error": {
            "message": f"{message} {error.hint}".strip(),
            "type": _TYPES.get(error.status, "api_error"),
            "param": param,
            "code": error.code,
            "seawall": {
                "request_id": call.request_id,
                "controls": controls,
                "action": action,
            },
        }
    }


def _told(call: Call, error: SeawallError) -> tuple[str, str | None]:
    """Return the sentence, and the field's pointer, both in terms of the client's own body."""
    if not isinstance(error, RequestError) or not error.param:
        return error.message, None
    return places.told(error, call.exchange.places if call.exchange else {})


class MethodError(RequestError):
    """A route does not take this method; `methods` are those that it takes."""

    def __init__(self, message: str, methods: tuple[str, ...], *, hint: str) -> None:
        super().__init__(message, code="method_not_allowed", status=405, hint=hint)
        self.methods = methods


def error_answer(call: Call, error: SeawallError) -> Answer:
    """Return the answer to an error, with the headers that HTTP asks for (Retry-After, Allow)."""
    headers: dict[str, str] = {}
    if isinstance(error, LimitError):
        headers = error.headers()
    elif error.retry_after:
        headers = {"retry-after": f"{error.retry_after:.0f}"}
    elif isinstance(error, MethodError):
        headers = {"allow": ", ".join(error.methods)}
    elif error.status == 401:
        headers = {"www-authenticate": "Bearer"}
    elif error.status in (408, 413):
        headers = {"connection": "close"}
    return Answer(status=error.status, body=error_body(call, error), headers=headers)


class UpstreamFailedError(UpstreamError):
    """The provider failed; the message is ours, because its text was never inspected.

    `gone`: what was asked for is not there.
    """

    def __init__(
        self, message: str, *, code: str, status: int = 502, retry_after: int = 0, hint: str = "",
        gone: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message, hint=hint)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.gone = gone


def header_value(text: str) -> str:
    """Return text for a header: as it stands when ASCII, otherwise percent-encoded UTF-8."""
    return text if text.isascii() and text.isprintable() else quote(text, safe=" ,.;:!?()'-")


def common_headers(call: Call, disclosure: str) -> dict[str, str]:
    """Return the headers that every answer carries, and those of a blocked one.

    OpenAI's and Anthropic's clients look for a request's id under names of their own.
    """
    name = call.request_id
    headers = {"x-seawall-request-id": name, "x-request-id": name, "request-id": name,
               "cache-control": "no-store", "x-content-type-options": "nosniff"}  # fmt: skip
    if disclosure:
        headers["x-seawall-disclosure"] = header_value(disclosure)
    if controls := call.blocked_by:
        headers["x-seawall-controls"] = ",".join(controls)
    return headers
