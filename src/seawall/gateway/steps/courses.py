"""Functions that need a course answer only end users who have passed it."""

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy.exc import DBAPIError

from seawall.core.errors import RequestError
from seawall.core.verdicts import Action
from seawall.gateway.call import Call
from seawall.govern.people.courses import course_of, load_courses
from seawall.govern.people.training import completed, standing
from seawall.policy.model import Policy
from seawall.store.db import Store

CONTROL = "CTL-LITERACY"
# The register is read again after this time, so a refused user costs no reading of it.
_SECONDS = 10.0


class CourseStep:
    """Refuses end users without the course that a function needs.

    Raises InputError when built with a policy that names an unknown course.
    """

    def __init__(
        self, policy: Policy, store: Store, clock: Callable[[], float] = time.monotonic,
        stale_seconds: float = 900.0,
    ) -> None:  # fmt: skip
        self._policy, self._store, self._clock = policy, store, clock
        self._stale = stale_seconds
        for function in policy.functions.values():
            for course in function.courses:
                course_of(course)
        self._passed: frozenset[tuple[str, str]] = frozenset()
        self._read_at = -math.inf
        self._lock = asyncio.Lock()

    def follow(self, before: "CourseStep") -> None:
        """Begin with what the step of the policy before has read."""
        self._passed, self._read_at = before._passed, before._read_at

    async def __call__(self, call: Call, user: str) -> None:
        """Raise RequestError 403 `course_required`."""
        function = self._policy.functions.get(call.key.function) if call.key else None
        if function is None or not function.courses:
            return
        passed = await self._known()
        for course in function.courses:
            if user and (user, course) in passed:
                continue
            call.fire(CONTROL, Action.BLOCK)
            raise RequestError(
                f"The end user has not passed the course {course}, which this function needs."
                if user
                else "The request names no end user, so nobody can have passed the course.",
                code="course_required",
                status=403,
                param="/user",
                hint=f"`seawall training take {course}` records it; it counts within seconds.",
            )

    async def _known(self) -> frozenset[tuple[str, str]]:
        """Return who passed what, at most some seconds old; while the store is away, as before."""
        async with self._lock:
            age = self._clock() - self._read_at
            if age < _SECONDS:
                return self._passed
            try:
                today = datetime.now(UTC).date()
                self._passed = await asyncio.to_thread(self._read, today)
                self._read_at = self._clock()
            except DBAPIError:
                if age >= self._stale:
                    raise
            return self._passed

    def _read(self, today: date) -> frozenset[tuple[str, str]]:
        courses = load_courses()
        return frozenset(
            (done.person, done.course)
            for _, done in completed(self._store, self._policy.application)
            if not standing(done, courses, today)
        )
