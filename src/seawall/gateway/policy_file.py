"""A policy that is a file of this replica."""

from pathlib import Path

from seawall.gateway.in_force import PolicyVersion
from seawall.gateway.reload import Loaded, numbered
from seawall.guard import cards
from seawall.policy.load import load_policy


class PolicyFile:
    """Reads the file again and again; other contents get the next number."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, before: PolicyVersion | None) -> Loaded:
        """See `Policies`. Raises InputError that names file, line and field."""
        policy = load_policy(self._path, cards.cards())
        return Loaded(policy=policy, version=numbered(policy, before, "file"))
