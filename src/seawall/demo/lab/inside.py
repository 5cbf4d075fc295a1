"""What a tool of the lab really does: it asks the listener that stands for a service inside."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import aiohttp

_SECONDS = 5.0


async def fetched(tool: str, arguments: dict[str, Any], inside: str) -> None:
    """Fetch what `fetch_url` was called with, if it leads to the listener at `inside`.

    A listener that does not answer has not seen it: nothing is raised, and nothing counts.
    """
    path = _path_at(str(arguments.get("url", "")), inside)
    if tool != "fetch_url" or path is None:
        return
    try:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        url = inside.rstrip("/") + path
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            await answer.read()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return


def _path_at(url: str, inside: str) -> str | None:
    """Return the path of an address that is the listener's, however its numbers are written."""
    try:
        given, own = urlsplit(url), urlsplit(inside)
        same = (_number(given.hostname), given.port) == (_number(own.hostname), own.port)
    except ValueError:
        return None
    return given.path if same and given.scheme == "http" else None


def _number(host: str | None) -> int:
    """Return an IPv4 address as its number. Raises ValueError for anything else."""
    text = host or ""
    if text.isdecimal():
        return int(text)
    address = ipaddress.ip_address(text)
    return int(getattr(address, "ipv4_mapped", None) or address)
