"""Which policy serves: its version, since when, and what came of the last change."""

import hashlib
import time
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from seawall.core.errors import MissingPartError
from seawall.core.roles import Actor
from seawall.policy.model import Policy

Source = Literal["file", "store", "cache"]
_MOST_ERROR = 1000


class PolicyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One compiled policy: `sha256` of its contents, and a `number` that only grows.

    `source`: a file of this replica, the store that replicas share, or this replica's signed copy
    while that is away.
    """

    number: int
    sha256: str
    source: Source = "file"


def hash_of(policy: Policy) -> str:
    """Return the SHA-256 of a policy's canonical JSON (hex)."""
    return hashlib.sha256(msgspec.json.encode(policy, order="sorted")).hexdigest()


def _cannot(actor: Actor, text: str = "") -> PolicyVersion:
    raise MissingPartError("This gateway's policy cannot be read anew.", hint="Start it again.")


class InForce:
    """The version that serves. A request keeps the one with which it began.

    `behind`: how old in seconds the copy of keys and policy is that the start made do with.
    `reload` reads the policy's source and changes to what stands there, `publish` makes a text the
    newest policy of all replicas; whoever serves sets both. They may be called in any thread, and
    raise SeawallError: then what served goes on.
    """

    def __init__(
        self, version: PolicyVersion, clock: Callable[[], float] = time.time,
        *, behind: float | None = None,
    ) -> None:  # fmt: skip
        self.version = version
        self._behind = behind
        self._started = time.monotonic()
        self._clock = clock
        self.since = clock()
        self.error = ""
        self.failures = self.changes = 0
        self.reload: Callable[[Actor], PolicyVersion] = _cannot
        self.publish: Callable[[Actor, str], PolicyVersion] = _cannot

    def changed(self, version: PolicyVersion) -> None:
        """Note that another version serves from now on, or the same one was read again."""
        if version.sha256 != self.version.sha256:
            self.since = self._clock()
            self.changes += 1
        self.version, self.error = version, ""

    def confirmed(self) -> None:
        """Note that the store was asked, and that what serves is what should."""
        self._behind = None

    @property
    def unconfirmed_seconds(self) -> float:
        """How old a copy is that was started with; 0.0 once the store was asked."""
        return 0.0 if self._behind is None else self._behind + time.monotonic() - self._started

    def failed(self, reason: str) -> None:
        """Note that a change was refused."""
        self.failures += 1
        self.error = reason[:_MOST_ERROR]

    @property
    def age_seconds(self) -> float:
        """How long this version has served."""
        return max(0.0, self._clock() - self.since)

    def describe(self) -> dict[str, Any]:
        """Return fields for /readyz."""
        version = self.version
        told = {
            "version": version.number, "sha256": version.sha256, "source": version.source,
            "age_seconds": round(self.age_seconds, 3),
        }  # fmt: skip
        return told | ({"error": self.error} if self.error else {})
