"""Seal what a request said, where policy and end user allow it, for its audit record."""

import asyncio
import logging
import time
from collections.abc import Mapping

import sqlalchemy as sa

from seawall.core.errors import SeawallError
from seawall.gateway.call import Call
from seawall.gateway.content import Content
from seawall.gateway.retain import Retain
from seawall.policy.model import Policy
from seawall.store.audit_users import AuditUsers
from seawall.store.capture_keys import KEY_SECONDS, CaptureKey, new_capture_key
from seawall.store.capture_rows import SealedCapture, seal_capture
from seawall.store.db import Store

log = logging.getLogger("seawall.gateway")


class Capture:
    """Gathers and seals content; without `audit.capture` in the policy it does nothing.

    Raises MissingPartError or InputError at the start when there is no master key.
    """

    def __init__(
        self, policy: Policy, store: Store, users: AuditUsers, retain: Retain,
        env: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._rule = policy.audit
        self._store = store
        self._users = users
        self._retain = retain
        self._env = env
        self._key: CaptureKey | None = None
        if self._rule.capture != "none":
            self._key = new_capture_key(store, env=env)

    def begin(self, call: Call) -> None:
        """Let a call gather what it says, if the policy captures anything."""
        if self._rule.capture != "none":
            call.content = Content(self._rule.capture, self._rule.max_kib * 1024)

    async def sealed(self, call: Call) -> SealedCapture | None:
        """Return the call's content, sealed; None where none may be kept. Once for a call."""
        content, key = call.content, call.key
        call.content = None
        body = None if content is None else content.encode()
        if body is None or key is None:
            return None
        seconds = await self._retain.captures(call)
        if seconds <= 0:
            return None
        user = call.end_user
        return seal_capture(
            await self._fresh_key(), body, request_id=call.request_id,
            application=key.application, function=key.function,
            handle=self._users.handle(user) if user else b"", seconds=seconds,
        )  # fmt: skip

    async def _fresh_key(self) -> CaptureKey:
        """Return the key to seal with; one that is a day old is replaced when that is possible."""
        key = self._key
        if key is None:
            raise RuntimeError("nothing is captured")
        if time.time() - key.created < KEY_SECONDS:
            return key
        try:
            self._key = await asyncio.to_thread(new_capture_key, self._store, env=self._env)
        except (SeawallError, sa.exc.SQLAlchemyError) as error:
            log.warning("no new key for captured content (%s)", type(error).__name__)
        return self._key or key
