"""A circuit breaker for each provider, and the budget that all its repeated requests share."""

import math
from collections.abc import Callable

LONGEST_WAIT = 2.0
"""A provider that asks to be left alone for longer is not asked again for the same request."""
_LONGEST = 60.0
# In tenths of a repetition.
_RESERVE = 100
_ONE = 10


class Breaker:
    """Leaves a provider alone after `failures` failures in a row; then one probe at a time.

    `seconds` double with every probe that fails, up to a minute. `clock` is monotonic seconds.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float]) -> None:
        self._failures = failures
        self._seconds = seconds
        self._clock = clock
        self._row = 0
        self._pause = seconds
        self._until: float | None = None
        self._probing = False
        self._resting = -math.inf

    @property
    def resting(self) -> bool:
        """Whether the provider asked to be left alone and that time is not over."""
        return self._clock() < self._resting

    def rest(self, seconds: float) -> None:
        """The provider answers, but asks to be left alone so long; a minute at most is heard."""
        self._resting = max(self._resting, self._clock() + min(_LONGEST, seconds))

    @property
    def state(self) -> str:
        """`closed` (asked as usual), `open` (left alone) or `half-open` (a probe may go)."""
        if self._until is None:
            return "closed"
        return "open" if self._probing or self._clock() < self._until else "half-open"

    def wait(self) -> float:
        """Return the seconds until a request may go; 0.0 now."""
        if self.state != "open" or self._until is None:
            return 0.0
        return max(1.0 if self._probing else 0.0, self._until - self._clock())

    def enter(self) -> bool:
        """Ask to send one request; a probe if the breaker is half open. Then say how it went."""
        state = self.state
        self._probing = self._probing or state == "half-open"
        return state != "open"

    def succeeded(self) -> None:
        """The provider answered: it is asked as usual again."""
        self._row, self._until, self._probing, self._pause = 0, None, False, self._seconds

    def failed(self) -> None:
        """The provider failed."""
        self._row += 1
        if self._until is not None:
            self._pause = min(_LONGEST, self._pause * 2) if self._probing else self._pause
        elif self._row < self._failures:
            return
        self._until, self._probing = self._clock() + self._pause, False

    def undecided(self) -> None:
        """The request ended without telling anything of the provider."""
        self._probing = False


class RetryBudget:
    """Repetitions are a tenth of the requests at most, so that they cannot pile up."""

    def __init__(self) -> None:
        self._left = _RESERVE

    def earn(self) -> None:
        """A request succeeded at the first try."""
        self._left = min(_RESERVE, self._left + 1)

    def spend(self) -> bool:
        """Take one repetition; False when none is left."""
        if self._left < _ONE:
            return False
        self._left -= _ONE
        return True


def backoff(attempt: int, random: float, least: float = 0.0) -> float:
    """Return the seconds before repetition `attempt` (1, 2, ...): `least`, and full jitter.

    `random` is in [0, 1); `least` is what the provider asked for. Each of the two is
    `LONGEST_WAIT` at most.
    """
    return min(LONGEST_WAIT, least) + random * min(LONGEST_WAIT, 0.1 * 2.0**attempt)
