"""OpenAI's embeddings: texts in as parts, vectors back as checked numbers."""

import base64
import binascii
import math
import struct
from collections.abc import Collection
from typing import Any, Literal

import msgspec

from seawall.core import ids
from seawall.core.errors import UpstreamError
from seawall.core.exchange import Exchange, Part, Role, Stage, Surface, Trust
from seawall.core.notjson import NOT_JSON
from seawall.wire import azure, checks, provider_fields, strict_json
from seawall.wire.formats import ParseOptions
from seawall.wire.usage import Usage

_MOST_INPUTS = 2048
_MOST_NUMBERS = 65_536
_FIELDS = ("input", "model", "dimensions", "encoding_format", "user")


class OpenAIEmbeddings:
    """Reads requests for embeddings."""

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request; its inputs are the user's text. Raises RequestError.

        Arrays of tokens are refused: nobody can inspect them.
        """
        value = checks.obj(strict_json.loads(body, max_bytes=options.max_bytes), "")
        azure.put_model(value, options.deployment)
        checks.known(value, "", _FIELDS)
        model = checks.string(checks.need(value, "", "model"), "/model", high=256)
        parts = _parts(checks.need(value, "", "input"))
        if "dimensions" in value:
            checks.integer(1, _MOST_NUMBERS)(value["dimensions"], "/dimensions")
        if "encoding_format" in value:
            checks.one_of("float", "base64")(value["encoding_format"], "/encoding_format")
        if "user" in value:
            parts.append(_part("/user", checks.string(value["user"], "/user", high=512)))
        return Exchange(
            request_id=options.request_id or ids.request_id(),
            surface=Surface.EMBEDDINGS,
            model=model,
            body=value,
            parts=parts,
            user=value.get("user", ""),
        )


def _parts(value: Any) -> list[Part]:
    if isinstance(value, str):
        return [_text(value, "/input")]
    found = checks.array(value, "/input", low=1, high=_MOST_INPUTS)
    if any(isinstance(item, int | list) for item in found):
        checks.unsupported("/input", "Send text: tokens cannot be inspected.")
    return [_text(item, f"/input/{index}") for index, item in enumerate(found)]


def _text(value: Any, at: str) -> Part:
    return _part(at, checks.string(value, at) or checks.refuse(at, "must not be empty"))


def _part(at: str, text: str) -> Part:
    return Part(pointer=at, role=Role.USER, trust=Trust.USER, stage=Stage.INPUT, text=text)


def upstream_body(exchange: Exchange, *, model: str, omitted: Collection[str] = ()) -> bytes:
    """Serialise the request for the provider from the inspected body, without what it refuses."""
    body = {**exchange.body, "model": model}
    provider_fields.leave_out(body, omitted)
    return strict_json.dumps(body)


class _Row(msgspec.Struct):
    index: int
    embedding: str | list[float]


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0


class _Answer(msgspec.Struct):
    data: list[_Row]
    usage: _Usage | None = None


class Vectors(msgspec.Struct, kw_only=True):
    """What a provider answered: one vector for each input, in order, as the client wants them."""

    vectors: list[list[float]] | list[str]
    usage: Usage | None = None


def parse_answer(body: bytes, exchange: Exchange) -> Vectors:
    """Read an answer: as many vectors as inputs, equally long, of finite numbers.

    Raises UpstreamError for anything else; no other field is read.
    """
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except NOT_JSON:
        raise _bad("it is no list of embeddings") from None
    inputs = exchange.body["input"]
    count = 1 if isinstance(inputs, str) else len(inputs)
    rows = sorted(answer.data, key=lambda row: row.index)
    if [row.index for row in rows] != list(range(count)):
        raise _bad("it has not one embedding for each input")
    numbers = [_numbers(row.embedding) for row in rows]
    length = exchange.body.get("dimensions") or len(numbers[0])
    if not 1 <= length <= _MOST_NUMBERS or any(len(vector) != length for vector in numbers):
        raise _bad("an embedding has the wrong number of dimensions")
    usage = None
    if answer.usage is not None and answer.usage.prompt_tokens > 0:
        usage = Usage(prompt_tokens=answer.usage.prompt_tokens, completion_tokens=0)
    wanted = exchange.body.get("encoding_format", "float")
    return Vectors(vectors=_encoded(numbers, wanted), usage=usage)


def _numbers(value: str | list[float]) -> list[float]:
    """Return the finite numbers of an embedding: a list, or base64 of 32-bit floats."""
    if isinstance(value, str):
        try:
            raw = base64.b64decode(value, validate=True)
            value = list(struct.unpack(f"<{len(raw) // 4}f", raw))
        except (binascii.Error, ValueError, struct.error):
            raise _bad("an embedding is not base64 of 32-bit numbers") from None
    if not all(map(math.isfinite, value)):
        raise _bad("an embedding holds what is not a number")
    return value


def _encoded(
    numbers: list[list[float]], wanted: Literal["float", "base64"]
) -> list[list[float]] | list[str]:
    if wanted == "float":
        return numbers
    try:
        packed = [struct.pack(f"<{len(vector)}f", *vector) for vector in numbers]
    except OverflowError:
        raise _bad("an embedding holds a number that is too large") from None
    return [base64.b64encode(data).decode("ascii") for data in packed]


def answer(
    exchange: Exchange, vectors: Vectors, estimate: int, seawall: dict[str, Any]
) -> dict[str, Any]:
    """Return the answer for the client; `estimate` tokens where the provider did not count."""
    used = vectors.usage.prompt_tokens if vectors.usage else estimate
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": vector}
            for index, vector in enumerate(vectors.vectors)
        ],
        "model": exchange.model,
        "usage": {"prompt_tokens": used, "total_tokens": used},
        "seawall": seawall,
    }


def _bad(what: str) -> UpstreamError:
    return UpstreamError(f"The provider's answer cannot be read: {what}.")
