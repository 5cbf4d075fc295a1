"""Bytes to Exchange, and where it goes: model, price and the function's output limit."""

import asyncio

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import Caller, Exchange
from seawall.gateway import hosted_bound
from seawall.gateway.call import Call, Route
from seawall.gateway.steps.allowed import require_model, require_tools
from seawall.gateway.targets import keeps_files, upstreams_of
from seawall.policy.model import Policy, Upstream
from seawall.wire import upstreams
from seawall.wire.formats import ParseOptions, RequestFormat

_OFF_LOOP_BYTES = 256 * 1024


class ParseChat:
    """Sets `call.exchange` and `call.route`."""

    def __init__(self, policy: Policy, max_body: int) -> None:
        self._policy = policy
        self._max_body = max_body
        self.trusted_tools = frozenset(
            name for name, rule in policy.tools.rules.items() if rule.returns == "trusted"
        )
        self.hosted = policy.tools.hosted.rules()

    async def __call__(self, call: Call, body: bytes, client: RequestFormat) -> None:
        """Raise RequestError: 400 or 413 for the body, 404 or 403 for its model."""
        if len(body) > _OFF_LOOP_BYTES:
            exchange = await asyncio.to_thread(self._parse, call, body, client)
        else:
            exchange = self._parse(call, body, client)
        call.name_user(exchange)
        if call.key is not None:
            exchange.caller = Caller(
                key_id=call.key.key_id,
                application=call.key.application,
                function=call.key.function,
                user=exchange.user,
            )
            require_tools(call.key, exchange)
        call.exchange = exchange
        call.route = self._route(call, exchange.model, exchange.max_output_tokens)
        if upstreams.uses_hosted(exchange):
            hosted_bound.clamp(exchange, self._policy.tools.hosted)
            self._narrow(call.route, exchange)

    def _narrow(self, route: Route, exchange: Exchange) -> None:
        """Leave the providers that have tools of their own; with files, the one that keeps them."""
        fit = tuple(x for x in route.targets if x.kind == "openai")
        if not fit:
            upstreams.of(route.upstream.kind, exchange)  # refuses
        if exchange.native["ids"]:
            keeper = keeps_files(self._policy)
            fit = tuple(x for x in fit if x == keeper)
        if not fit:
            raise RequestError(
                "The provider of this model keeps no files.",
                code="unsupported_field", param="/hosted_tools/0",
                hint="Ask for a model of the first upstream of kind openai.",
            )  # fmt: skip
        route.narrow(fit, exchange.model)

    def _parse(self, call: Call, body: bytes, client: RequestFormat) -> Exchange:
        options = ParseOptions(
            markers=self._policy.documents,
            trusted_tools=self.trusted_tools,
            max_bytes=self._max_body,
            request_id=call.request_id,
            deployment=call.deployment,
            hosted=self.hosted,
        )
        return client.parse(body, options)

    def _route(self, call: Call, model: str, wanted: int | None) -> Route:
        function = self._policy.functions[call.key.function if call.key else ""]
        upstream_of(self._policy, model)
        targets = upstreams_of(self._policy, model)
        if call.key is not None:
            require_model(self._policy, call.key, model)
        limit = function.max_output_tokens
        return Route(
            upstream=targets[0],
            price=targets[0].models[model],
            function=function,
            max_output_tokens=min(wanted or limit, limit),
            targets=targets,
        )


def upstream_of(policy: Policy, model: str) -> Upstream:
    """Return the provider that has the model. Raises RequestError 404."""
    for upstream in policy.upstreams:
        if model in upstream.models:
            return upstream
    raise RequestError(
        "The policy has no such model.",
        code="model_not_found",
        status=404,
        param="/model",
        hint="GET /v1/models lists the models.",
    )


def estimate_tokens(exchange: Exchange) -> int:
    """Return what a prompt usually costs, for clients that ask: bytes / 3, and 1500 an image."""
    total = 0
    for part in exchange.parts:
        total += 1500 if part.image is not None else len(part.text.encode("utf-8")) // 3 + 4
    for tool in exchange.tools.values():
        total += len(msgspec.json.encode(tool)) // 6
    return total
