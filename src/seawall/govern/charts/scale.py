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
    """Return round amounts within low..high: 1-2-5 a decade, or powers of ten, at most `most`."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        ticks = [step * 10.0**power for power in range(first, last + 1) for step in steps]
        inside = [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if len(inside) <= most:
            return inside
    return inside[:: math.ceil(len(inside) / most)]
