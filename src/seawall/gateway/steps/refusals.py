"""What a provider's refusal says, in words of ours: its own text was never inspected."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from seawall.gateway.answers import UpstreamFailedError
from seawall.wire import chat_fields
from seawall.wire.anthropic import fields as anthropic_fields
from seawall.wire.provider_fields import OMISSIBLE

_REJECTED = {
    "context_length_exceeded": "The prompt is longer than the model's context.",
    "string_above_max_length": "A text is longer than the provider accepts.",
    "content_filter": "The provider's own content filter refused the request.",
}
_FIELDS = (
    chat_fields.ALL
    | anthropic_fields.ALL
    | {"dimensions", "encoding_format", "input", "language", "prompt", "quality", "size", "voice"}
)
_FIRST_WORD = re.compile(r"[a-z_]{1,40}(?=[.:\[]|\Z)")
_QUOTED = re.compile(r"""["'`]([a-z_]{1,40})["'`.\[]""")
_QUOTA = "insufficient_quota"


class Told(NamedTuple):
    """An error code that we know, and a field of requests by its name; "" for none.

    `omissible`: the policy can leave it out.
    """

    code: str = ""
    field: str = ""
    omissible: bool = False


def told(data: bytes) -> Told:
    """Return what an error's body says that is one of our own words; nothing else of it."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return Told()
    value = value[0] if isinstance(value, list) and value else value  # Google's are a list
    error = value.get("error") if isinstance(value, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    known = code if isinstance(code, str) and (code in _REJECTED or code == _QUOTA) else ""
    field = next((name for name in map(_field, _places(value)) if name), "")
    anthropic = isinstance(value, dict) and value.get("type") == "error"
    return Told(known, field, field in OMISSIBLE and not anthropic)


def _places(value: Any) -> Iterator[Any]:
    """Yield where errors name a field: OpenAI's, Anthropic's, Google's, FastAPI servers'."""
    if not isinstance(value, dict):
        return
    error, detail, message = (value.get(key) for key in ("error", "detail", "message"))
    if isinstance(error, dict):
        yield error.get("param")
        yield error.get("message")
        if isinstance(said := error.get("message"), str):
            yield from _QUOTED.findall(said)
    for listed in (detail, message.get("detail") if isinstance(message, dict) else None):
        for one in listed if isinstance(listed, list) else ():
            where = one.get("loc") if isinstance(one, dict) else None
            if isinstance(where, list):
                yield next((name for name in where if name != "body"), None)


def _field(place: Any) -> str:
    word = _FIRST_WORD.match(place) if isinstance(place, str) else None
    return word[0] if word and word[0] in _FIELDS else ""


def failure(status: int, headers: Mapping[str, str], said: Told) -> UpstreamFailedError:
    """Return the error of an answer that is none of 2xx."""
    if status == 429:
        return _too_many(headers, said)
    if status in (401, 403):
        return UpstreamFailedError(
            f"The provider refused the gateway's key (HTTP {status}).",
            code="upstream_refused_key",
            hint="Check the environment variable that the policy names.",
        )
    if 400 <= status < 500:
        return _refused(status, said)
    if status in (503, 529):
        return UpstreamFailedError(
            f"The provider is overloaded (HTTP {status}).", code="upstream_overloaded",
            status=503, retry_after=_retry_after(headers),
        )  # fmt: skip
    return UpstreamFailedError(
        f"The provider failed (HTTP {status}).", code="upstream_error", hint="Try again."
    )


def _too_many(headers: Mapping[str, str], said: Told) -> UpstreamFailedError:
    spent = said.code == _QUOTA
    return UpstreamFailedError(
        "The provider's quota is used up." if spent else "The provider is limiting its rate.",
        code="upstream_rate_limited", status=429, retry_after=_retry_after(headers),
        hint="Check plan and billing of the account there." if spent else "",
    )  # fmt: skip


def _refused(status: int, said: Told) -> UpstreamFailedError:
    message, hint = f"The provider refused the request (HTTP {status}).", ""
    if said.code in _REJECTED:
        message = _REJECTED[said.code]
    elif said.field == "model" or status in (404, 410):
        hint = "Check base_url of the upstream, and upstream_model of the model, in the policy."
    elif said.field:
        message = f"The provider refused the request for its {said.field} (HTTP {status})."
        hint = "Change it or leave it out."
        if said.omissible:
            hint += f" `omit: [{said.field}]` of the upstream in the policy does so for all."
    elif status == 402:
        hint = "It wants to be paid: check the balance of the account there."
    code = said.code if said.code in _REJECTED else "rejected"
    return UpstreamFailedError(
        message, code=f"upstream_{code}", status=400, hint=hint, gone=status in (404, 410)
    )


def _retry_after(headers: Mapping[str, str]) -> int:
    value = headers.get("retry-after", "")
    return min(int(value), 3600) if value.isascii() and value.isdigit() and value else 1
