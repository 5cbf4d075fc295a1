"""What is shared with other replicas, and how it is: for /readyz and /metrics."""

from typing import Any

from seawall.gateway.shared.fallback import FallbackCounters
from seawall.store.audit import AuditLog
from seawall.store.db import Store

# Keys and kill switches that are older are not believed any more.
MOST_STALE_SECONDS = 900.0


class SharedState:
    """The database and the counters of one replica; either may be this replica's own."""

    def __init__(self, store: Store, log: AuditLog, counters: FallbackCounters | None) -> None:
        self._store = store
        self._log = log
        self._counters = counters

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
    def ready(self) -> bool:
        """Say whether requests are served: what was read from the database is not too old."""
        return self.database_away_seconds < MOST_STALE_SECONDS

    def describe(self) -> dict[str, Any]:
        """Return fields for /readyz; none where nothing is shared."""
        found: dict[str, Any] = {}
        if self._store.shared:
            found["database"] = "away" if self.database_away_seconds else "ok"
            found["journaled"] = self.journaled
        if self._counters is not None:
            share = f"away: 1/{self._counters.replicas} of what was left"
            found["counters"] = share if self.counters_away_seconds else "ok"
        return found
