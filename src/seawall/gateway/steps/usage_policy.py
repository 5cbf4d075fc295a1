"""Before the first request the usage policy is accepted, and the function's course passed."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from seawall.core.errors import RequestError
from seawall.core.verdicts import Action
from seawall.gateway.call import Call
from seawall.gateway.steps.courses import CourseStep
from seawall.policy.model import Policy
from seawall.store.acceptances import accepted
from seawall.store.db import Store

_CACHE = 10_000
# An erasure takes an acceptance back.
_FRESH_SECONDS = 60.0


class UsagePolicyStep:
    """Refuses end users who have not accepted the usage policy or lack a function's course.

    While the database is away, what was read before counts as long as a key (`stale_seconds`),
    also what the step of the policy `before` has read.
    """

    def __init__(
        self, policy: Policy, store: Store, clock: Callable[[], float] = time.monotonic,
        stale_seconds: float = 900.0, before: "UsagePolicyStep | None" = None,
    ) -> None:  # fmt: skip
        self._policy = policy
        self._store = store
        self._clock = clock
        self._known: OrderedDict[str, float] = OrderedDict()
        self._stale = stale_seconds
        self._courses = CourseStep(policy, store, clock, stale_seconds)
        if before is not None:
            self._courses.follow(before._courses)
            if before._policy.usage_policy.version == policy.usage_policy.version:
                self._known = before._known

    async def __call__(self, call: Call) -> None:
        """Raise RequestError 403 `usage_policy_not_accepted`, `course_required`.

        A request without a conversation (files, stores, jobs) may name nobody: then it is the
        application's own.
        """
        user = call.exchange.user if call.exchange else call.user
        if call.exchange is None and not user:
            return
        await self._accept(call, user)
        await self._courses(call, user)

    async def _accept(self, call: Call, user: str) -> None:
        usage = self._policy.usage_policy
        if not usage.required:
            return
        if user and await self._accepted(user):
            return
        call.fire(usage.control, Action.BLOCK)
        where = f" Read it at {usage.url}." if usage.url else ""
        raise RequestError(
            "The end user has not accepted the usage policy."
            if user
            else "The request names no end user, so nobody can have accepted the usage policy.",
            code="usage_policy_not_accepted",
            status=403,
            param="/user",
            hint=f"POST /v1/seawall/acceptance with the `user` and version "
            f"{usage.version!r}, then send that `user` here.{where}",
        )

    async def _accepted(self, user: str) -> bool:
        """Look a user up; an acceptance is remembered for a minute, a missing one is not."""
        age = self._clock() - self._known.get(user, -math.inf)
        if age < _FRESH_SECONDS:
            self._known.move_to_end(user)
            return True
        usage = self._policy.usage_policy
        try:
            found = await asyncio.to_thread(
                accepted, self._store, user, self._policy.application, usage.version
            )
        except DBAPIError:
            if age < self._stale:
                return True
            raise
        if not found:
            self._known.pop(user, None)
            return False
        self._known[user] = self._clock()
        self._known.move_to_end(user)
        if len(self._known) > _CACHE:
            self._known.popitem(last=False)
        return True
