"""A file for training at an OpenAI-compatible provider: uploaded, and a job begun from it."""

from typing import Any

import aiohttp
import msgspec

from seawall.redteam.chat_target import body_of, controls_of
from seawall.redteam.session import read_whole
from seawall.redteam.target import Attack, Effect, Observation

FILE, JOB = "training_file", "training_job"
_MAX_ANSWER = 1_000_000

Seen = tuple[int, dict[str, str], bytes]


class Uploads:
    """Uploads an attack's file and begins a job with it; both are effects of the attempt.

    Afterwards the job is cancelled and the file deleted, so that nothing is trained or kept;
    where that fails, the attempt ends in an error that says so.
    """

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, model: str, headers: dict[str, str]
    ) -> None:
        self._session, self._base, self._model = session, base_url.rstrip("/"), model
        self._headers = {k: v for k, v in headers.items() if k != "content-type"}

    async def attempt(self, attack: Attack) -> Observation:
        """Carry out one attack. Never raises for the provider's failure."""
        effects: list[Effect] = []
        undo: list[tuple[str, str]] = []
        try:
            seen = await self._steps(attack, effects, undo)
            for method, path in reversed(undo):
                status, _, _ = await self._ask(method, path)
                if status >= 400 and not seen.error:
                    left = f"{method} {path} was answered by status {status}: it is still there."
                    seen = msgspec.structs.replace(seen, error=left)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            seen = Observation(error=f"{type(error).__name__}: {error}")
        return msgspec.structs.replace(seen, effects=tuple(effects))

    async def _steps(
        self, attack: Attack, effects: list[Effect], undo: list[tuple[str, str]]
    ) -> Observation:
        form = aiohttp.FormData()
        form.add_field("purpose", "fine-tune")
        form.add_field("file", attack.file or b"", filename="training.jsonl")
        stored = self._read(await self._ask("POST", "/files", data=form))
        if isinstance(stored, Observation):
            return stored
        file = str(stored.get("id", ""))
        effects.append(Effect(kind=FILE, arguments={"id": file}))
        undo.append(("DELETE", f"/files/{file}"))
        wanted = {"training_file": file, "model": self._model}
        begun = self._read(await self._ask("POST", "/fine_tuning/jobs", json=wanted))
        if isinstance(begun, Observation):
            return begun
        job = str(begun.get("id", ""))
        effects.append(Effect(kind=JOB, arguments={"id": job}))
        undo.append(("POST", f"/fine_tuning/jobs/{job}/cancel"))
        return Observation(text="The file was accepted and a job begun.")

    def _read(self, answer: Seen) -> dict[str, Any] | Observation:
        status, headers, data = answer
        # A provider answers 200 or 201.
        body = body_of(200 if 200 <= status < 300 else status, headers, data)
        if isinstance(body, Observation):
            return body
        controls = controls_of(headers, body.get("seawall"))
        if not body.get("id"):
            return Observation(error="The answer has no id.", controls=controls)
        return body

    async def _ask(self, method: str, path: str, **content: Any) -> Seen:
        async with self._session.request(
            method, self._base + path, headers=self._headers, **content
        ) as answer:
            data = await read_whole(answer, _MAX_ANSWER)
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, data
