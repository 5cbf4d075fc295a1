"""Routes that are loaded with the first request for one of them: a start need not wait for them."""

from collections.abc import Mapping
from importlib import import_module

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from seawall.gateway import body as bodies
from seawall.gateway.call import Call
from seawall.gateway.endpoint import Endpoint, RouteHandler
from seawall.gateway.later import load
from seawall.gateway.parts import Parts
from seawall.gateway.routes.rest import Nowhere

ADMIN = ("seawall.gateway.admin.route", "admin_routes")
KEPT = ("seawall.gateway.routes.keeping", "kept_routes")
MEDIA = ("seawall.gateway.routes.media", "media_routes")
_AREAS = {
    "/admin/v1/{rest:path}": ADMIN,
    "/v1/images/{rest:path}": MEDIA,
    "/v1/audio/{rest:path}": MEDIA,
    "/v1/files": KEPT,
    "/v1/files/{rest:path}": KEPT,
    "/v1/vector_stores": KEPT,
    "/v1/vector_stores/{rest:path}": KEPT,
    "/v1/batches": KEPT,
    "/v1/batches/{rest:path}": KEPT,
    "/v1/fine_tuning/{rest:path}": KEPT,
}


class Later:
    """An ASGI application for what `build` of a module returns: path -> route."""

    def __init__(self, parts: Parts, module: str, build: str) -> None:
        self._parts, self._module, self._build = parts, module, build
        self._router: Router | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a path of the area that is no route is refused as anywhere."""
        app: ASGIApp
        try:
            app = self._router or await self._load()
        except Exception as error:  # noqa: BLE001 - the endpoint answers and records every error
            app = Endpoint(self._parts, _Broken(error))
        await app(scope, receive, send)

    async def _load(self) -> Router:
        await load(self._module)
        if self._router is None:  # of those who waited together the first builds it
            self._router = self._loaded()
        return self._router

    def _loaded(self) -> Router:
        found = {**handlers(self._parts, self._module, self._build), "/{path:path}": Nowhere()}
        routes = [Route(path, Endpoint(self._parts, route)) for path, route in found.items()]
        return Router(routes=routes)


class _Broken(Nowhere):
    """Stands for an area that could not be loaded; the next request tries again."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> None:
        """Raise what came of loading it."""
        raise self._error


def handlers(parts: Parts, module: str, build: str) -> Mapping[str, RouteHandler]:
    """Return path -> route of one module, which is loaded now."""
    found: Mapping[str, RouteHandler] = getattr(import_module(module), build)(parts)
    return found


def later_routes(parts: Parts) -> list[Route]:
    """Return the areas whose routes are loaded later."""
    apps: dict[tuple[str, str], ASGIApp] = {
        place: Later(parts, *place) for place in dict.fromkeys(_AREAS.values())
    }
    return [Route(path, apps[place]) for path, place in _AREAS.items()]
