"""Nothing is released before its audit record is durable."""

import asyncio
import time

from sqlalchemy.exc import SQLAlchemyError

from seawall.gateway.call import Call
from seawall.gateway.in_force import PolicyVersion
from seawall.gateway.retain import Retain
from seawall.gateway.steps.capture import Capture
from seawall.gateway.steps.reserve import heard
from seawall.gateway.steps.strangers import Strangers
from seawall.gateway.telemetry.watch import Watch
from seawall.store.audit import AuditError, AuditLog
from seawall.store.pledges import Pledges
from seawall.store.spend import Charge, taken_back
from seawall.store.user_keys import UserKey

_OPEN, _CLOSE = "stream.open", "stream.close"
# So long may a stream's records wait, to be written together with others: no model says its first
# word sooner, and nobody sees that a stream's end comes 2 ms later.
_PATIENCE = {_OPEN: 0.005, _CLOSE: 0.002}


def _seen(opening: "asyncio.Future[None]") -> None:
    """Look at what an opening record's writing ended with: nobody may be left who asks."""
    if not opening.cancelled():
        opening.exception()


def _credits(call: Call) -> list[Charge]:
    """Return what comes back with a request's last record."""
    return call.credits if call.ahead is None else [*call.credits, taken_back(call.ahead)]


class Audit:
    """Writes the records of a request. Raises AuditError: then nothing may be released.

    `pledges`: where limits are counted in memory, so that a gateway that is killed forgets no
    cost. What a request holds is noted there before the provider is asked. The record that opens
    a stream books it, and the one that closes it takes that back for what was used.
    """

    def __init__(
        self, log: AuditLog, version: PolicyVersion, watch: Watch, capture: Capture,
        retain: Retain, strangers: Strangers, *, pledges: Pledges | None = None,
    ) -> None:  # fmt: skip
        self._log = log
        self._users = retain.users
        self._retain = retain
        self._capture = capture
        self._watch = watch
        self._pledges = pledges
        self._strangers = strangers
        self._version = version

    def require(self) -> None:
        """Raise AuditError while records cannot be written: asking a provider would be in vain.

        The log tries again by itself, about once a second.
        """
        if not self._log.healthy:
            raise AuditError("The audit log cannot be written at the moment.")

    async def whole(self, call: Call) -> None:
        """Write the one record of a request that is answered at once."""
        await self._last(call, "request")

    def pledge(self, call: Call, held: Charge | None = None) -> None:
        """Note what the request may cost at most, just before it is asked. Raises AuditError."""
        if self._pledges is None or (held := held or self._held(call)) is None:
            return
        try:
            self._pledges.add(call.request_id, held)
        except OSError as error:
            call.sent = False
            raise AuditError("What a request may cost cannot be written down.") from error

    def _held(self, call: Call) -> Charge | None:
        """Return what is held for a request, where that is noted."""
        return call.reservation.held if self._pledges and call.reservation else None

    def asked(self, call: Call) -> None:
        """Begin to write the record that stands before a stream's first byte, while the provider
        thinks; `opening` waits for it.
        """
        if call.opening is None:
            held = self._held(call)
            self.pledge(call, held)
            call.opening = asyncio.ensure_future(self._append(call, _OPEN, held))
            call.opening.add_done_callback(_seen)

    async def opening(self, call: Call) -> None:
        """Return when the record that stands before a stream's first byte is durable."""
        self.asked(call)
        await self._opening(call)
        if call.opening is not None:
            call.opening.result()
        call.opened = True
        self._watch.opened(call)

    @staticmethod
    async def _opening(call: Call) -> None:
        """Wait for the opening record, if one was begun; whoever leaves does not end it."""
        if call.opening is not None and not call.opening.done():
            await asyncio.wait((call.opening,))

    async def closing(self, call: Call) -> None:
        """Write the record that stands before a stream's last chunk."""
        await self._last(call, _CLOSE if call.opened else "request")

    async def _last(self, call: Call, event: str) -> None:
        """Write a request's last record, once: who waited for it may have been cancelled."""
        if call.closed:
            return
        if call.writing is None and self._strangers.counts(call):
            self.require()
            call.closed = True
            self._watch.ended(call)
            return
        if call.writing is None:
            call.writing = asyncio.ensure_future(self._append(call, event, call.charge))
        writing = call.writing
        try:
            await asyncio.shield(writing)
        finally:
            if writing.done() and (writing.cancelled() or writing.exception() is not None):
                call.writing = None
        call.closed = True
        self._watch.ended(call)

    async def _append(self, call: Call, event: str, charge: Charge | None = None) -> None:
        metrics = self._watch.metrics
        began = time.perf_counter()
        try:
            if event != _OPEN:
                await self._opening(call)
            await self._retain.consent(call)
            key = await self._key_of(call.end_user)
            name = key.name(call.end_user) if key else ""
            capture = None if event == _OPEN else await self._capture.sealed(call)
            record = call.record(event, self._version, name)
            if capture is not None:
                record["capture"] = {"sha256": capture.sha256, "expires": capture.expires}
            new = key if key and self._users.unstored(key) else None
            await self._log.append(
                record, charge=charge, credits=() if event == _OPEN else _credits(call),
                user_key=new, capture=capture, patience=_PATIENCE.get(event, 0.0),
            )  # fmt: skip
            if event == _OPEN:
                call.ahead = charge
            if self._pledges is not None:
                self._pledges.end(call.request_id)
            if new is not None:
                self._users.written(new)
            await heard(call)
        except AuditError:
            metrics.audit_failures.add()
            raise
        metrics.audit_seconds.observe(time.perf_counter() - began)

    async def _key_of(self, user: str) -> UserKey | None:
        """Return the key of the end user's name; only one who is new is looked up. AuditError."""
        if not user:
            return None
        if (key := self._users.remembered(user)) is not None:
            return key
        try:
            return await asyncio.to_thread(self._users.key, user)
        except SQLAlchemyError as error:
            raise AuditError("The keys of users' names cannot be read.") from error
