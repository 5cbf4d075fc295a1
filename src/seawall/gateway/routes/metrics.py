"""GET /metrics: Prometheus' text, for keys with the scope `metrics`."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from seawall.core.errors import SeawallError
from seawall.gateway.answers import error_body
from seawall.gateway.call import Call
from seawall.gateway.endpoint import headers_of
from seawall.gateway.parts import Parts
from seawall.gateway.telemetry.registry import CONTENT_TYPE
from seawall.store.keys import METRICS_SCOPE


class MetricsPage:
    """Shows the numbers of all functions, so a function's own key does not open it."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def get(self, request: Request) -> Response:
        """Return the scrape; 401 or 403 without the right key. Leaves no audit record."""
        call = Call("metrics")
        try:
            headers = headers_of(request.scope)
            await self._p.fresh(headers)
            self._p.authenticate(call, headers, METRICS_SCOPE)
        except SeawallError as error:
            return JSONResponse(error_body(call, error), status_code=error.status)
        text = self._p.watch.metrics.registry.exposition()
        return Response(text, headers={"content-type": CONTENT_TYPE, "cache-control": "no-store"})
