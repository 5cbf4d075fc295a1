"""Batches: every line of an input is a request of its own, every line of an output an answer."""

from collections.abc import Collection
from typing import Any

import msgspec

from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import Exchange
from seawall.wire import (
    chat_fields,
    checks,
    openai_answer,
    openai_chat,
    openai_embeddings,
    strict_json,
    usage,
)
from seawall.wire.formats import OPENAI_CHAT, ParseOptions
from seawall.wire.openai_objects import ENDPOINTS
from seawall.wire.usage import Usage

MOST_LINES = 10_000
_CHAT, _EMBEDDINGS = ENDPOINTS
_LINE_BYTES = 8 * 1024 * 1024


class Line(msgspec.Struct, kw_only=True):
    """One request of a batch, with its line number (from 1)."""

    number: int
    custom_id: str
    url: str
    exchange: Exchange


def parse(data: bytes, options: ParseOptions) -> list[Line]:
    """Return the requests of an input file: all for one endpoint, each with an id of its own.

    Raises RequestError that names the line and the field.
    """
    lines: list[Line] = []
    seen: set[str] = set()
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if not raw.strip():
            continue
        if len(lines) >= MOST_LINES:
            raise RequestError(f"The file has more than {MOST_LINES} lines.", code="file_too_large")
        try:
            line = _line(number, raw.strip(), options)
        except RequestError as error:
            raise _named(number, error) from None
        if line.custom_id in seen or line.url != (lines[0].url if lines else line.url):
            raise RequestError(
                f"Line {number} of the file repeats a custom_id or has another url.",
                code="invalid_file", param="/file",
            )  # fmt: skip
        seen.add(line.custom_id)
        lines.append(line)
    if not lines:
        raise RequestError("The file holds no requests.", code="invalid_file", param="/file")
    return lines


def _named(number: int, error: RequestError) -> RequestError:
    return RequestError(
        f"Line {number} of the file: {error.message}", code=error.code, status=error.status,
        param=f"/file/{number}{error.param}", hint=error.hint,
    )  # fmt: skip


def _line(number: int, raw: bytes, options: ParseOptions) -> Line:
    value = checks.obj(strict_json.loads(raw, max_bytes=_LINE_BYTES), "")
    checks.known(value, "", ("custom_id", "method", "url", "body"))
    custom = checks.identifier(checks.need(value, "", "custom_id"), "/custom_id")
    checks.one_of("POST")(checks.need(value, "", "method"), "/method")
    url = checks.need(value, "", "url")
    checks.one_of(*ENDPOINTS)(url, "/url")
    body = checks.obj(checks.need(value, "", "body"), "/body")
    form = OPENAI_CHAT if url == _CHAT else openai_embeddings.OpenAIEmbeddings()
    try:
        exchange = form.parse(strict_json.dumps(body), options)
        chat_fields.require_few_stops(exchange)
    except RequestError as error:
        raise RequestError(
            f"/body{error.message}" if error.message.startswith("/") else error.message,
            code=error.code, status=error.status, param=f"/body{error.param}", hint=error.hint,
        ) from None  # fmt: skip
    if exchange.stream:
        checks.refuse("/body/stream", "cannot be asked for in a batch")
    return Line(number=number, custom_id=custom, url=url, exchange=exchange)


def written(
    line: Line, *, model: str, max_output_tokens: int, training_opt_out: bool, signed: bool,
    omitted: Collection[str] = (),
) -> bytes:  # fmt: skip
    """Return a line for the provider, written anew from what was inspected."""
    if line.url == _CHAT:
        body = openai_chat.upstream_body(
            line.exchange, model=model, max_output_tokens=max_output_tokens,
            training_opt_out=training_opt_out, signed=signed, omitted=omitted,
        )  # fmt: skip
    else:
        body = openai_embeddings.upstream_body(line.exchange, model=model, omitted=omitted)
    value = {"custom_id": line.custom_id, "method": "POST", "url": line.url,
             "body": msgspec.Raw(body)}  # fmt: skip
    return msgspec.json.encode(value) + b"\n"


class Result(msgspec.Struct, kw_only=True):
    """One line of an output: the answer's body, or None where the provider failed."""

    custom_id: str
    body: bytes | None
    status: int


def results(data: bytes) -> list[Result]:
    """Return the lines of an output or error file. Raises UpstreamError."""
    found = []
    for raw in data.split(b"\n"):
        if not raw.strip():
            continue
        try:
            value = strict_json.loads(raw.strip(), max_bytes=4 * _LINE_BYTES)
        except RequestError as error:
            raise _bad(error.code) from None
        if not isinstance(value, dict) or not checks.is_identifier(value.get("custom_id")):
            raise _bad("a line has no custom_id")
        answer = value.get("response")
        answer = answer if isinstance(answer, dict) else {}
        status = answer.get("status_code")
        status = status if isinstance(status, int) and 100 <= status < 600 else 500
        body = strict_json.dumps(answer.get("body")) if status == 200 else None
        found.append(Result(custom_id=value["custom_id"], body=body, status=status))
    return found


def usage_of(result: Result) -> Usage | None:
    """Return what an answer says that it used; None where it does not say it all."""
    body = msgspec.json.decode(result.body) if result.body is not None else None
    told = body.get("usage") if isinstance(body, dict) else None
    found = usage.read(told)
    chat = isinstance(body, dict) and "choices" in body
    if found is None or not found.prompt_tokens or (chat and not found.completion_tokens):
        return None
    return found


def _bad(what: str) -> UpstreamError:
    return UpstreamError(f"The provider's file cannot be read: {what}.")


def answer_line(result: Result, request_id: str, body: dict[str, Any] | None) -> bytes:
    """Return a line for the client; `body` None says that the request failed."""
    number = {"id": f"batch_req_{result.custom_id}", "custom_id": result.custom_id}
    if body is None:
        error = {"code": "provider_error", "message": "The provider did not answer this request."}
        return strict_json.dumps({**number, "response": None, "error": error}) + b"\n"
    response = {"status_code": 200, "request_id": request_id, "body": body}
    return strict_json.dumps({**number, "response": response, "error": None}) + b"\n"


def embeddings_body(raw: bytes, exchange: Exchange, seawall: dict[str, Any]) -> dict[str, Any]:
    """Return one line's vectors, checked as those of a request. Raises UpstreamError."""
    vectors = openai_embeddings.parse_answer(raw, exchange)
    return openai_embeddings.answer(exchange, vectors, 0, seawall)


def chat_answer(raw: bytes) -> openai_answer.Answer:
    """Return one line's completion. Raises UpstreamError."""
    return openai_answer.parse_completion(raw, max_bytes=4 * _LINE_BYTES)
