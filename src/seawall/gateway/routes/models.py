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


class Models:
    """Lists models from the policy; no provider is asked."""

    surface = "models"
    methods = ("GET",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> None:
        """Authenticate. Raises RequestError."""
        self._p.authenticate(call, headers, "models")

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Return the list of models."""
        return Answer(status=200, body={"object": "list", "data": self._models(call)})

    def _models(self, call: Call) -> list[dict[str, Any]]:
        policy, key = self._p.policy, call.key
        return [
            {"id": model, "object": "model", "created": 0, "owned_by": upstream.name}
            for upstream in policy.upstreams
            for model in upstream.models
            if key is not None and may_use_model(policy, key, model)
        ]


class OneModel(Models):
    """One model by its name, which is the rest of the path."""

    async def read(  # type: ignore[override]
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> str:
        """Authenticate and return the model's name. Raises RequestError."""
        self._p.authenticate(call, headers, "models")
        return headers.get(":path", "").removeprefix("/v1/models/")

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Return the model. Raises RequestError 404."""
        for model in self._models(call):
            if model["id"] == body:
                return Answer(status=200, body=model)
        raise RequestError("This key's function has no such model.", code="model_not_found",
                           status=404, hint="GET /v1/models lists them.")  # fmt: skip
