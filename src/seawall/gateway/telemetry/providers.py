"""Providers by the names that the GenAI conventions know."""

import functools
from urllib.parse import urlsplit

from seawall.policy.model import Upstream

# By the end of the host's name; any other host speaks the format of its kind.
_HOSTS = {
    "openai.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "api.mistral.ai": "mistral_ai",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
}
_OLD = {"x_ai": "xai"}


def provider_of(upstream: Upstream, *, newest: bool) -> str:
    """Return the conventions' name of an upstream's provider, of the wanted generation.

    A server that is none of them is called by its kind, as the conventions ask: its address says
    which one it is.
    """
    name = _known(server_of(upstream.base_url)[0]) or upstream.kind
    return name if newest else _OLD.get(name, name)


@functools.lru_cache(256)
def server_of(base_url: str) -> tuple[str, int]:
    """Return the host and port of an upstream's address; 0 where it has no port that can be."""
    parts = urlsplit(base_url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    usual = 443 if parts.scheme == "https" else 80
    return parts.hostname or "", usual if port is None else port


@functools.lru_cache(256)
def _known(host: str) -> str:
    found = (name for end, name in _HOSTS.items() if host == end or host.endswith(f".{end}"))
    return next(found, "")
