"""What a key may use: models of its function and of its own list, tools of its own list."""

from collections.abc import Iterable

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange
from seawall.policy.model import Policy
from seawall.store.keys import KeyRecord


def may_use_model(policy: Policy, key: KeyRecord, model: str) -> bool:
    """Say whether function and key both allow the model; an empty list allows every one."""
    models = policy.functions[key.function].models
    return (not models or model in models) and (not key.models or model in key.models)


def require_model(policy: Policy, key: KeyRecord, model: str, param: str = "/model") -> None:
    """Raise RequestError 403 `model_not_allowed`; `param` is the field that names it."""
    if may_use_model(policy, key, model):
        return
    known = (name for upstream in policy.upstreams for name in upstream.models)
    usable = [name for name in known if may_use_model(policy, key, name)]
    raise RequestError(
        f"This key's function or the key itself may not use the model {model!r}.",
        code="model_not_allowed",
        status=403,
        param=param,
        hint=f"It may use {', '.join(usable)}." if usable else "It may use no model.",
    )


def require_tools(key: KeyRecord, exchange: Exchange) -> None:
    """Raise RequestError 403 `tool_not_allowed` when the request offers a tool beyond the list."""
    if not key.tools:
        return
    listed = [(f"/tools/{place}", name) for place, name in enumerate(exchange.tools)]
    listed += [(f"/hosted_tools/{place}", name) for place, name in enumerate(exchange.hosted)]
    for inside, name in listed:
        require_tool_names(key, [name], exchange.places.get(inside, inside))


def require_tool_names(key: KeyRecord, names: Iterable[str], at: str) -> None:
    """Raise RequestError 403 `tool_not_allowed` for tools beyond the list; `at` offers them."""
    if key.tools and not set(names) <= set(key.tools):
        raise RequestError(
            f"The request offers a tool that this key may not use: {at}.",
            code="tool_not_allowed",
            status=403,
            param=at,
            hint=f"It may use {', '.join(key.tools)}.",
        )
