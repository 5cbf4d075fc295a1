"""Definitions of a provider's tools: every field by name, every text and link as a part."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.wire import checks, pointer
from seawall.wire.hosted.kinds import (
    CODE,
    FILE_SEARCH,
    MCP,
    OWN,
    PICTURES,
    TYPES,
    WEB_SEARCH,
    Allowed,
)

# Escaped signs may end a host for whoever reads them otherwise.
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
Ids = Mapping[tuple[str, str], str]
"""The provider's id by (kind of object, id of ours), of the caller's own objects."""
_DEPTH = 8
_SERVER_ONLY = "Only server_url is let through, to hosts that the policy lists."
_FOREIGN = "The gateway passes no credentials of a client's to servers that it does not ask itself."
_DIRECT = checks.only(["direct"], "Only the model itself may call tools.")
_SIZE = checks.one_of("low", "medium", "high")
_LOCATION = ("city", "country", "region", "timezone")
_WEB: dict[str, checks.Check] = {
    "external_web_access": checks.boolean,
    "search_content_types": checks.only(["text"], "The guard cannot see pictures it would find."),
    "search_context_size": _SIZE,
}
_MCP: dict[str, checks.Check] = {
    "allowed_callers": _DIRECT,
    "authorization": checks.refused(_FOREIGN),
    "connector_id": checks.refused(_SERVER_ONLY),
    "defer_loading": checks.only(False, "Every tool must be in the request."),
    "headers": checks.refused(_FOREIGN),
    "tunnel_id": checks.refused(_SERVER_ONLY),
}
_MEMORY = checks.one_of("1g", "4g", "16g", "64g")
_COMPARES = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")


def read(value: dict[str, Any], at: str, allowed: Allowed, ids: Ids) -> None:
    """Check a definition whose `type` is known; nulls go. Raises RequestError."""
    kind = TYPES[value["type"]]
    if kind == WEB_SEARCH:
        _web_search(value, at)
    elif kind == FILE_SEARCH:
        _file_search(value, at, ids)
    elif kind == CODE:
        _code(value, at, ids)
    elif kind == PICTURES:
        _pictures(value, at, allowed)
    else:
        _mcp(value, at, allowed)


def _web_search(value: dict[str, Any], at: str) -> None:
    checks.known(value, at, ("type", "filters", "user_location", *_WEB))
    checks.each(value, at, _WEB)
    if "filters" in value:
        where = f"{at}/filters"
        filters = checks.obj(value["filters"], where)
        checks.known(filters, where, ("allowed_domains",))
        _strings(filters.get("allowed_domains", []), f"{where}/allowed_domains", 100)
    if "user_location" in value:
        where = f"{at}/user_location"
        location = checks.obj(value["user_location"], where)
        checks.known(location, where, ("type", *_LOCATION))
        checks.one_of("approximate")(location.get("type", "approximate"), f"{where}/type")
        for key in _LOCATION:
            checks.string(location.get(key, ""), f"{where}/{key}", high=256)


def _file_search(value: dict[str, Any], at: str, ids: Ids) -> None:
    known = ("type", "vector_store_ids", "filters", "max_num_results", "ranking_options")
    checks.known(value, at, known)
    where = f"{at}/vector_store_ids"
    _own("vector_store", checks.need(value, at, "vector_store_ids"), where, ids, low=1)
    if "filters" in value:
        _filter(value["filters"], f"{at}/filters", _DEPTH)
    if "max_num_results" in value:
        checks.integer(1, 50)(value["max_num_results"], f"{at}/max_num_results")
    if "ranking_options" in value:
        _ranking(value["ranking_options"], f"{at}/ranking_options")


def _ranking(value: Any, at: str) -> None:
    checks.known(checks.obj(value, at), at, ("hybrid_search", "ranker", "score_threshold"))
    if "ranker" in value:
        checks.one_of("auto", "default-2024-11-15")(value["ranker"], f"{at}/ranker")
    if "score_threshold" in value:
        checks.number(0, 1)(value["score_threshold"], f"{at}/score_threshold")
    if "hybrid_search" in value:
        where, weights = f"{at}/hybrid_search", ("embedding_weight", "text_weight")
        checks.known(checks.obj(value["hybrid_search"], where), where, weights)
        for key, weight in value["hybrid_search"].items():
            checks.number(0, 1_000_000)(weight, f"{where}/{key}")


def _filter(value: Any, at: str, depth: int) -> None:
    if depth == 0:
        checks.refuse(at, f"is nested deeper than {_DEPTH}")
    kind = checks.need(checks.obj(value, at), at, "type")
    checks.one_of("and", "or", *_COMPARES)(kind, f"{at}/type")
    if kind in ("and", "or"):
        checks.known(value, at, ("type", "filters"))
        inner = checks.array(checks.need(value, at, "filters"), f"{at}/filters", high=64)
        for index, item in enumerate(inner):
            _filter(item, f"{at}/filters/{index}", depth - 1)
        return
    checks.known(value, at, ("type", "key", "value"))
    checks.string(checks.need(value, at, "key"), f"{at}/key", high=64)
    found = checks.need(value, at, "value")
    for item in checks.array(found, f"{at}/value") if isinstance(found, list) else [found]:
        if not isinstance(item, str | int | float):
            checks.refuse(f"{at}/value", "must hold texts, numbers or switches")


def _code(value: dict[str, Any], at: str, ids: Ids) -> None:
    checks.known(value, at, ("type", "container", "allowed_callers"))
    checks.each(value, at, {"allowed_callers": _DIRECT})
    where = f"{at}/container"
    container = checks.need(value, at, "container")
    if isinstance(container, str):
        checks.unsupported(where, "Nobody here knows what is in it; send {type: auto}.")
    known = ("type", "file_ids", "memory_limit", "network_policy")
    checks.known(checks.obj(container, where), where, known)
    checks.one_of("auto")(checks.need(container, where, "type"), f"{where}/type")
    _own("file", container.get("file_ids", []), f"{where}/file_ids", ids)
    if "memory_limit" in container:
        _MEMORY(container["memory_limit"], f"{where}/memory_limit")
    if "network_policy" in container:
        hint = "Only {type: disabled}: nobody here sees what code sends."
        checks.only({"type": "disabled"}, hint)(
            container["network_policy"], f"{where}/network_policy"
        )


_PICTURES: dict[str, checks.Check] = {
    "action": checks.one_of("generate", "edit", "auto"),
    "background": checks.one_of("transparent", "opaque", "auto"),
    "complexity": _SIZE,
    "frame_count": checks.refused("Only single pictures can be read."),
    "frame_duration_ms": checks.refused("Only single pictures can be read."),
    "input_fidelity": checks.one_of("high", "low"),
    "input_image_mask": checks.refused("Use /v1/images/edits, where a mask is read."),
    "moderation": checks.only("auto", "Only auto."),
    "output_compression": checks.integer(0, 100),
    "output_format": checks.one_of("png", "webp", "jpeg"),
    "partial_images": checks.only(0, "A picture is read when it is whole."),
    "quality": checks.one_of("low", "medium", "high", "xhigh", "max", "auto"),
    "svg": checks.refused("Only pictures of dots can be read."),
}
SIZE = re.compile(r"auto|[1-9]\d{1,3}x[1-9]\d{1,3}")


def _pictures(value: dict[str, Any], at: str, allowed: Allowed) -> None:
    checks.known(value, at, ("type", "model", "size", *_PICTURES))
    checks.each(value, at, _PICTURES)
    if "size" in value and not SIZE.fullmatch(checks.string(value["size"], f"{at}/size")):
        checks.refuse(f"{at}/size", "must be auto or WIDTHxHEIGHT")
    if "model" in value and value["model"] not in allowed.models:
        hint = "The policy lists models that draw in tools.hosted.image_generation.models."
        checks.unsupported(f"{at}/model", hint)


def _own(kind: str, value: Any, at: str, ids: Ids, low: int = 0) -> None:
    """Check ids of objects: only those that the caller has made."""
    for index, item in enumerate(checks.array(value, at, low=low, high=64)):
        if not isinstance(item, str) or (kind, item) not in ids:
            name = kind.replace("_", " ")
            checks.refuse(
                f"{at}/{index}", f"is no {name} of this key's function", code="not_found",
                hint=f"Make the {name} here, and name the id that you got.",
            )  # fmt: skip


def _mcp(value: dict[str, Any], at: str, allowed: Allowed) -> None:
    own = ("server_label", "server_url", "server_description", "allowed_tools", "require_approval")
    checks.known(value, at, ("type", *own, *_MCP))
    checks.each(value, at, _MCP)
    where = f"{at}/server_label"
    label = checks.name(checks.need(value, at, "server_label"), where)
    if label == OWN:
        checks.refuse(where, f"must not be {OWN}", hint="Rules of the provider's own tools say so.")
    host = _server(checks.need(value, at, "server_url"), f"{at}/server_url", allowed)
    if not allowed.labelled(label, host):
        hint = "The policy says in tools.hosted.mcp.labels which label and host belong together."
        checks.unsupported(where, hint)
    checks.string(value.get("server_description", ""), f"{at}/server_description", high=4096)
    if "allowed_tools" in value:
        _chosen(value["allowed_tools"], f"{at}/allowed_tools")
    _approval(value.setdefault("require_approval", "always"), f"{at}/require_approval", allowed)


def _server(value: Any, at: str, allowed: Allowed) -> str:
    """Check a server's URL and return its host."""
    url = checks.string(value, at, high=2048)
    try:
        split = urlsplit(url)
        host, port = split.hostname or "", split.port
    except ValueError:
        checks.refuse(at, "is no URL")
    plain = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>^`{|}')
    plain = plain and _HOST.fullmatch(host) is not None
    if not plain or split.scheme != "https" or port not in (None, 443):
        checks.refuse(at, "must be https://host/path, with no port but 443")
    if split.username is not None or split.password is not None or split.query or split.fragment:
        checks.unsupported(at, "A server's URL has no credentials, query or fragment here.")
    if not allowed.reaches(host):
        hint = "The policy lists the hosts of servers in tools.hosted.mcp.hosts."
        checks.unsupported(at, hint)
    return host


def _chosen(value: Any, at: str) -> None:
    """Check which tools of a server are meant."""
    names = value
    if not isinstance(value, list):
        checks.known(checks.obj(value, at), at, ("read_only", "tool_names"))
        checks.boolean(value.get("read_only", False), f"{at}/read_only")
        names, at = value.get("tool_names", []), f"{at}/tool_names"
    for index, item in enumerate(checks.array(names, at, high=256)):
        checks.name(item, f"{at}/{index}")


def _approval(value: Any, at: str, allowed: Allowed) -> None:
    if value == "always":
        return
    if not allowed.unasked:
        hint = "always; the policy allows others with tools.hosted.mcp.without_approval: true."
        checks.unsupported(at, hint)
    if value == "never":
        return
    checks.known(checks.obj(value, at), at, ("always", "never"))
    for key, tools in value.items():
        if isinstance(tools, list):
            checks.refuse(f"{at}/{key}", "must be an object")
        _chosen(tools, f"{at}/{key}")


def _strings(value: Any, at: str, high: int) -> None:
    for index, item in enumerate(checks.array(value, at, high=high)):
        checks.string(item, f"{at}/{index}", high=256)


_CLOSED = frozenset({"type", "vector_store_ids", "file_ids", "require_approval", "allowed_callers",
                     "ranker", "memory_limit", "search_context_size", "max_num_results",
                     "score_threshold", "hybrid_search", *_PICTURES, "model",
                     "size"})  # fmt: skip


def parts(value: dict[str, Any], where: str) -> list[Part]:
    """Return the parts of a checked definition: each text that is no closed choice or own id."""
    kind = TYPES[value["type"]]
    base = Part(pointer=where, role=Role.TOOL_DEFINITION, trust=Trust.OPERATOR,
                stage=Stage.TOOL_DEFINITION, name=kind)  # fmt: skip
    found = []
    for at, text in _texts(value, where):
        plain = kind != MCP or at.endswith("/server_description")
        fixed = not plain and pointer.editable(at)
        at = pointer.KEY_PREFIX + at if fixed else at  # a name or address is nothing to edit
        found.append(msgspec.structs.replace(base, pointer=at, text=text))
    return found


def _texts(value: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield pointer.KEY_PREFIX + at, str(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _CLOSED or (key == "require_approval" and isinstance(item, dict)):
                yield from _texts(item, at + pointer.join(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{at}/{index}")


def sent(value: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """Return a definition as its provider gets it, with that provider's ids."""
    value = {key: item for key, item in value.items() if key != "allowed_callers"}
    if "vector_store_ids" in value:
        value["vector_store_ids"] = [ids["vector_store", one] for one in value["vector_store_ids"]]
    if value.get("container", {}).get("file_ids"):
        own = [ids["file", one] for one in value["container"]["file_ids"]]
        value["container"] = {**value["container"], "file_ids": own}
    return value


def named(value: Any) -> Iterator[tuple[str, str]]:
    """Yield (kind, id) of the objects that a request's tools name, before anything is checked."""
    for tool in value if isinstance(value, list) else ():
        if not isinstance(tool, dict):
            continue
        container = tool.get("container")
        files = container.get("file_ids") if isinstance(container, dict) else None
        for kind, found in (("vector_store", tool.get("vector_store_ids")), ("file", files)):
            for one in found[:64] if isinstance(found, list) else ():
                if isinstance(one, str) and checks.is_identifier(one):
                    yield kind, one
