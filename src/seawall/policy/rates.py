"""How often a tool may be called, and how much value its calls may move: what one call counts as.

Values are whole millionths, so that sums of cents stay exact.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from seawall.core.errors import RequestError
from seawall.policy.model import Rate
from seawall.wire import strict_json

MILLIONTHS = 1_000_000
_MOST = 2**62
_MAX_ARGUMENTS = 256 * 1024


def value_of(rate: Rate, arguments: str) -> int | None:
    """Return what a call's JSON arguments move, in millionths; None where nobody can say.

    A text that is a plain decimal number counts as one. What is negative, no number or not there
    cannot be counted.
    """
    if rate.sum is None:
        return 0
    try:
        given = strict_json.loads(
            (arguments.strip() or "{}").encode("utf-8", "surrogatepass"), max_bytes=_MAX_ARGUMENTS
        )
    except RequestError:
        return None
    value = given.get(rate.of) if isinstance(given, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or number < 0 or number > _MOST // MILLIONTHS:
        return None
    return math.ceil(number * MILLIONTHS)


def allowed_sum(rate: Rate) -> int:
    """Return how much a rate lets pass in its time, in millionths."""
    return _MOST if rate.sum is None else math.floor(Decimal(str(rate.sum)) * MILLIONTHS)


def over(rate: Rate, calls: int, moved: int, value: int) -> bool:
    """Say whether one more call of `value` is too much after `calls` that moved `moved`."""
    too_many = rate.calls is not None and calls >= rate.calls
    return too_many or moved + value > allowed_sum(rate)


def reason_of(rate: Rate) -> str:
    """Return why a call beyond the rate does not pass; it holds numbers of the policy only."""
    parts = []
    if rate.calls is not None:
        parts.append(f"{rate.calls} calls")
    if rate.sum is not None:
        parts.append(f"a sum of {rate.sum:g} in {rate.of!r}")
    return f"The tool's rate of {' and '.join(parts)} in {rate.hours:g} hours is used up."


UNCOUNTED = "What this call moves cannot be counted against the tool's rate."


class LocalUses:
    """Counts calls in this process, where no store is at hand. Safe to share between threads.

    `clock` returns seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._mutex = threading.Lock()
        self._uses: dict[str, deque[tuple[float, int]]] = {}

    def take(self, tool: str, rate: Rate, arguments: str) -> str:
        """Count a call that may pass otherwise; return why it does not, "" where it does."""
        value = value_of(rate, arguments)
        if value is None:
            return UNCOUNTED
        now = self._clock()
        with self._mutex:
            uses = self._uses.setdefault(tool, deque())
            while uses and uses[0][0] <= now - 3600 * rate.hours:
                uses.popleft()
            if over(rate, len(uses), sum(moved for _, moved in uses), value):
                return reason_of(rate)
            uses.append((now, value))
        return ""
