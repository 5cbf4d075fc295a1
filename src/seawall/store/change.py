"""The audit record of a change: who did what to what."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from seawall.core import ids

EVENT = "change"
# The gateway itself, at a start.
START = "start"


def change_record(
    actor: str, action: str, target: str, details: dict[str, Any], *, roles: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a record with an id and the time. `details` holds names and numbers, no secret."""
    change_id = ids.ordered_id()
    return {
        "event": EVENT,
        "request_id": change_id,
        "change_id": change_id,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "actor": actor,
        "roles": list(roles),
        "action": action,
        "target": target,
        "details": details,
    }
