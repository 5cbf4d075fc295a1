"""An OpenAI-compatible chat endpoint as a target: what a customer can see, and no more."""

import base64
import os
import re
from typing import Any

from seawall.core.bearer import bearer
from seawall.core.errors import InputError
from seawall.redteam.chat_target import (
    ChatTarget,
    answered,
    body_of,
    broken_off,
    data_url,
    problem_of,
)
from seawall.redteam.target import Attack, Observation
from seawall.redteam.training_upload import Uploads

_ENVIRONMENT = re.compile(r"\{env:([A-Za-z_][A-Za-z0-9_]*)\}")


class OpenAITarget(ChatTarget):
    """Holds conversations with `<base_url>/chat/completions`; see ChatTarget.

    `uploads` says that training files may be sent to `<base_url>/files` and jobs begun with them:
    a job is cancelled and a file deleted at once (see Uploads).
    """

    def __init__(
        self, base_url: str, model: str, *, key: str = "", facts: dict[str, Any] | None = None,
        timeout: float = 60.0, stream: bool = False, images: bool = False, files: bool = False,
        uploads: bool = False,
    ) -> None:  # fmt: skip
        self._base = base_url
        super().__init__(
            base_url.rstrip("/") + "/chat/completions", model,
            bearer(key),
            facts=facts, timeout=timeout, stream=stream, images=images, files=files,
        )  # fmt: skip
        if uploads:
            self._facts["channels"] = (*self._facts["channels"], "file")

    async def attempt(self, attack: Attack) -> Observation:
        """Upload a training file, or hold the conversation."""
        if attack.channel != "file":
            return await super().attempt(attack)
        uploads = Uploads(self.session, self._base, self._model, self._headers)
        return await uploads.attempt(attack)

    def request(self, messages: list[dict[str, Any]], attack: Attack) -> dict[str, Any]:
        """Return the request's body; `user` is the attack's account."""
        user = str(attack.params.get("account", ""))
        return {"model": self._model, "messages": messages, "user": user}

    def with_picture(self, text: str, png: bytes) -> dict[str, Any]:
        """Return a message of two parts: the text, and the picture as a data URL."""
        url = "data:image/png;base64," + base64.b64encode(png).decode()
        parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]
        return {"role": "user", "content": parts}

    def with_file(self, text: str, name: str, content: str) -> dict[str, Any]:
        """Return a message of two parts: the text, and the file as a data URL."""
        file = {"type": "file", "file": {"filename": name, "file_data": data_url(content)}}
        return {"role": "user", "content": [{"type": "text", "text": text}, file]}

    def read(self, status: int, headers: dict[str, str], data: bytes) -> Observation:
        """Read one whole answer."""
        return read_answer(status, headers, data)

    def read_events(self, headers: dict[str, str], events: list[dict[str, Any]]) -> Observation:
        """Put the chunks of one streamed answer together. Raises ValueError without an end."""
        return read_chunks(headers, events)


def read_answer(status: int, headers: dict[str, str], data: bytes) -> Observation:
    """Read one answer. Blocks are told by `content_filter` or by Seawall's controls.

    Any other status than 200, and a body that cannot be read, is an error.
    """
    body = body_of(status, headers, data)
    if isinstance(body, Observation):
        return body
    try:
        choice = body["choices"][0]
        text = choice["message"].get("content") or choice["message"].get("refusal") or ""
    except (KeyError, IndexError, TypeError, AttributeError):
        return Observation(error="The answer has no choices[0].message.")
    filtered = choice.get("finish_reason") == "content_filter"
    usage = body.get("usage")
    return answered(str(text), headers, body.get("seawall"), filtered=filtered, usage=usage)


def read_chunks(headers: dict[str, str], events: list[dict[str, Any]]) -> Observation:
    """Read `chat.completion.chunk` events; the first choice is the answer.

    Raises ValueError when neither a `finish_reason` nor `[DONE]` came: what was said until then
    is half an answer, and half an answer proves nothing.
    """
    said: list[str] = []
    finish, extra, done, chosen, usage = "", None, False, False, None
    for event in events:
        if event.get("error"):
            return problem_of(200, headers, event["error"], said="".join(said))
        extra, usage = event.get("seawall") or extra, event.get("usage") or usage
        done = done or event.get("done") is True
        for choice in _objects(event.get("choices")):
            if choice.get("index", 0) != 0:
                continue
            chosen = True
            for delta in _objects([choice.get("delta")]):
                said += [
                    t for key in ("content", "refusal") if isinstance(t := delta.get(key), str)
                ]
            finish = str(choice.get("finish_reason") or finish)
    if not finish and not done:
        raise broken_off(events)
    if not chosen:
        return Observation(error="No event of the answer has choices[0].")
    filtered = finish == "content_filter"
    return answered("".join(said), headers, extra, filtered=filtered, usage=usage)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def key_from(variable: str) -> str:
    """Return the API key in an environment variable. Raises InputError when it is empty."""
    key = os.environ.get(variable, "")
    if not key:
        raise InputError(
            f"The environment variable {variable} is empty.",
            hint="Put there what the target wants: its API key, a password.",
        )
    return key


def with_environment(text: str) -> str:
    """Return a text with every `{env:NAME}` filled. Raises InputError for an empty variable."""
    return _ENVIRONMENT.sub(lambda match: key_from(match[1]), text)
