"""The routes of everything that a provider keeps."""

from seawall.gateway.endpoint import RouteHandler
from seawall.gateway.parts import Parts
from seawall.gateway.routes.batches import BATCHES, BatchRoute
from seawall.gateway.routes.files import Files, OneFile
from seawall.gateway.routes.kept import Keeper
from seawall.gateway.routes.objects import VECTOR_STORES, ObjectRoute, by_path
from seawall.gateway.routes.training import JOBS, FineTuning


def kept_routes(parts: Parts) -> dict[str, RouteHandler]:
    """Return a route for each path of files, vector stores, batches and fine-tuning jobs."""
    keeper = Keeper(parts)
    found: dict[str, RouteHandler] = {
        "/v1/files": Files(parts, keeper),
        "/v1/files/{id}": OneFile(parts, keeper),
        "/v1/files/{id}/content": OneFile(parts, keeper, content=True),
    }
    for operations, surface, route in (
        (VECTOR_STORES, "vector-stores", ObjectRoute),
        (BATCHES, "batches", BatchRoute),
        (JOBS, "fine-tuning", FineTuning),
    ):
        for path, group in by_path(operations).items():
            found[path] = route(parts, keeper, surface, group)
    return found
