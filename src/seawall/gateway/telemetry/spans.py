"""One request as spans: the gateway's own, and the provider's by the GenAI conventions.

Names of `gen_ai.*` come in two generations. The default is that of version 1.36; with
`gen_ai_latest_experimental` in OTEL_SEMCONV_STABILITY_OPT_IN it is the one since 1.37. What
Seawall decided stands in its own namespace, `seawall.*`. No attribute holds content.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from seawall.gateway.call import Call
from seawall.gateway.telemetry.providers import provider_of, server_of

LATEST = "gen_ai_latest_experimental"
_SERVER, _CLIENT, _ERROR = 2, 3, 2
_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_OPERATIONS = {"chat": "chat", "responses": "chat", "messages": "chat",
               "completions": "text_completion", "embeddings": "embeddings"}  # fmt: skip
Span = dict[str, Any]


def latest(env: Mapping[str, str]) -> bool:
    """Say which generation of names is wanted."""
    wanted = env.get("OTEL_SEMCONV_STABILITY_OPT_IN", "").split(",")
    return LATEST in (word.strip() for word in wanted)


class Tracer:
    """Makes the spans of each request and hands them to `put`, which must return at once.

    Attributes are a plain dict; the sink's thread brings them into OTLP's form.
    """

    def __init__(self, put: Callable[[Span], None], *, newest: bool) -> None:
        self._put = put
        self._newest = newest
        self._system = "gen_ai.provider.name" if newest else "gen_ai.system"

    def opened(self, call: Call) -> None:
        """Nothing: a stream is one span, made at its end."""

    def ended(self, call: Call) -> None:
        """Make the spans of a request; a caller that does not sample gets none."""
        trace, parent, sampled = _context(call.traceparent)
        if not sampled:
            return
        own = secrets.token_hex(8)
        # One reading of both clocks: durations are measured, only the place in time is not.
        now, ticks = time.time_ns(), time.perf_counter()

        def at(moment: float) -> str:
            return str(now - int((ticks - moment) * 1e9))

        server: Span = {
            "traceId": trace,
            "spanId": own,
            "parentSpanId": parent,
            "name": f"seawall {call.surface}",
            "kind": _SERVER,
            "startTimeUnixNano": at(call.started),
            "endTimeUnixNano": str(now),
            "attributes": _decisions(call),
            "status": {"code": _ERROR} if call.status >= 500 else {},
        }
        self._put(server)
        if call.route is not None and call.upstream_began:
            self._put(self._client(call, trace, own, at))

    def _client(self, call: Call, trace: str, parent: str, at: Callable[[float], str]) -> Span:
        values = self.genai(call)
        failed = call.code if call.code.startswith("upstream_") else None
        values["error.type"] = failed
        usage = call.usage
        if usage is not None:
            values["gen_ai.usage.input_tokens"] = usage.prompt_tokens
            values["gen_ai.usage.output_tokens"] = usage.completion_tokens
        if call.exchange is not None:
            values["gen_ai.request.max_tokens"] = call.exchange.max_output_tokens
        values["http.response.status_code"] = call.upstream_status
        return {
            "traceId": trace,
            "spanId": secrets.token_hex(8),
            "parentSpanId": parent,
            "name": f"{values['gen_ai.operation.name']} {values['gen_ai.request.model']}",
            "kind": _CLIENT,
            "startTimeUnixNano": at(call.upstream_began),
            "endTimeUnixNano": at(call.upstream_ended or time.perf_counter()),
            "attributes": values,
            "status": {"code": _ERROR} if failed else {},
        }

    def genai(self, call: Call) -> dict[str, Any]:
        """Return the attributes that spans and metrics of the provider's call share."""
        route, model = call.route, call.exchange.model if call.exchange else ""
        if route is None:
            raise RuntimeError("no provider was asked")
        upstream = route.upstream
        host, port = server_of(upstream.base_url)
        return {
            "gen_ai.operation.name": _OPERATIONS.get(call.surface, call.surface),
            self._system: provider_of(upstream, newest=self._newest),
            "gen_ai.request.model": route.upstream_model(model),
            "server.address": host,
            "server.port": port,
            "seawall.upstream": upstream.name,
        }


def _context(header: str) -> tuple[str, str, bool]:
    """Return trace id, parent span id, and whether it is sampled; a new trace without a parent."""
    match = _PARENT.fullmatch(header.strip())
    if match is None or set(match[1]) == {"0"} or set(match[2]) == {"0"}:
        return secrets.token_hex(16), "", True
    return match[1], match[2], bool(int(match[3], 16) & 1)


def _decisions(call: Call) -> dict[str, Any]:
    acted = sorted(call.fired)
    return {
        "http.response.status_code": call.status,
        "error.type": call.code if call.status >= 500 and call.code else None,
        "seawall.request_id": call.request_id,
        "seawall.surface": call.surface,
        "seawall.model": call.exchange.model if call.exchange and call.route else None,
        "seawall.function": call.key.function if call.key else None,
        "seawall.result": call.result,
        "seawall.code": call.code or None,
        "seawall.controls": acted or None,
        "seawall.actions": [call.fired[control].value for control in acted] or None,
        "seawall.unknown": len(call.unknown),
        "seawall.parts": len(call.parts),
        "seawall.cost": call.cost or None,
        "seawall.tools": len(call.tools) or None,
    }
