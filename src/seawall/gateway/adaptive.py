"""How many requests a provider can bear at once: additive increase, multiplicative decrease."""

_DECREASE = 0.7
_FAST = 0.2
# How slow the usual time may become again, for each answer: a provider may change for good.
_FORGET = 1.002
_SLOW = 4.0


class Adaptive:
    """A limit between 1 and `most`: one more after each full round, less when it is too much.

    Too much is an overload (429, 503, a time-out), or a time to the first byte of four times the
    usual while all slots are in use; slowness alone never takes more than three quarters.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._value = float(most)
        self._fast: float | None = None
        self._usual = 0.0
        self._cut = float("-inf")

    @property
    def limit(self) -> int:
        """How many requests may run now."""
        return int(self._value)

    def note(self, seconds: float | None, now: float, *, busy: bool) -> None:
        """Take a time to the first byte (None: an overload). `busy`: all slots were in use.

        `now` is monotonic seconds. Two decreases lie at least one such time apart, because the
        requests that were already running say the same thing again.
        """
        if seconds is None:
            self._decrease(now, 1.0)
            return
        fast = seconds if self._fast is None else self._fast + _FAST * (seconds - self._fast)
        self._fast = fast
        self._usual = fast if self._usual == 0.0 else min(self._usual * _FORGET, fast)
        if busy and fast > _SLOW * self._usual:
            self._decrease(now, max(1.0, self._most / 4))
        elif busy:
            self._value = min(float(self._most), self._value + 1.0 / self._value)

    def _decrease(self, now: float, least: float) -> None:
        if now - self._cut >= max(1.0, self._fast or 0.0):
            self._cut = now
            self._value = min(self._value, max(least, self._value * _DECREASE))
