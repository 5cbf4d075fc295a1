"""OpenAI's images: prompts and uploaded pictures in, pictures and links out."""

import base64
import binascii
import re
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from seawall.core import ids
from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Part, Role, Stage, Surface, Trust
from seawall.wire import azure, checks, form, images, strict_json
from seawall.wire.checks import Check
from seawall.wire.direct import (
    Outgoing,
    Reading,
    Rendered,
    Units,
    answered,
    bad,
    count,
    found,
    said,
    shown,
    usage_of,
)
from seawall.wire.form import Form, Upload
from seawall.wire.formats import ParseOptions

Kind = Literal["generations", "edits", "variations"]
_MOST_PICTURES = 16
_PICTURE_TOKENS = 6_500  # the largest picture of the best quality costs about as many
_SIZE = re.compile(r"auto|[0-9]{2,5}x[0-9]{2,5}")
_LINK = 4_096
_SVG = "An SVG can hold text and script that no picture guard reads; ask for png, webp or jpeg."
_STREAM = "A picture is inspected when it is whole; ask without stream."


def _size(value: Any, at: str) -> None:
    if not isinstance(value, str) or not _SIZE.fullmatch(value):
        checks.refuse(at, "must be auto or WIDTHxHEIGHT")


def _text(high: int) -> Check:
    def check(value: Any, at: str) -> None:
        checks.string(value, at, high=high)

    return check


def _never(value: Any, at: str) -> None:
    if value is not False:
        checks.unsupported(at, _STREAM)


_LEVELS = ("low", "medium", "high")
FIELDS: dict[str, Check] = {
    "background": checks.one_of("transparent", "opaque", "auto"),
    "complexity": checks.one_of(*_LEVELS),
    "frame_count": checks.integer(1, 1000),
    "frame_duration_ms": checks.integer(1, 100_000),
    "input_fidelity": checks.one_of("high", "low"),
    "model": _text(256),
    "moderation": checks.one_of("low", "auto"),
    "n": checks.integer(1, 10),
    "output_compression": checks.integer(0, 100),
    "output_format": checks.one_of("png", "webp", "jpeg", "gif"),
    "partial_images": checks.refused(_STREAM),
    "prompt": _text(32_000),
    "quality": checks.one_of(*_LEVELS, "xhigh", "max", "auto", "standard", "hd"),
    "response_format": checks.one_of("url", "b64_json"),
    "safety_identifier": _text(512),
    "size": _size,
    "stream": _never,
    "style": checks.one_of("vivid", "natural"),
    "svg": checks.refused(_SVG),
    "user": _text(512),
}
_NOT: dict[Kind, frozenset[str]] = {
    "generations": frozenset({"input_fidelity"}),
    "edits": frozenset({"moderation", "style"}),
    "variations": frozenset(FIELDS.keys() - {"model", "n", "response_format", "size", "user"}),
}
_FILES: dict[Kind, tuple[str, ...]] = {
    "generations": (), "edits": ("image", "mask", "markup"), "variations": ("image",),
}  # fmt: skip
_SAID = ("prompt", "user", "safety_identifier")
_NUMBERS = ("frame_count", "frame_duration_ms", "n", "output_compression", "partial_images")


class OpenAIImages:
    """Requests for pictures: `generations` as JSON, `edits` and `variations` as forms."""

    def __init__(self, kind: Kind, sent: Form | None = None) -> None:
        self.path = f"/images/{kind}"
        self._kind = kind
        self._sent = sent
        self._files: list[Upload] = []

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request; texts are the user's, pictures are judged twice.

        Raises RequestError that names the field.
        """
        if self._sent is None:
            value = checks.obj(strict_json.loads(body, max_bytes=options.max_bytes), "")
        else:
            value = self._sent.values
            form.typed(value, _NUMBERS, ("stream",))
        azure.put_model(value, options.deployment)
        checks.known(value, "", FIELDS.keys() - _NOT[self._kind])
        checks.each(value, "", FIELDS)
        value.pop("stream", None)
        if self._kind != "variations":
            checks.need(value, "", "prompt")
        parts = [said(f"/{key}", value[key]) for key in _SAID if key in value]
        parts += self._pictures()
        return Exchange(
            request_id=options.request_id or ids.request_id(),
            surface=Surface.IMAGES,
            model=checks.need(value, "", "model"),
            body=value,
            parts=parts,
            user=value.get("user") or value.get("safety_identifier", ""),
        )

    def _pictures(self) -> list[Part]:
        """Read the uploaded files. Raises RequestError for what is no picture."""
        parts: list[Part] = []
        if self._sent is None:
            return parts
        self._sent.only(_FILES[self._kind])
        for field in _FILES[self._kind]:
            most = _MOST_PICTURES if (self._kind, field) == ("edits", "image") else 1
            found = self._sent.files(field, most=most)
            if field == "image" and not found:
                checks.refuse("/image", "is required")
            for index, upload in enumerate(found):
                at = f"/{field}/{index}"
                media_type = images.sniffed(upload.data)
                if media_type is None:
                    checks.refuse(at, f"must be one of {', '.join(images.TYPES)}")
                name = f"{field}.{media_type.rpartition('/')[2]}"
                parts += shown(at, upload.data, media_type)
                self._files.append(
                    msgspec.structs.replace(upload, name=name, media_type=media_type)
                )
        return parts

    def bare(self, strip: Any) -> None:
        """Take what stands beside the pictures out of the files: `strip(bytes) -> bytes`."""
        self._files = [
            msgspec.structs.replace(upload, data=strip(upload.data)) for upload in self._files
        ]

    def output_tokens(self, exchange: Exchange) -> int:
        """Return the tokens of as many pictures as are asked for."""
        return _PICTURE_TOKENS * self.units(exchange).images

    def units(self, exchange: Exchange) -> Units:
        """Return how many pictures are asked for."""
        return Units(images=exchange.body.get("n", 1))

    def upstream(self, exchange: Exchange, model: str) -> bytes | Outgoing:
        """Return the request for the provider: JSON, or a form with files named by us."""
        value = {**exchange.body, "model": model}
        if self._sent is None:
            return strict_json.dumps(value)
        return Outgoing(pairs=form.flat(value), uploads=self._files)

    def read(self, raw: bytes, media_type: str, exchange: Exchange) -> Reading:
        """Return pictures, links and revised prompts; nothing else of the answer is read.

        Raises UpstreamError.
        """
        value = _loaded(raw)
        rows = value.get("data")
        if not isinstance(rows, list) or not 1 <= len(rows) <= exchange.body.get("n", 1):
            raise bad("it has not as many pictures as were asked for")
        kept: dict[str, Any] = {"created": count(value, "created")}
        for key in ("background", "output_format", "quality", "size"):
            if key in value and _allowed(key, value[key]):
                kept[key] = value[key]
        kept["data"] = [_row(row) for row in rows]
        usage = usage_of(value.get("usage"))
        if usage is not None:
            kept["usage"] = {
                "input_tokens": usage.prompt_tokens, "output_tokens": usage.completion_tokens,
                "total_tokens": usage.total,
                "input_tokens_details": _details(value["usage"]),
            }  # fmt: skip
        return Reading(
            value=kept, looks=(_look,), render=_render, usage=usage, units=Units(images=len(rows))
        )


def _loaded(raw: bytes) -> dict[str, Any]:
    try:
        value = strict_json.loads(raw, max_bytes=len(raw) + 1)
    except RequestError as error:
        raise bad(error.code) from None
    if not isinstance(value, dict):
        raise bad("it is not an object")
    return value


def _allowed(key: str, value: Any) -> bool:
    try:
        FIELDS[key](value, key)
    except RequestError:
        return False
    return True


def _details(usage: dict[str, Any]) -> dict[str, int]:
    details = usage.get("input_tokens_details")
    return {key: count(details, key) for key in ("image_tokens", "text_tokens")}


def _row(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise bad("a picture is not an object")
    kept = {key: row[key] for key in ("b64_json", "url", "revised_prompt") if row.get(key)}
    if not all(isinstance(item, str) for item in kept.values()) or not kept.keys() & {
        "b64_json", "url",
    }:  # fmt: skip
        raise bad("it holds no picture")
    if "url" in kept:
        kept["url"] = _link(kept["url"])
    if "b64_json" in kept:
        try:
            data = base64.b64decode(kept["b64_json"], validate=True)
        except (binascii.Error, ValueError):
            raise bad("a picture is not base64") from None
        if images.sniffed(data) is None:
            raise bad("a picture has an unknown type")
    return kept


def _link(url: str) -> str:
    """Return a link to a picture: https, to a plain host, with no name and no password."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise bad("a link is no link") from None
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= _LINK
    if not plain or parts.scheme != "https" or not host or "@" in parts.netloc:
        raise bad("a link is no plain https link")
    return url


def _look(value: dict[str, Any]) -> list[Part]:
    parts: list[Part] = []
    for index, row in enumerate(value["data"]):
        at = f"/data/{index}"
        if "revised_prompt" in row:
            parts.append(answered(f"{at}/revised_prompt", row["revised_prompt"]))
        if "url" in row:
            parts.append(found(f"key:{at}/url", row["url"], "link"))
        if "b64_json" in row:
            data = base64.b64decode(row["b64_json"])
            parts.append(
                Part(pointer=f"key:{at}/b64_json", role=Role.ASSISTANT, trust=Trust.MODEL,
                     stage=Stage.OUTPUT, image=data, media_type=images.sniffed(data) or "")
            )  # fmt: skip
    return parts


def _render(value: dict[str, Any], seawall: dict[str, Any]) -> Rendered:
    return Rendered(body={**value, "seawall": seawall})
