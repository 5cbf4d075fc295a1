"""Uploads and fine-tuning jobs: everything is accepted, as a careless provider would."""

import hashlib
import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seawall.demo.model.wire import error


class Files:
    """Uploaded files and jobs of this process, by id; the contents are not kept."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}


def _lines(data: bytes) -> int:
    """Count training examples. Raises ValueError for what is not JSON lines."""
    lines = [line for line in data.decode("utf-8").splitlines() if line.strip()]
    for line in lines:
        json.loads(line)
    if not lines:
        raise ValueError("the file is empty")
    return len(lines)


async def upload(request: Request) -> Response:
    """POST /v1/files (multipart: file, purpose)."""
    provider = request.app.state.provider
    refused: Response | None = provider.refused(request)
    if refused is not None:
        return refused
    async with request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            return JSONResponse(error("A file is missing.", "bad_request"), 400)
        data, name = await file.read(), file.filename or "file.jsonl"
        purpose = str(form.get("purpose", ""))
    try:
        _lines(data)
    except ValueError as problem:
        return JSONResponse(error(f"Not JSON lines: {problem}.", "invalid_file"), 400)
    provider.ledger.note("files", "", request.headers.get("x-seawall-request-id", ""))
    entry = {
        "id": f"file-{hashlib.blake2b(data, digest_size=10).hexdigest()}",
        "object": "file",
        "bytes": len(data),
        "created_at": 1_790_000_000,
        "filename": name,
        "purpose": purpose,
        "status": "processed",
    }
    provider.files.files[entry["id"]] = entry
    return JSONResponse(entry)


async def create_job(request: Request) -> Response:
    """POST /v1/fine_tuning/jobs {model, training_file}."""
    provider = request.app.state.provider
    refused: Response | None = provider.refused(request)
    if refused is not None:
        return refused
    try:
        body = json.loads(await request.body())
        wanted, model = str(body["training_file"]), str(body["model"])
    except (ValueError, KeyError, TypeError):
        return JSONResponse(error("model and training_file are needed.", "bad_request"), 400)
    if wanted not in provider.files.files:
        return JSONResponse(error("There is no such file.", "file_not_found"), 404)
    provider.ledger.note("fine-tuning", "", request.headers.get("x-seawall-request-id", ""))
    job = {
        "id": f"ftjob-{wanted.removeprefix('file-')}",
        "object": "fine_tuning.job",
        "created_at": 1_790_000_000,
        "model": model,
        "training_file": wanted,
        "status": "queued",
    }
    provider.files.jobs[str(job["id"])] = job
    return JSONResponse(job)
