"""An MCP client under attack, with the proxy of `seawall mcp` between it and our servers."""

from pathlib import Path
from typing import TYPE_CHECKING

from seawall.core import yamlfile

if TYPE_CHECKING:
    from seawall.redteam.mcp_client.target import ClientTarget


def guarded_client(target: str) -> "ClientTarget | None":
    """Return the client that a file describes behind the proxy with the file's policy.

    None for another target, and for a client that names no policy: then the user has put
    something between. Raises InputError for a file or a policy that cannot be used.
    """
    if not target.endswith((".yaml", ".yml")):
        return None
    path = Path(target)
    if "client" not in yamlfile.load(path, dict[str, object]):
        return None
    from seawall.redteam.mcp_client.target import ClientTarget, read_client

    attacked = read_client(path)
    if not attacked.policy:
        return None
    from seawall.demo.mcp_between import between

    return ClientTarget(attacked, between=between(Path(attacked.policy)))
