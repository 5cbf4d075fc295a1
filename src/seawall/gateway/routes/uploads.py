"""Judge what is uploaded: texts as documents, pictures by what they show, batches line by line."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import Caller
from seawall.gateway.answers import BlockedError
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.retain import told_to_keep_nothing
from seawall.gateway.routes.direct import inspect
from seawall.gateway.routes.images import stripped
from seawall.gateway.routes.kept import Keeper, caller_of, exchange_of
from seawall.gateway.steps.allowed import require_model, require_tools
from seawall.gateway.tokens import most_answered, most_tokens
from seawall.wire import filetypes, images, openai_batches
from seawall.wire.direct import found, said, shown
from seawall.wire.form import Upload
from seawall.wire.formats import ParseOptions
from seawall.wire.openai_batches import Line

_PIECES_A_LOOK = 8
_SEAM = 1_000
_NAMED_LINES = 20
_BATCHED = "application/jsonl"


class Judged(msgspec.Struct, kw_only=True):
    """A file that may go on: its bytes as they were judged, their type, what is noted of it.

    `pieces`: its text as it was judged, none where it has none. `marks`: what that is known by.
    """

    data: bytes
    media_type: str
    info: dict[str, Any]
    pieces: list[str] = []
    marks: Mapping[str, tuple[int, int]] = {}


class Uploads:
    """Decides about uploaded files. Raises BlockedError and RequestError."""

    def __init__(self, parts: Parts, keeper: Keeper) -> None:
        self._p = parts
        self._keeper = keeper

    async def document(self, call: Call, upload: Upload) -> Judged:
        """Judge a file by its content: a text or a picture; another only if the policy says so."""
        kind = await asyncio.to_thread(filetypes.kind_of, upload.data)
        if kind in images.TYPES:
            return await self._picture(call, upload, kind)
        if kind == "text/plain":
            return await self._text(call, upload)
        if kind not in self._p.policy.files.unread_types:
            raise RequestError(
                f"/file is {kind}, which nobody here can read.", code="unsupported_file",
                param="/file", hint="Send text; or let the policy's files.unread_types name it.",
            )  # fmt: skip
        return Judged(data=upload.data, media_type=kind, info={"unread": True})

    async def _picture(self, call: Call, upload: Upload, kind: str) -> Judged:
        exchange = exchange_of(call, {}, shown("/file", upload.data, kind))
        await inspect(self._p, call, exchange)
        try:
            data = await self._p.runner.in_pool(lambda: stripped(upload.data))
        except TimeoutError:
            raise BlockedError("The picture could not be prepared in time.") from None
        return Judged(data=data, media_type=kind, info={})

    async def _text(self, call: Call, upload: Upload) -> Judged:
        """Judge a text piece by piece, then what stands at the seams."""
        if len(upload.data) > self._p.settings.max_document:
            raise RequestError(
                f"A text may have {self._p.settings.max_document} bytes.", code="body_too_large",
                status=413, param="/file", hint="Split it.",
            )  # fmt: skip

        def cut() -> list[str]:
            return filetypes.pieces(filetypes.plain_text(filetypes.text_of(upload.data) or ""))

        body = {"pieces": await asyncio.to_thread(cut)}
        parts = [found(f"/pieces/{i}", text, "file") for i, text in enumerate(body["pieces"])]
        await inspect(self._p, call, exchange_of(call, body, parts), size=_PIECES_A_LOOK)
        kept = body["pieces"]
        seams = [
            found(f"key:/seams/{i}", before[-_SEAM:] + after[:_SEAM], "file")
            for i, (before, after) in enumerate(pairwise(kept))
        ]
        await inspect(self._p, call, exchange_of(call, {}, seams), size=_PIECES_A_LOOK)
        data = "".join(kept).encode()
        return Judged(data=data, media_type="text/plain", info={}, pieces=kept)

    async def batch(self, call: Call, upload: Upload) -> Judged:
        """Judge every request of a batch as its endpoint would; name the lines that are blocked."""
        p, key = self._p, caller_of(call)
        options = options_of(p, call.request_id)
        lines = await asyncio.to_thread(openai_batches.parse, upload.data, options)
        ids = [said(f"key:/{line.number}/custom_id", line.custom_id) for line in lines]
        await inspect(p, call, exchange_of(call, {}, ids))
        stopped: list[int] = []
        amounts: dict[str, list[int]] = {}
        written, tools = [], set[str]()
        for line in lines:
            call.name_user(line.exchange)
            line.exchange.caller = Caller(
                key_id=key.key_id, application=key.application, function=key.function,
                user=line.exchange.user,
            )  # fmt: skip
            call.exchange = line.exchange
            try:
                with own_words(call, line.exchange.user):
                    await self._line(call, line)
            except BlockedError:
                stopped.append(line.number)
                continue
            data, asked, answered = self._written(call, line)
            written.append(data)
            tools.update(line.exchange.tools)
            sums = amounts.setdefault(line.exchange.model, [0, 0])
            sums[0], sums[1] = sums[0] + asked, sums[1] + answered
        call.exchange = call.consent = None
        if stopped:
            self._refuse(call, stopped)
        info = {"endpoint": lines[0].url, "tokens": sum(map(sum, amounts.values())),
                "amounts": amounts, "lines": len(lines), "models": sorted(amounts),
                "tools": sorted(tools)}  # fmt: skip
        return Judged(data=b"".join(written), media_type=_BATCHED, info=info)

    async def _line(self, call: Call, line: Line) -> None:
        p, exchange = self._p, line.exchange
        if exchange.model not in self._keeper.upstream.models:
            raise RequestError(
                f"Line {line.number}: the provider that keeps batches has no such model.",
                code="model_not_found", status=404, param=f"/file/{line.number}/body/model",
            )  # fmt: skip
        require_model(p.policy, caller_of(call), exchange.model)
        require_tools(caller_of(call), exchange)
        p.kill(call)
        await p.usage_policy(call)
        await p.retain.consent(call)
        await p.guard_input(call)

    def _written(self, call: Call, line: Line) -> tuple[bytes, int, int]:
        """Return a line for the provider, and the most tokens of its prompt and answer."""
        p, exchange = self._p, line.exchange
        price = self._keeper.upstream.models[exchange.model]
        most = p.policy.functions[caller_of(call).function].max_output_tokens
        most = min(exchange.max_output_tokens or most, most)
        data = openai_batches.written(
            line, model=price.upstream_model or exchange.model, max_output_tokens=most,
            training_opt_out=told_to_keep_nothing(p.policy, call),
            signed=self._keeper.upstream.signed, omitted=self._keeper.upstream.omitted,
        )  # fmt: skip
        said_most = most_answered(exchange, most) if line.url.endswith("completions") else 0
        return data, most_tokens(exchange), said_most

    @staticmethod
    def _refuse(call: Call, stopped: list[int]) -> None:
        call.details = {"lines": stopped[:1000], "lines_total": len(stopped)}
        named = ", ".join(map(str, stopped[:_NAMED_LINES]))
        more = f" and {len(stopped) - _NAMED_LINES} more" if len(stopped) > _NAMED_LINES else ""
        raise BlockedError(
            f"The file was blocked by this application's safety policy: lines {named}{more}.",
            hint=f"Controls: {', '.join(call.blocked_by)}. Remove these lines and upload again.",
        )


@contextmanager
def own_words(call: Call, user: str) -> Iterator[None]:
    """Capture nothing of a line that is another end user's than the request's.

    What is captured is kept as the request's own user consents, and erased with that user.
    """
    content = call.content
    if user not in ("", call.user):
        call.content = None
    try:
        yield
    finally:
        call.content = content


def digest(data: bytes) -> str:
    """Return a file's SHA-256 (hex)."""
    return hashlib.sha256(data).hexdigest()


def options_of(p: Parts, exchange_id: str) -> ParseOptions:
    """Return how the requests of a batch are read again."""
    return ParseOptions(
        markers=p.policy.documents, max_bytes=p.settings.max_body, request_id=exchange_id,
        trusted_tools=p.parse_chat.trusted_tools,
    )  # fmt: skip
