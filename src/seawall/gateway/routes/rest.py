"""Health checks, and the refusal of everything that is not a route."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seawall.core.errors import RequestError
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder


class Nowhere:
    """Refuses every other path by name: what nobody inspects does not pass."""

    surface = "none"
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> None:
        """Raise RequestError 404."""
        raise RequestError(
            "This gateway has no such route.",
            code="unknown_route",
            status=404,
            hint="It serves /v1/chat/completions, /v1/models, /v1/files, /v1/fine_tuning/jobs, "
            "/v1/moderations, /v1/seawall/acceptance and /guard/v1/check.",
        )

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer | None:
        """Never runs."""
        raise RuntimeError("nothing is read here")


class Health:
    """GET /healthz and /readyz, without a key and without an audit record."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def healthz(self, request: Request) -> Response:
        """Say that the process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, request: Request) -> Response:
        """Say whether requests would be served: the audit log can be written."""
        ready = self._parts.audit_log.healthy
        body = {
            "status": "ready" if ready else "not ready",
            "application": self._parts.policy.application,
            "detectors": list(self._parts.runner.engine.detectors),
            "policy_sha256": self._parts.audit.policy_hash,
        }
        return JSONResponse(body, status_code=200 if ready else 503)
