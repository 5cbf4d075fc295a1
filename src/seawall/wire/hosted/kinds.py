"""Which tools of a provider a policy can allow, and what it says of each."""

from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec

from seawall.core.hostnames import listed
from seawall.wire import checks

WEB_SEARCH, FILE_SEARCH, CODE, MCP = "web_search", "file_search", "code_interpreter", "mcp"
PICTURES = "image_generation"
TYPES: dict[str, str] = {
    "code_interpreter": CODE,
    "file_search": FILE_SEARCH,
    "image_generation": PICTURES,
    "mcp": MCP,
    "web_search": WEB_SEARCH,
    "web_search_2025_08_26": WEB_SEARCH,
    "web_search_preview": WEB_SEARCH,
    "web_search_preview_2025_03_11": WEB_SEARCH,
}
"""Types of definitions, and the policy's name for them."""
ITEMS: dict[str, str] = {
    "code_interpreter_call": CODE,
    "file_search_call": FILE_SEARCH,
    "image_generation_call": PICTURES,
    "mcp_approval_request": MCP,
    "mcp_call": MCP,
    "mcp_list_tools": MCP,
    "web_search_call": WEB_SEARCH,
}
"""Types of items in an answer, and the kind of tool that they belong to."""
APPROVAL = "mcp_approval_response"
"""The item with which a client answers an approval request."""
OWN = "hosted"
"""Stands behind the name of a tool that is the provider's own, as a server's label does."""
_ANY = {"type": "string"}
_DEFINED: dict[str, dict[str, Any]] = {
    WEB_SEARCH: {
        "description": "Searches the web and reads pages.",
        "properties": {"query": _ANY, "url": _ANY, "pattern": _ANY},
    },
    FILE_SEARCH: {"description": "Searches files.", "properties": {"query": _ANY}},
    CODE: {"description": "Calculates with data.", "properties": {"code": _ANY}},
    PICTURES: {
        "description": "Returns a picture of what is described.",
        "properties": {"prompt": _ANY},
    },
}


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy says of one kind.

    `hosts` of servers, `labels` that belong to one host; `unasked`: nobody need approve. `models`
    that draw, by name.
    """

    hosts: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    unasked: bool = False
    models: tuple[str, ...] = ()

    def reaches(self, host: str) -> bool:
        """Say whether a server's host is listed, by name or below `*.name`."""
        names = (*self.hosts, *self.labels.values())
        return listed(host.casefold(), map(str.casefold, names))

    def labelled(self, label: str, host: str) -> bool:
        """Say whether a server may be called so: a label's host and it belong together alone."""
        host, bound = host.casefold(), {k: v.casefold() for k, v in self.labels.items()}
        return bound[label] == host if label in bound else host not in bound.values()


Rules = Mapping[str, Allowed]


def require(kind: str, rules: Rules, at: str) -> Allowed:
    """Return what the policy says of a kind. Raises RequestError where it says nothing."""
    return rules.get(kind) or refuse(kind, at)


def refuse(kind: str, at: str) -> NoReturn:
    """Raise the 400 of a kind that the policy does not allow."""
    more = ", hosts: [...]" if kind == MCP else ""
    checks.unsupported(
        at,
        f"{kind}: a provider's tool acts before the guard sees it. The policy allows it with "
        f"tools: {{hosted: {{{kind}: {{per_call: ...{more}}}}}}}; a function tool always works.",
    )


def name_of(kind: str) -> str:
    """Return the name of a provider's own tool, as rules and records have it."""
    return f"{kind}@{OWN}"


def name_at(name: str, label: str) -> str:
    """Return the name of a server's tool, as rules and records have it."""
    return f"{name}@{label}"


def offered_as(kind: str, label: str) -> str:
    """Return the name under which a request offers a kind; of servers, each by its own label."""
    return name_at(kind, label) if kind == MCP else name_of(kind)


def defined(kind: str) -> dict[str, Any]:
    """Return a provider's own tool as a function that could be offered."""
    known = _DEFINED[kind]
    parameters = {"type": "object", "properties": known["properties"]}
    return {"name": name_of(kind), "description": known["description"], "parameters": parameters}
