"""Fine-tuning: a file that a partner uploads goes to the provider and is trained on."""

import aiohttp
import msgspec
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from seawall.demo.app.agent import Outcome
from seawall.demo.app.client import ModelError
from seawall.demo.app.state import State
from seawall.demo.app.tools import Effect

_FUNCTION = "support-chat"


async def upload(request: Request) -> Response:
    """POST /training/files (multipart field `file`, JSON lines)."""
    from seawall.demo.app.server import problem, reply

    async with request.form() as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            return problem("A file is missing.")
        data, name = await file.read(), file.filename or "training.jsonl"
    return reply(await train(request.app.state.shop, data, name))


async def train(state: State, data: bytes, name: str) -> Outcome:
    """Upload the file and start a job from it; each step that worked is an effect."""
    form = aiohttp.FormData()
    form.add_field("purpose", "fine-tune")
    form.add_field("file", data, filename=name, content_type="application/jsonl")
    outcome = Outcome()
    try:
        outcome.headers, uploaded = await state.model.post(_FUNCTION, "/files", form)
        told = {"file": str(uploaded.get("id", "")), "name": name}
        outcome.effects.append(Effect(kind="training_file", arguments=told, result="accepted"))
        body = {"model": state.model.name, "training_file": told["file"]}
        outcome.headers, outcome.answer = await state.model.post(
            _FUNCTION, "/fine_tuning/jobs", body
        )
    except ModelError as error:
        outcome.error = error
        return outcome
    job = {"job": str(outcome.answer.get("id", "")), **told}
    result = msgspec.json.encode(outcome.answer.get("status", "")).decode()
    outcome.effects.append(Effect(kind="training_job", arguments=job, result=result))
    return outcome
