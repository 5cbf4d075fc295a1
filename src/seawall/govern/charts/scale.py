"""Scales and their ticks."""

import math

import msgspec


class Linear(msgspec.Struct, frozen=True):
    """Maps low..high to start..end (pixels)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values outside are held at the ends."""
        held = min(max(value, self.low), self.high)
        return self.start + (held - self.low) / (self.high - self.low) * (self.end - self.start)


class Log(msgspec.Struct, frozen=True):
    """Maps low..high (both above 0) to start..end by decades."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values outside are held at the ends."""
        inner = Linear(math.log10(self.low), math.log10(self.high), self.start, self.end)
        return inner(math.log10(min(max(value, self.low), self.high)))


def decades(low: float, high: float, most: int = 8) -> list[float]:
    """Return the powers of ten within low..high, thinned to at most `most`."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / most))
    return [10.0**power for power in range(first, last + 1, step)]
