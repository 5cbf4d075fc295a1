"""Errors in Anthropic's form."""

from typing import Any

_TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error",
          404: "not_found_error", 405: "invalid_request_error", 408: "timeout_error",
          413: "request_too_large", 415: "invalid_request_error", 429: "rate_limit_error",
          503: "overloaded_error", 504: "timeout_error"}  # fmt: skip


# The client's tool runner asks for a thread, and goes on without one when it hears this.
_DETAILS = {"/thread": {"error_code": "thread_unsupported_request", "unsupported": ["thread"]}}


def error(body: dict[str, Any], status: int) -> dict[str, Any]:
    """Return `{"type": "error", "error": {...}, "request_id"}` of an OpenAI-style error object.

    `error` keeps `code`, `param` and `seawall`, which this format has no place for.
    """
    inner = body["error"]
    if details := _DETAILS.get(inner["param"] or ""):
        inner = {**inner, "details": details}
    return {
        "type": "error",
        "error": {**inner, "type": _TYPES.get(status, "api_error")},
        "request_id": inner["seawall"]["request_id"],
    }
