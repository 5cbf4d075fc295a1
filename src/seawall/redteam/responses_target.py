"""OpenAI's responses API as a target, whole and streamed, with pictures and files."""

import base64
from typing import Any

import msgspec

from seawall.core.bearer import bearer
from seawall.redteam.chat_target import (
    ChatTarget,
    answered,
    body_of,
    broken_off,
    data_url,
    problem_of,
)
from seawall.redteam.target import Attack, Observation

_ENDS = ("response.completed", "response.incomplete", "response.failed")


class ResponsesTarget(ChatTarget):
    """Holds conversations with `<base_url>/responses`, each request with its whole history; see
    ChatTarget."""

    def __init__(
        self, base_url: str, model: str, *, key: str = "", facts: dict[str, Any] | None = None,
        timeout: float = 60.0, stream: bool = False, images: bool = False, files: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            base_url.rstrip("/") + "/responses", model,
            bearer(key),
            facts=facts, timeout=timeout, stream=stream, images=images, files=files,
        )  # fmt: skip

    def request(self, messages: list[dict[str, Any]], attack: Attack) -> dict[str, Any]:
        """Return the request's body; nothing is stored, `user` is the attack's account."""
        user = str(attack.params.get("account", ""))
        return {"model": self._model, "input": messages, "store": False, "user": user}

    def with_picture(self, text: str, png: bytes) -> dict[str, Any]:
        """Return a message of a text and a picture as a data URL."""
        url = "data:image/png;base64," + base64.b64encode(png).decode()
        return _message(text, {"type": "input_image", "image_url": url})

    def with_file(self, text: str, name: str, content: str) -> dict[str, Any]:
        """Return a message of a text and a text file."""
        file = {"type": "input_file", "filename": name, "file_data": data_url(content)}
        return _message(text, file)

    def read(self, status: int, headers: dict[str, str], data: bytes) -> Observation:
        """Read one whole answer."""
        body = body_of(status, headers, data)
        return body if isinstance(body, Observation) else _read(headers, body, body)

    def read_events(self, headers: dict[str, str], events: list[dict[str, Any]]) -> Observation:
        """Read one streamed answer; its last event holds it whole. Raises ValueError without."""
        said = "".join(
            str(event.get("delta", ""))
            for event in events
            if event.get("type") in ("response.output_text.delta", "response.refusal.delta")
        )
        for event in events:
            response = event.get("response")
            if event.get("type") == "error":
                return problem_of(200, headers, event.get("error") or event, said=said)
            if event.get("type") in _ENDS and isinstance(response, dict):
                seen = _read(headers, response, event)
                # What was said before a block in the stream was said.
                return seen if seen.text else msgspec.structs.replace(seen, text=said)
        raise broken_off(events)


def _message(text: str, part: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "input_text", "text": text}, part]}


def _read(headers: dict[str, str], body: dict[str, Any], told: dict[str, Any]) -> Observation:
    """Read one response object; `told` is where Seawall's own words stand."""
    problem = body.get("error")
    if problem:
        return problem_of(200, headers, problem)
    output = body.get("output")
    if not isinstance(output, list):
        return Observation(error="The answer has no output.")
    parts = [
        part
        for item in output
        if isinstance(item, dict) and isinstance(item.get("content"), list)
        for part in item["content"]
        if isinstance(part, dict)
    ]
    said = [part.get(key) for part in parts for key in ("text", "refusal")]
    texts = [text for text in said if isinstance(text, str)]
    details = body.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    extra = body.get("seawall") or told.get("seawall")
    return answered(
        "\n".join(texts), headers, extra, filtered=reason == "content_filter",
        usage=body.get("usage"),
    )  # fmt: skip
