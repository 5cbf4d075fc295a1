"""Azure's addresses of OpenAI's routes: as its clients ask us, and as we ask such a provider."""

import re
from typing import Any
from urllib.parse import quote, unquote

from seawall.wire import checks

PREFIX = "/openai/"
_BELOW = re.compile(r"/openai/deployments/([^/]+)(/.+)")
_DEPLOYED = (
    "/audio/speech", "/audio/transcriptions", "/audio/translations", "/chat/completions",
    "/completions", "/embeddings", "/images/edits", "/images/generations", "/images/variations",
)  # fmt: skip
"""Routes below a deployment."""
_ALONE = frozenset(
    {"audio", "batches", "chat", "completions", "embeddings", "files", "fine_tuning", "images",
     "models", "moderations", "responses", "vector_stores"}
)  # fmt: skip
"""Areas below `/openai/` itself."""
_VERSION = "api-version"
HINT = (
    f"/openai/deployments/NAME/ serves {', '.join(route[1:] for route in _DEPLOYED)}; "
    f"/openai/ and /openai/v1/ what /v1/ does of {', '.join(sorted(_ALONE))}."
)
"""What to do instead of asking for one of Azure's addresses that is no route."""


def route_of(path: str, raw: str) -> tuple[str, str]:
    """Return (path of the gateway, deployment) of an Azure path; one that has none stays.

    `raw`: the path as it was sent, for a deployment with an escaped `/` in its name.
    """
    deployed = _BELOW.fullmatch(raw)
    if deployed is not None and deployed[2] in _DEPLOYED:
        return f"/v1{deployed[2]}", unquote(deployed[1])
    rest = path.removeprefix(PREFIX).removeprefix("v1/")
    return (f"/v1/{rest}" if area_of(path) in _ALONE else path), ""


def area_of(path: str) -> str:
    """Return the first name behind `/openai/` or `/openai/v1/`."""
    return path.removeprefix(PREFIX).removeprefix("v1/").partition("/")[0]


def query_of(query: bytes) -> bytes:
    """Return a query without the version of Azure's interface: ours has one."""
    return b"&".join(
        pair for pair in query.split(b"&") if pair.partition(b"=")[0] != _VERSION.encode()
    )


def put_model(value: dict[str, Any], deployment: str) -> None:
    """Make the deployment that the path names the request's model. Raises RequestError.

    "" changes nothing.
    """
    if not deployment:
        return
    if value.get("model") is None:
        value["model"] = deployment
    elif value["model"] != deployment:
        checks.refuse(
            "/model", "is not the deployment that the path names",
            hint="Leave it out, or name the same model in both places.",
        )  # fmt: skip


def address(path: str, version: str, base: str, model: str) -> str:
    """Return the path that follows `base`, for a provider with `version` of Azure's interface.

    `model`: the deployment, which stands in the path unless `base` has it or has `v1`.
    """
    whole = base.rstrip("/")
    if model and path in _DEPLOYED and not whole.endswith("/v1") and "/deployments/" not in whole:
        path = f"/deployments/{quote(model, safe='')}{path}"
    return f"{path}{'&' if '?' in path else '?'}{_VERSION}={version}"
