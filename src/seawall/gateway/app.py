"""Build the gateway: a Starlette application with everything passed in."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from seawall.gateway.answers import error_body
from seawall.gateway.call import Call
from seawall.gateway.drain import StoppedError
from seawall.gateway.endpoint import DEPLOYMENT, Endpoint, RouteHandler
from seawall.gateway.parts import Parts, build_parts
from seawall.gateway.recorder import keep_recording
from seawall.gateway.routes.acceptance import Acceptance
from seawall.gateway.routes.chat import Chat
from seawall.gateway.routes.consent import ConsentRoute
from seawall.gateway.routes.count_tokens import CountTokens
from seawall.gateway.routes.embeddings import Embeddings
from seawall.gateway.routes.guard_check import GuardCheck
from seawall.gateway.routes.later import later_routes
from seawall.gateway.routes.metrics import MetricsPage
from seawall.gateway.routes.models import Models, OneModel
from seawall.gateway.routes.moderations import Moderations
from seawall.gateway.routes.responses import InputItems, OneResponse, Responses
from seawall.gateway.routes.rest import Health, Nowhere
from seawall.gateway.settings import Settings
from seawall.gateway.stopped import Stopped
from seawall.guard.engine import GuardEngine
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog
from seawall.store.db import Store
from seawall.wire import azure
from seawall.wire.anthropic.client import COUNT, MESSAGES
from seawall.wire.formats import OPENAI_CHAT
from seawall.wire.openai_completions import OpenAICompletions


def build_app(
    policy: Policy,
    store: Store,
    audit: AuditLog,
    engine: GuardEngine,
    env: Mapping[str, str],
    settings: Settings | None = None,
) -> Starlette:
    """Return the gateway's application. `audit` must be started.

    `env` is where the providers' keys stand. Raises MissingPartError when one is not set.
    """
    parts = build_parts(policy, store, audit, engine, env, settings or Settings())

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await parts.provider.open()
        recorder = asyncio.create_task(keep_recording(store, audit, policy.audit))
        try:
            yield
        finally:
            recorder.cancel()
            await parts.provider.close()
            parts.runner.close()
            await asyncio.to_thread(parts.fresh.close)
            parts.keys.close()
            await asyncio.to_thread(parts.limiter.shut)
            await asyncio.to_thread(parts.watch.close)
            parts.audit.close()

    app = _App(routes=_routes(parts), lifespan=lifespan)
    app.state.kills, app.state.drain = parts.kill.cache, parts.drain
    return app


class _App(Starlette):
    """Takes requests for plain paths straight to their endpoints.

    An endpoint answers every method and every error itself, so that neither the search through
    the routes nor what Starlette would do with an exception is needed.
    """

    def __init__(self, routes: list[Route], lifespan: Any) -> None:
        super().__init__(routes=routes, lifespan=lifespan)
        self._plain = {
            route.path: route.app
            for route in routes
            if isinstance(route.app, Endpoint) and "{" not in route.path
        }
        self._nowhere = routes[-1].app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith(azure.PREFIX):
            path = _renamed(scope, path)
        # No pattern of a route matches a line break, not even the last one's.
        endpoint = self._nowhere if "\n" in path else self._plain.get(path)
        if endpoint is None:
            await super().__call__(scope, receive, send)
        else:
            await endpoint(scope, receive, send)


def _renamed(scope: Scope, path: str) -> str:
    """Return the gateway's own path of one of Azure's, and put it into the scope."""
    raw = scope.get("raw_path", b"").decode("latin-1")
    scope["path"], scope[DEPLOYMENT] = azure.route_of(path, raw)
    scope["query_string"] = azure.query_of(scope.get("query_string", b""))
    return str(scope["path"])


def _cut(scope: Scope, started: bool) -> dict[str, Any] | None:
    return error_body(Call("metrics"), StoppedError())


def _routes(parts: Parts) -> list[Route]:
    health = Health(parts)
    guarded: dict[str, RouteHandler] = {
        "/v1/chat/completions": Chat(parts, OPENAI_CHAT),
        "/v1/responses": Responses(parts),
        "/v1/responses/{id}": OneResponse(parts),
        "/v1/responses/{id}/input_items": InputItems(parts),
        "/v1/completions": Chat(parts, OpenAICompletions()),
        "/v1/embeddings": Embeddings(parts),
        "/v1/messages": Chat(parts, MESSAGES),
        "/v1/messages/count_tokens": CountTokens(parts, COUNT),
        "/v1/models": Models(parts),
        "/v1/models/{model:path}": OneModel(parts),
        "/v1/moderations": Moderations(parts),
        "/v1/seawall/acceptance": Acceptance(parts),
        "/v1/seawall/consent": ConsentRoute(parts),
        "/guard/v1/check": GuardCheck(parts),
    }
    return [
        Route("/healthz", health.healthz, methods=["GET"]),
        Route("/readyz", health.readyz, methods=["GET"]),
        Route("/metrics", MetricsPage(parts).get, methods=["GET"],
              middleware=[Middleware(Stopped, say=_cut)]),
        *(Route(path, Endpoint(parts, handler)) for path, handler in guarded.items()),
        *later_routes(parts),
        Route("/{path:path}", Endpoint(parts, Nowhere())),
    ]  # fmt: skip
