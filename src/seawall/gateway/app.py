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
from seawall.gateway.in_force import PolicyVersion
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
from seawall.store.replica_copy import Kept
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
    version: PolicyVersion | None = None,
    kept: Kept | None = None,
) -> "Gateway":
    """Return the gateway's application. `audit` must be started.

    `version` names the policy in records; `kept` is what this replica kept of a database that is
    away; `env` is where the providers' keys stand. Raises
    MissingPartError when one is not set.
    """
    settings = settings or Settings()
    parts = build_parts(
        policy, store, audit, engine, env, settings, version=version, kept=kept
    )  # fmt: skip
    return Gateway(parts, env)


class _Serving:
    """What answers under one policy, and how many requests it still answers."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.app = _App(_routes(parts))
        self.open = 0

    async def close(self) -> None:
        """Close what is this policy's own."""
        await self.parts.provider.close()
        self.parts.runner.close()


class Gateway:
    """The gateway as an ASGI application. A request ends under the policy with which it began."""

    def __init__(self, parts: Parts, env: Mapping[str, str]) -> None:
        self._env = env
        self._serving = _Serving(parts)
        self._old: set[asyncio.Task[None]] = set()
        self._edge = Starlette(lifespan=self._lifespan)
        self.state = self._edge.state
        self.state.kills, self.state.drain = parts.kill.cache, parts.drain

    @property
    def parts(self) -> Parts:
        """What answers new requests."""
        return self._serving.parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._edge(scope, receive, send)
            return
        serving = self._serving
        serving.open += 1
        try:
            await serving.app(scope, receive, send)
        finally:
            serving.open -= 1
            if not serving.open and serving is not self._serving:
                self._end(serving)

    def prepared(self, policy: Policy, engine: GuardEngine, version: PolicyVersion) -> Parts:
        """Build what answers under another policy, beside the event loop; nothing changes yet.

        Raises what `build_app` raises.
        """
        now = self.parts
        return build_parts(
            policy, now.store, now.audit_log, engine, self._env, now.settings,
            version=version, before=now,
        )  # fmt: skip

    async def change(self, parts: Parts) -> None:
        """Let new requests be answered by `parts`; those that run end as they began."""
        await parts.provider.open()
        old, self._serving = self._serving, _Serving(parts)
        parts.enter()
        if not old.open:
            self._end(old)

    def _end(self, serving: _Serving) -> None:
        task = asyncio.ensure_future(serving.close())
        self._old.add(task)
        task.add_done_callback(self._old.discard)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        first = self.parts
        await first.provider.open()
        recorder = asyncio.create_task(
            keep_recording(first.store, first.audit_log, lambda: self.parts.policy.audit)
        )
        try:
            yield
        finally:
            recorder.cancel()
            lasting = first.lasting
            await lasting.strangers.close()
            await self._serving.close()
            await asyncio.to_thread(lasting.close)
            await asyncio.to_thread(first.limiter.shut)
            await asyncio.to_thread(first.watch.close)
            if lasting.pledges is not None:
                lasting.pledges.close()


class _App(Starlette):
    """Takes requests for plain paths straight to their endpoints.

    An endpoint answers every method and every error itself, so that neither the search through
    the routes nor what Starlette would do with an exception is needed.
    """

    def __init__(self, routes: list[Route]) -> None:
        super().__init__(routes=routes)
        self._plain = {
            route.path: route.app
            for route in routes
            if isinstance(route.app, Endpoint) and "{" not in route.path
        }
        self._nowhere = routes[-1].app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else "/"
        if path.startswith(azure.PREFIX):
            path = _renamed(scope, path)
        # No pattern of a route matches a line break or `*`, not even the last one's.
        odd = "\n" in path or path[:1] != "/"
        endpoint = self._nowhere if odd else self._plain.get(path)
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
