"""The one place that says whether, and how long, anything of a conversation may be kept."""

import asyncio
import time
from collections import OrderedDict

from sqlalchemy.exc import SQLAlchemyError

from seawall.core.retention import UNKNOWN_CONSENT, Consent, Retention, shorter
from seawall.gateway.call import Call
from seawall.policy.model import Policy
from seawall.store.audit_users import AuditUsers
from seawall.store.consents import consent_of
from seawall.store.db import Store

_FRESH_SECONDS = 5.0
_USERS = 10_000


def told_to_keep_nothing(policy: Policy, call: Call) -> bool:
    """Say whether a provider is told to keep nothing of a call (`store: false`).

    What the call's end user chose must have been read (`Retain.consent`).
    """
    chosen = call.consent[1] if call.consent is not None else Consent()
    return (
        policy.consent.training_opt_out
        or chosen.opt_out
        or shorter(policy.audit.retention, chosen.retention) is Retention.NONE
    )


class Retain:
    """Reads what end users chose, and joins it with the application's own class.

    A choice counts after five seconds at most. While choices cannot be read, nothing of a user
    who is not known is kept.
    """

    def __init__(self, policy: Policy, store: Store, users: AuditUsers) -> None:
        self._policy = policy
        self._store = store
        self.users = users
        self._known: OrderedDict[str, tuple[float, Consent]] = OrderedDict()

    async def consent(self, call: Call) -> Consent:
        """Return what the call's end user chose, and note it in the call."""
        if call.consent is None or call.consent[0] != call.end_user:
            call.consent = call.end_user, await self._of(call.end_user)
        return call.consent[1]

    def chose(self, user: str, consent: Consent) -> None:
        """Take what a user has just chosen, or was found to have chosen."""
        self._known[user] = time.monotonic(), consent
        self._known.move_to_end(user)
        if len(self._known) > _USERS:
            self._known.popitem(last=False)

    async def seconds(self, call: Call, most: float | None = None) -> float:
        """Return how long what the call said may be kept, `most` at most; 0: not at all."""
        rule, consent = self._policy.audit, await self.consent(call)
        allowed = rule.days.seconds(shorter(rule.retention, consent.retention))
        return allowed if most is None else min(allowed, most)

    async def captures(self, call: Call) -> float:
        """Return how long the call's content may be kept for later reading; 0: not at all."""
        return 0.0 if (await self.consent(call)).opt_out else await self.seconds(call)

    async def caches(self, call: Call) -> bool:
        """Say whether an answer to the call may be kept for the same request."""
        consent = await self.consent(call)
        return not consent.opt_out and await self.seconds(call) > 0

    async def _of(self, user: str) -> Consent:
        if not user:
            return Consent()
        found = self._known.get(user)
        if found is not None and time.monotonic() - found[0] < _FRESH_SECONDS:
            return found[1]
        try:
            consent = await asyncio.to_thread(
                consent_of, self._store, self._policy.application, self.users.handle(user)
            )
        except (SQLAlchemyError, ValueError):
            return UNKNOWN_CONSENT
        self.chose(user, consent)
        return consent
