"""Whether a list of hosts holds one: by name, or `*.name` for those below it, not itself."""

from collections.abc import Iterable


def listed(host: str, names: Iterable[str]) -> bool:
    """Say whether a host is among the names; both in small letters."""
    return any(
        host == name or (name.startswith("*.") and host.endswith(name[1:]) and host != name[1:])
        for name in names
    )
