"""POST /v1/files and /v1/fine_tuning/jobs: only checked training data reaches the provider."""

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec

from seawall.core.errors import RequestError, UpstreamError
from seawall.core.exchange import Caller, Exchange
from seawall.core.verdicts import Action, Outcome
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer, BlockedError
from seawall.gateway.call import Call
from seawall.gateway.form import read_form
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.steps.allowed import require_model
from seawall.gateway.steps.guard import STOPPING, apply_edits, edits_of
from seawall.gateway.steps.parse import upstream_of
from seawall.store.training import TrainingFile, find_file, may_train, record_file
from seawall.wire import openai_files, strict_json
from seawall.wire.form import Form, plain_name

_FIELD = 16 * 1024
_NAMED_LINES = 20


class Files:
    """Uploads of training data: every example is inspected, then the file is written anew."""

    surface = "files"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> tuple[str, bytes]:
        """Authenticate and return (file name, file). Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, "files")
        settings = self._p.settings
        form = await read_form(settings, headers, receive, limit=settings.max_file, fields=8,
                               field_bytes=_FIELD)  # fmt: skip
        return _upload(form)

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Check the file and pass it on. Raises BlockedError that names lines and controls."""
        name, data = body
        p = self._p
        key = call.key
        if key is None:
            raise RuntimeError("authenticate comes first")
        await p.reserve.request(call)
        lines = await asyncio.to_thread(openai_files.parse_file, data)
        exchange = await asyncio.to_thread(
            openai_files.file_exchange, lines, request_id=call.request_id
        )
        exchange.caller = Caller(
            key_id=key.key_id, application=key.application, function=key.function
        )
        call.exchange = exchange
        await self._inspect(call, exchange)
        clean = await asyncio.to_thread(openai_files.render_file, exchange)
        value = await self._forward(call, name, clean)
        await self._remember(call, value["id"], clean)
        return Answer(status=200, body={**value, "seawall": call.seawall("")})

    async def _inspect(self, call: Call, exchange: Exchange) -> None:
        """Inspect batch by batch; every line is looked at before the file is refused."""
        size = self._p.settings.guard_batch_parts
        refused: set[int] = set()
        edits: dict[tuple[str, tuple[int, int] | None], str] = {}
        for start in range(0, len(exchange.parts), size):
            batch = exchange.parts[start : start + size]
            decision = await self._p.runner.inspect(batch, exchange)
            call.note(decision)
            found = edits_of(decision)
            if found is None:
                call.stop(decision)
            edits.update(found or {})
            refused |= {
                _line(part.pointer)
                for part in decision.parts
                if part.action in STOPPING or (part.action is Action.REDACT and found is None)
            }
        if refused:
            lines, controls = sorted(refused), ", ".join(call.blocked_by)
            call.details = {"lines": lines[:1000], "lines_total": len(lines)}
            raise BlockedError(
                f"The file was blocked by this application's safety policy: {_named(lines)}.",
                hint=f"Controls: {controls}. Remove these lines and upload again.",
            )
        apply_edits(exchange, edits)

    async def _forward(self, call: Call, name: str, data: bytes) -> dict[str, Any]:
        p = self._p
        upstream = p.policy.upstreams[0]
        if upstream.kind != "openai":
            raise RequestError(
                "The policy's first upstream takes no training files.",
                code="unknown_route",
                status=404,
                hint="Put an upstream of kind openai first.",
            )
        form = aiohttp.FormData()
        form.add_field("purpose", "fine-tune")
        form.add_field("file", data, filename=name, content_type="application/jsonl")
        async with p.provider.post(call, upstream, "/files", form, content_type=None) as response:
            value = _answer_json(await p.provider.whole(response))
        answer = openai_files.file_answer(value, filename=name, size=len(data))
        if answer is None:
            raise UpstreamError("The provider's answer names no file.")
        return answer

    async def _remember(self, call: Call, file_id: str, data: bytes) -> None:
        key = call.key
        if key is None:
            raise RuntimeError("authenticate comes first")
        call.details = {"file_id": file_id, "lines_total": data.count(b"\n")}
        await asyncio.to_thread(
            record_file,
            self._p.store,
            TrainingFile(
                file_id=file_id,
                sha256=hashlib.sha256(data).hexdigest(),
                application=key.application,
                function=key.function,
                result=Outcome.CLEAN,
                controls=tuple(sorted(call.fired)),
            ),
        )


class FineTuning:
    """Starts a job, only with files that this gateway checked for this application."""

    surface = "fine-tuning"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate and read the body. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, "fine-tuning")
        return await self._p.read_body(receive, 64 * 1024)

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Pass the job on. Raises RequestError 404 for a model or a file nobody checked."""
        p = self._p
        key = call.key
        if key is None:
            raise RuntimeError("authenticate comes first")
        job = openai_files.parse_job(body)
        p.kill.model(job["model"])
        upstream = upstream_of(p.policy, job["model"])
        require_model(p.policy, key, job["model"])
        if upstream is not p.policy.upstreams[0] or upstream.kind != "openai":
            raise RequestError(
                "Training files are kept at the policy's first upstream, which lacks this model.",
                code="model_not_found",
                status=404,
                param="/model",
            )
        for field in ("training_file", "validation_file"):
            if field in job:
                await self._checked(key.application, job[field], field)
        await p.reserve.request(call)
        call.details = {"training_file": job["training_file"]}
        model = upstream.models[job["model"]].upstream_model or job["model"]
        data = strict_json.dumps({**job, "model": model})
        async with p.provider.post(call, upstream, "/fine_tuning/jobs", data) as response:
            value = openai_files.job_answer(_answer_json(await p.provider.whole(response)))
        if value is None:
            raise UpstreamError("The provider's answer names no job.")
        answer = {**value, "model": job["model"], "seawall": call.seawall("")}
        return Answer(status=200, body=answer)

    async def _checked(self, application: str, file_id: str, field: str) -> None:
        found = await asyncio.to_thread(find_file, self._p.store, file_id, application)
        if not may_train([found]):
            raise RequestError(
                "No file of that id was checked by this gateway for this application.",
                code="file_not_checked",
                status=404,
                param=f"/{field}",
                hint="Upload it with POST /v1/files (purpose fine-tune) first.",
            )


def _upload(form: Form) -> tuple[str, bytes]:
    """Return the file of a form with the fields `file` and `purpose`. Raises RequestError."""
    form.only(("file",))
    if unknown := sorted(form.values.keys() - {"purpose"}):
        raise RequestError(f"/{unknown[0]} is unknown.", code="unknown_field",
                           param=f"/{unknown[0]}", hint="Send `file` and `purpose`.")  # fmt: skip
    if form.values.get("purpose") != "fine-tune":
        raise RequestError("Only purpose fine-tune is let through.", code="unsupported_field",
                           param="/purpose", hint="Other files cannot be guarded.")  # fmt: skip
    if not form.files("file"):
        raise RequestError("The form holds no file.", code="invalid_file", param="/file")
    upload = form.uploads[0]
    return plain_name(upload.name, "training.jsonl"), upload.data


def _line(where: str) -> int:
    """Return the line number that a file part's pointer starts with."""
    return int(where.removeprefix("key:").split("/")[1])


def _named(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_NAMED_LINES]))
    more = f" and {len(lines) - _NAMED_LINES} more" if len(lines) > _NAMED_LINES else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def _answer_json(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise UpstreamError("The provider's answer is not JSON.") from None
