"""GET /v1/models and /v1/models/{model}: what this key's function may use."""

from collections.abc import Mapping
from typing import Any

from seawall.core.errors import RequestError
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.steps.allowed import may_use_model
from seawall.wire.anthropic import models as anthropic
from seawall.wire.anthropic.client import MESSAGES

_ANTHROPIC = "anthropic-version"


class Models:
    """Lists models from the policy, in the form of the client that asks; no provider is asked."""

    surface = "models"
    methods = ("GET",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bool:
        """Authenticate and say whether Anthropic's client asks. Raises RequestError."""
        self._p.authenticate(call, MESSAGES.accept(headers), "models")
        return _ANTHROPIC in headers

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Return the list of models."""
        found = self._models(call)
        if body:
            return Answer(status=200, body=anthropic.page([one["id"] for one in found]))
        return Answer(status=200, body={"object": "list", "data": found})

    def _models(self, call: Call) -> list[dict[str, Any]]:
        policy, key = self._p.policy, call.key
        found: dict[str, dict[str, Any]] = {}
        for upstream in policy.upstreams:
            for model in upstream.models:
                if key is not None and may_use_model(policy, key, model):
                    owned = {"object": "model", "created": 0, "owned_by": upstream.name}
                    found.setdefault(model, {"id": model, **owned})
        return list(found.values())


class OneModel(Models):
    """One model by its name, which is the rest of the path."""

    async def read(  # type: ignore[override]
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> tuple[str, bool]:
        """Authenticate and return the model's name, and whose client asks. Raises RequestError."""
        self._p.authenticate(call, MESSAGES.accept(headers), "models")
        return headers.get(":path", "").removeprefix("/v1/models/"), _ANTHROPIC in headers

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Return the model. Raises RequestError 404."""
        name, ours = body
        for model in self._models(call):
            if model["id"] == name:
                return Answer(status=200, body=anthropic.model(name) if ours else model)
        raise RequestError("This key's function has no such model.", code="model_not_found",
                           status=404, hint="GET /v1/models lists them.")  # fmt: skip
