"""The application's way to its model: the provider itself, or a gateway in front of it."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec


class ModelError(Exception):
    """The model's side answered with an error. `blocked` is true when the gateway refused."""

    def __init__(self, status: int, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        super().__init__(f"status {status}")
        self.status, self.headers, self.body = status, headers, body

    @property
    def blocked(self) -> bool:
        """Tell whether the error is a decision of the gateway, not a failure."""
        error = self.body.get("error")
        told = isinstance(error, dict) and isinstance(error.get("seawall"), dict)
        return told or bool(self.headers.get("x-seawall-controls"))


class Model:
    """A model behind an OpenAI-compatible base URL. One key for each function."""

    def __init__(
        self, session: aiohttp.ClientSession, base_url: str, name: str, keys: Mapping[str, str]
    ) -> None:
        self._session, self._base = session, base_url.rstrip("/")
        self.name = name
        self._keys = dict(keys)

    def _headers(self, function: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self._keys[function]}"}

    async def post(self, function: str, path: str, body: Any) -> tuple[dict[str, str], Any]:
        """Send JSON or a form; return headers (lower case) and the body. Raises ModelError."""
        headers = self._headers(function)
        if isinstance(body, aiohttp.FormData):
            data: Any = body
        else:
            data, headers["content-type"] = msgspec.json.encode(body), "application/json"
        try:
            async with self._session.post(self._base + path, data=data, headers=headers) as answer:
                raw = await answer.read()
                found = {name.lower(): value for name, value in answer.headers.items()}
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as problem:
            failure = {"error": {"message": type(problem).__name__, "code": "model_unreachable"}}
            raise ModelError(502, {}, failure) from None
        try:
            content = msgspec.json.decode(raw)
        except msgspec.DecodeError:
            content = {"error": {"message": "no JSON", "code": "unreadable"}}
            status = status if status >= 400 else 502
        if status >= 400 or not isinstance(content, dict):
            raise ModelError(status, found, content if isinstance(content, dict) else {})
        return found, content

    async def drain(self, function: str, path: str, body: dict[str, Any]) -> int:
        """Send JSON, read a streamed answer to its end, and return the status. ModelError: 502."""
        try:
            async with self._session.post(
                self._base + path,
                data=msgspec.json.encode(body),
                headers=self._headers(function) | {"content-type": "application/json"},
            ) as answer:
                async for _ in answer.content.iter_any():
                    pass
                return answer.status
        except (aiohttp.ClientError, TimeoutError) as problem:
            failure = {"error": {"message": type(problem).__name__, "code": "model_unreachable"}}
            raise ModelError(502, {}, failure) from None
