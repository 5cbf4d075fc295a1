"""Nothing is released before its audit record is durable."""

import hashlib
import time
from typing import Any

import msgspec

from seawall.gateway.call import Call
from seawall.gateway.telemetry.watch import Watch
from seawall.policy.model import Policy
from seawall.store.audit import AuditError, AuditLog
from seawall.store.spend import Charge


def hash_of(policy: Policy) -> str:
    """Return the SHA-256 of a policy's canonical JSON (hex)."""
    return hashlib.sha256(msgspec.json.encode(policy, order="sorted")).hexdigest()


class Audit:
    """Writes the records of a request. Raises AuditError: then nothing may be released."""

    def __init__(self, log: AuditLog, policy: Policy, watch: Watch) -> None:
        self._log = log
        self._watch = watch
        self.policy_hash = hash_of(policy)

    async def whole(self, call: Call) -> None:
        """Write the one record of a request that is answered at once."""
        if not call.closed:
            await self._append(call.record("request", self.policy_hash), call.charge)
            call.closed = True
            self._watch.ended(call)

    async def opening(self, call: Call) -> None:
        """Write the record that stands before a stream's first byte."""
        await self._append(call.record("stream.open", self.policy_hash))
        call.opened = True
        self._watch.opened(call)

    async def closing(self, call: Call) -> None:
        """Write the record that stands before a stream's last chunk."""
        if not call.closed:
            event = "stream.close" if call.opened else "request"
            await self._append(call.record(event, self.policy_hash), call.charge)
            call.closed = True
            self._watch.ended(call)

    async def _append(self, record: dict[str, Any], charge: Charge | None = None) -> None:
        metrics = self._watch.metrics
        began = time.perf_counter()
        try:
            await self._log.append(record, charge=charge)
        except AuditError:
            metrics.audit_failures.add()
            raise
        metrics.audit_seconds.observe(time.perf_counter() - began)
