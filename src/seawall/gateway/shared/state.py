"""What is shared with other replicas, and how it is: for /readyz and /metrics."""

from typing import Any

from seawall.core.errors import SeawallError
from seawall.gateway.in_force import InForce
from seawall.gateway.shared.fallback import FallbackCounters
from seawall.store.audit import AuditLog
from seawall.store.db import Store

_RETRY_SECONDS = 5


class StaleError(SeawallError):
    """What this replica knows of keys and policy is too old to serve by."""

    code = "store_away_too_long"
    status = 503
    retry_after = _RETRY_SECONDS


class SharedState:
    """The database and the counters of one replica; either may be this replica's own.

    `most_stale`: for so many seconds what was read from the database serves on without it.
    """

    def __init__(
        self, store: Store, log: AuditLog, counters: FallbackCounters | None, in_force: InForce,
        most_stale: float,
    ) -> None:  # fmt: skip
        self._store = store
        self._log = log
        self._counters = counters
        self._in_force = in_force
        self._most_stale = most_stale

    @property
    def database_away_seconds(self) -> float:
        """How long the shared database has not answered; 0.0 while it does."""
        return self._store.away_seconds

    @property
    def counters_away_seconds(self) -> float:
        """How long the server that counts has not answered; 0.0 while it does."""
        return self._counters.away_seconds if self._counters else 0.0

    @property
    def journaled(self) -> int:
        """How many audit records wait for the database."""
        return self._log.journaled

    @property
    def unheard_seconds(self) -> float:
        """How old is what this replica knows of keys and policy; 0.0 while the database answers."""
        return max(self.database_away_seconds, self._in_force.unconfirmed_seconds)

    @property
    def ready(self) -> bool:
        """Say whether requests are served: what was read from the database is not too old."""
        unheard = self.unheard_seconds
        return unheard == 0.0 or unheard < self._most_stale

    def require(self) -> None:
        """Raise StaleError where requests are not served."""
        if not self.ready:
            raise StaleError(self._reason(), hint="Try again when the database answers.")

    def _reason(self) -> str:
        heard, most = self.unheard_seconds, self._most_stale
        return (
            f"The database has not been heard for {heard:.0f} s; keys and policy that were read "
            f"before count for {most:.0f} s."
        )

    def describe(self) -> dict[str, Any]:
        """Return fields for /readyz; none where nothing is shared."""
        found: dict[str, Any] = {}
        if self._store.shared:
            found["database"] = "away" if self.database_away_seconds else "ok"
            found["unheard_seconds"] = round(self.unheard_seconds, 3)
            found["journaled"] = self.journaled
            if not self.ready:
                found["refused"] = self._reason()
        if self._counters is not None:
            share = f"away: 1/{self._counters.replicas} of what was left"
            found["counters"] = share if self.counters_away_seconds else "ok"
        return found
