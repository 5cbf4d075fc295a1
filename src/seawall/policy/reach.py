"""Is what an argument names, an address or a host, among those that a rule lists?

Read as whoever sends or fetches reads it; what two programs could read in two ways is not listed.
"""

import re
from typing import Any

from seawall.core.hostnames import listed
from seawall.policy.provenance.text import fold, host

_BETWEEN = re.compile(r"[,;\r\n]")
_NAMED = re.compile(r"(?:\"[^\"<>@,;]*\"\s*|[^\"<>@,;:]*)<([^<>\s]+)>")
_ADDRESS = re.compile(r"[\w.+'’-]+@[\w.-]+")
_WORD = re.compile(r"\s+|[,;|](?=\s*(?:[a-z][a-z0-9+.-]*:)?//)")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)")
_REMOTE = frozenset({"http", "https", "ws", "wss", "ftp", "ftps", "sftp", "ssh", "git"})
_HOST = re.compile(r"[\w.-]+")
_DIGITS_MIN = 6


def listed_recipient(value: Any, allowed: tuple[str, ...]) -> bool:
    """Say whether a value names recipients, all of them listed: by name, or by `@domain`."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    known, text = {fold(one).strip() for one in allowed}, fold(str(value)).strip()
    if text in known or _account(text) in {_account(one) for one in known} - {""}:
        return True
    pieces = [piece for one in _BETWEEN.split(text) if (piece := one.strip())]
    return bool(pieces) and all(_known(piece, known) for piece in pieces)


def _known(piece: str, known: set[str]) -> bool:
    named = _NAMED.fullmatch(piece)
    address = named[1] if named else piece
    if address in known:
        return True
    domain = address[address.find("@") :]
    return _ADDRESS.fullmatch(address) is not None and domain in known


def _account(text: str) -> str:
    """Return a number of digits and letters without its grouping, "" for anything else."""
    bare = re.sub(r"[\s.-]", "", text)
    return bare if bare.isalnum() and sum(map(str.isdigit, bare)) >= _DIGITS_MIN else ""


def listed_host(value: Any, allowed: tuple[str, ...]) -> bool:
    """Say whether a value is links or hosts, all of them listed: by name, or below `*.name`."""
    if not isinstance(value, str):
        return False
    known = {fold(one).strip().removeprefix("www.") for one in allowed}
    # Browsers read a backslash as a slash, and drop line ends within a link.
    words = [word for word in _WORD.split(fold(value).strip().replace("\\", "/")) if word]
    return bool(words) and all(_below(word, known) for word in words)


def _below(word: str, known: set[str]) -> bool:
    scheme = _SCHEME.match(word)
    if scheme is not None and scheme[1] not in _REMOTE and "." not in scheme[1]:
        return False
    # "docs.example.org:8443" has a port, no scheme.
    name = host(word if scheme or word.startswith("//") else f"//{word}").removesuffix(".")
    if _HOST.fullmatch(name) is None:
        return False
    return listed(name, known)
