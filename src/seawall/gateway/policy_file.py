"""A policy that is a file of this replica."""

from pathlib import Path

from seawall.core.errors import InputError
from seawall.core.roles import Actor
from seawall.gateway.in_force import PolicyVersion
from seawall.gateway.reload import Loaded, numbered
from seawall.guard import cards
from seawall.policy.load import load_policy
from seawall.policy.model import Policy


class PolicyFile:
    """Reads the file again and again; other contents get the next number."""

    follows = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, before: PolicyVersion | None) -> Loaded:
        """See `Policies`. Raises InputError that names file, line and field."""
        policy = load_policy(self._path, cards.cards())
        return Loaded(policy=policy, version=numbered(policy, before, "file"))

    def signed(self, number: int) -> bytes:
        """See `Policies`; nobody signs a file."""
        return b""

    def publish(self, policy: Policy, text: str, actor: Actor) -> None:
        """Refuse it. Raises InputError."""
        raise InputError(
            f"This gateway serves the file {self._path}: what is published is not followed.",
            hint="Change the file and reload, or start the gateway without --policy.",
        )
