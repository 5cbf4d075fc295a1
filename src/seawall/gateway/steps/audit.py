"""Nothing is released before its audit record is durable."""

import hashlib

import msgspec

from seawall.gateway.call import Call
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog


class Audit:
    """Writes the records of a request. Raises AuditError: then nothing may be released."""

    def __init__(self, log: AuditLog, policy: Policy) -> None:
        self._log = log
        self.policy_hash = hashlib.sha256(msgspec.json.encode(policy, order="sorted")).hexdigest()

    async def whole(self, call: Call) -> None:
        """Write the one record of a request that is answered at once."""
        if not call.closed:
            await self._log.append(call.record("request", self.policy_hash), charge=call.charge)
            call.closed = True

    async def opening(self, call: Call) -> None:
        """Write the record that stands before a stream's first byte."""
        await self._log.append(call.record("stream.open", self.policy_hash))
        call.opened = True

    async def closing(self, call: Call) -> None:
        """Write the record that stands before a stream's last chunk."""
        if not call.closed:
            event = "stream.close" if call.opened else "request"
            await self._log.append(call.record(event, self.policy_hash), charge=call.charge)
            call.closed = True
