"""Files: uploaded by purpose, listed, read and deleted by nobody but who uploaded them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from seawall.core.errors import RequestError, UpstreamError
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.form import read_form
from seawall.gateway.http.form import FormBody
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.routes.batches import BatchResults
from seawall.gateway.routes.direct import inspect
from seawall.gateway.routes.kept import Keeper, exchange_of, whole_json
from seawall.gateway.routes.objects import listed, no_query, page_of, pairs_of
from seawall.gateway.routes.training import TrainingData
from seawall.gateway.routes.uploads import Judged, Uploads, digest
from seawall.gateway.steps.lineage import holder_of
from seawall.store.objects import StoredObject
from seawall.wire import checks
from seawall.wire.direct import Outgoing, said
from seawall.wire.form import Form, Upload, flat, plain_name, typed

SCOPE = "files"
DOCUMENTS = ("assistants", "user_data", "vision")
PURPOSES = ("batch", "fine-tune", *DOCUMENTS)
_FIELD = 16 * 1024
_YEAR = 366 * 24 * 3600


class Files:
    """POST and GET /v1/files."""

    surface = "files"
    methods = ("POST", "GET")

    def __init__(self, parts: Parts, keeper: Keeper) -> None:
        self._p = parts
        self._keeper = keeper
        self._uploads = Uploads(parts, keeper)
        self._training = TrainingData(parts)

    async def read(
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> tuple[Mapping[str, str], Form | None]:
        """Authenticate, then read the form of an upload. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, SCOPE)
        if headers[":method"] == "GET":
            return headers, None
        settings = self._p.settings
        form = await read_form(settings, headers, receive, limit=settings.max_file, fields=8,
                               field_bytes=_FIELD)  # fmt: skip
        return headers, form

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Return the file, or the caller's files. Raises SeawallError."""
        headers, form = body
        await self._p.usage_policy(call)
        await self._p.reserve.request(call)
        if form is None:
            return await self._list(call, headers[":query"])
        purpose, upload, expires = _asked(form)
        name = plain_name(upload.name, "training.jsonl" if purpose == "fine-tune" else "file")
        named = exchange_of(call, {}, [said("key:/file/filename", name)])
        await inspect(self._p, call, named)
        judged = await self._judge(call, purpose, upload)
        if purpose in DOCUMENTS:
            read = await self._p.lineage.read(call, judged.info, judged.pieces)
            judged.info, judged.marks = {**judged.info, "verdict": read[0]}, read[1]
        pairs = [("purpose", purpose), *flat({"expires_after": expires} if expires else {})]
        file = Upload(field="file", name=name, media_type=judged.media_type, data=judged.data)
        data = FormBody(Outgoing(pairs=pairs, uploads=[file]))
        answer = whole_json(await self._keeper.make(call, "/files", data, None))
        async with self._keeper.undone(call, "file", _id_of(answer)):
            stored, left = await self._remember(call, answer, purpose, name, judged)
            if purpose == "fine-tune":
                await self._training.remember(call, stored.object_id, judged.data)
        call.details = {**call.details, "file_id": stored.object_id, "purpose": purpose}
        call.details |= {"marks_left_out": left} if left else {}
        return Answer(
            status=200, body={**file_json(stored), "seawall": call.seawall(self._disclosure)}
        )

    @property
    def _disclosure(self) -> str:
        return self._p.policy.disclosure.text

    async def _judge(self, call: Call, purpose: str, upload: Upload) -> Judged:
        if purpose == "fine-tune":
            data, info = await self._training.judge(call, upload.data)
            return Judged(data=data, media_type="application/jsonl", info=info)
        if purpose == "batch":
            return await self._uploads.batch(call, upload)
        return await self._uploads.document(call, upload)

    async def _remember(
        self, call: Call, answer: dict[str, Any], purpose: str, name: str, judged: Judged
    ) -> tuple[StoredObject, int]:
        """Return the file's object, and how many of its marks there was no room for."""
        given = _id_of(answer)
        info = {"purpose": purpose, "filename": name, "bytes": len(judged.data),
                "sha256": digest(judged.data), **judged.info}  # fmt: skip
        objects, holder = self._keeper.objects, holder_of(call)

        def remember() -> tuple[StoredObject, int]:
            if (old := objects.of_provider(holder, "file", given)) is not None:
                objects.remove(holder, "file", old.object_id)
            stored = objects.add(holder, "file", given, info)
            return stored, self._p.lineage.keep(holder, stored.object_id, judged.marks)

        return await asyncio.to_thread(remember)

    async def _list(self, call: Call, query: str) -> Answer:
        purpose = dict(pairs_of(query)).get("purpose", "")
        if purpose and purpose not in (*PURPOSES, "batch_output"):
            raise no_query("purpose")
        rest = "&".join(f"{k}={v}" for k, v in pairs_of(query) if k != "purpose")
        limit, newest, after = page_of(rest, most=10_000)
        rows = await asyncio.to_thread(
            self._keeper.objects.page, holder_of(call), "file", limit=limit + 1, after=after,
            newest_first=newest,
        )  # fmt: skip
        kept = [row for row in rows[:limit] if purpose in ("", row.info["purpose"])]
        return Answer(
            status=200, body=listed([file_json(row) for row in kept], more=len(rows) > limit)
        )


class OneFile:
    """GET and DELETE /v1/files/{id}, and GET /v1/files/{id}/content."""

    surface = "files"

    def __init__(self, parts: Parts, keeper: Keeper, *, content: bool = False) -> None:
        self._p = parts
        self._keeper = keeper
        self._content = content
        self._results = BatchResults(parts, keeper)
        self.methods: tuple[str, ...] = ("GET",) if content else ("GET", "DELETE")

    async def read(
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> Mapping[str, str]:
        """Authenticate. Raises RequestError."""
        self._p.authenticate(call, headers, SCOPE)
        return headers

    async def run(self, call: Call, body: Mapping[str, str], respond: Responder) -> Answer:
        """Return the file, its content, or that it is deleted. Raises RequestError 404."""
        file_id = body[":path"].removesuffix("/content").rpartition("/")[2]
        await self._p.usage_policy(call)
        await self._p.reserve.request(call)
        found = await self._keeper.find(call, "file", file_id)
        call.details = {"file_id": file_id}
        if self._content:
            raw = await self._read(call, found)
            return Answer(status=200, body=None, raw=raw,
                          headers={"content-type": "application/octet-stream"})  # fmt: skip
        if body[":method"] == "DELETE":
            await self._keeper.delete(call, f"/files/{found.provider_id}")
            await self._keeper.forget(call, found)
            return Answer(status=200, body={"id": file_id, "object": "file", "deleted": True})
        return Answer(status=200, body=file_json(found))

    async def _read(self, call: Call, found: StoredObject) -> bytes:
        """Return a file's content: as it was judged, or judged now where a model wrote it."""
        raw = await self._keeper.ask(call, "GET", f"/files/{found.provider_id}/content")
        if found.info["purpose"] == "batch_output":
            return await self._results(call, found, raw)
        if digest(raw) != found.info["sha256"]:
            raise UpstreamError("The provider's file is not the one that was judged.")
        return raw


def _id_of(answer: dict[str, Any]) -> str:
    """Return the provider's id of a file. Raises UpstreamError."""
    given = answer.get("id")
    if not checks.is_identifier(given) or "." in str(given):
        raise UpstreamError("The provider's answer names no file.")
    return str(given)


def file_json(found: StoredObject) -> dict[str, Any]:
    """Return the client's `file` object."""
    info = found.info
    return {"id": found.object_id, "object": "file", "bytes": info["bytes"],
            "created_at": found.created, "filename": info["filename"], "purpose": info["purpose"],
            "status": "processed"}  # fmt: skip


def _asked(form: Form) -> tuple[str, Upload, dict[str, Any]]:
    """Return (purpose, file, expiry) of a form. Raises RequestError that names the field."""
    form.only(("file",))
    checks.known(form.values, "", ("purpose", "expires_after"))
    purpose = checks.need(form.values, "", "purpose")
    if purpose not in PURPOSES:
        checks.unsupported("/purpose", f"Use {', '.join(PURPOSES)}.")
    expires = form.values.get("expires_after", {})
    if expires:
        at = "/expires_after"
        checks.known(checks.obj(expires, at), at, ("anchor", "seconds"))
        typed(expires, ("seconds",), ())
        checks.one_of("created_at")(checks.need(expires, at, "anchor"), f"{at}/anchor")
        checks.integer(3600, _YEAR)(checks.need(expires, at, "seconds"), f"{at}/seconds")
    if not form.files("file"):
        raise RequestError("The form holds no file.", code="invalid_file", param="/file")
    return str(purpose), form.uploads[0], expires
