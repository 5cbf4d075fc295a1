"""The internal batch job: summaries for the report writer, as many at once as it is told."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seawall.demo.app.client import ModelError
from seawall.demo.app.state import State

FUNCTION = "report-writer"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A batch: how many requests, how many at a time, what to ask, in how many waves."""

    requests: int = 4
    concurrency: int = 4
    max_tokens: int = 256
    prompt: str = "Summarise: nothing happened today."
    waves: int = 1
    stream: bool = False


async def _one(state: State, job: Job, number: int) -> int:
    body: dict[str, Any] = {
        "model": state.model.name,
        "messages": [{"role": "user", "content": f"{job.prompt} (part {number})"}],
        "max_tokens": job.max_tokens,
        "user": "report-writer",
    }
    try:
        if job.stream:
            return await state.model.drain(FUNCTION, "/chat/completions", {**body, "stream": True})
        await state.model.post(FUNCTION, "/chat/completions", body)
    except ModelError as error:
        return error.status
    return 200


async def write(request: Request) -> Response:
    """POST /internal/reports: run a batch; answer how many calls ended with which status."""
    try:
        job = msgspec.json.decode(await request.body(), type=Job)
    except msgspec.DecodeError as trouble:
        return JSONResponse({"error": {"message": str(trouble)}}, 400)
    state: State = request.app.state.shop
    gate = asyncio.Semaphore(max(1, job.concurrency))
    statuses: list[int] = []

    async def one(number: int) -> None:
        async with gate:
            statuses.append(await _one(state, job, number))

    each = max(1, job.requests // max(1, job.waves))
    for wave in range(0, job.requests, each):
        await asyncio.gather(*(one(n) for n in range(wave, min(job.requests, wave + each))))
    counts = {str(status): statuses.count(status) for status in sorted(set(statuses))}
    return JSONResponse({"requests": job.requests, "statuses": counts})
