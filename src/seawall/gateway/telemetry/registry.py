"""Counters, gauges and histograms, and their text in Prometheus' exposition format 0.0.4.

Small on purpose: one event loop counts, a scrape reads, and the number of series is bounded.
"""

import math
import re
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from seawall.core.errors import InputError

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MAX_SERIES = 5_000
# What comes after MAX_SERIES is counted under this value, so that no caller can fill the memory.
OVERFLOW = "(other)"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
SHORT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0)

_NAME = re.compile(r"[a-z][a-z0-9_]*")
Labels = tuple[str, ...]
Sample = tuple[Labels, float]
M = TypeVar("M", bound="Metric")


class Metric(ABC):
    """What all kinds share: a name, a help text, label names."""

    kind = ""

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        if not all(_NAME.fullmatch(word) for word in (name, *labels)):
            raise InputError(f"{name} and its labels must be lower-case words.")
        self.name = name
        self.text = text
        self.labels = tuple(labels)

    @abstractmethod
    def lines(self) -> Iterable[str]:
        """Yield the sample lines of a scrape."""

    def series(self) -> tuple[str, ...]:
        """Return the names of the series that a query can ask for."""
        return (self.name,)

    def _bounded(self, values: Labels, known: int) -> Labels:
        if len(values) != len(self.labels):
            raise InputError(f"{self.name} takes the labels {', '.join(self.labels)}.")
        return values if known < MAX_SERIES else (OVERFLOW,) * len(values)


class Counter(Metric):
    """A number that only grows."""

    kind = "counter"

    def __init__(self, name: str, text: str, labels: Sequence[str] = ()) -> None:
        super().__init__(name, text, labels)
        self.values: dict[Labels, float] = {} if self.labels else {(): 0.0}

    def add(self, *values: str, amount: float = 1.0) -> None:
        """Count `amount` (0 or more) under the given label values."""
        try:
            self.values[values] += amount
        except KeyError:
            key = self._bounded(values, len(self.values))
            self.values[key] = self.values.get(key, 0.0) + amount

    def lines(self) -> Iterable[str]:
        """Yield one line for each series."""
        for values, number in self.values.items():
            yield f"{self.name}{_labels(self.labels, values)} {_number(number)}"


class Gauge(Metric):
    """A number that is read when somebody asks; `read` yields label values and numbers."""

    kind = "gauge"

    def __init__(
        self,
        name: str,
        text: str,
        read: Callable[[], Iterable[Sample]],
        labels: Sequence[str] = (),
        *,
        kind: str = "gauge",
    ) -> None:
        super().__init__(name, text, labels)
        self.read = read
        self.kind = kind

    def lines(self) -> Iterable[str]:
        """Yield one line for each series."""
        for values, number in self.read():
            yield f"{self.name}{_labels(self.labels, values)} {_number(number)}"


class _Buckets:
    __slots__ = ("counts", "total")

    def __init__(self, size: int) -> None:
        self.counts = [0] * size
        self.total = 0.0


class Histogram(Metric):
    """How often a number fell under each bound; bounds are inclusive, the last is infinity."""

    kind = "histogram"

    def __init__(
        self,
        name: str,
        text: str,
        labels: Sequence[str] = (),
        bounds: Sequence[float] = SECONDS,
    ) -> None:
        super().__init__(name, text, labels)
        self.bounds = tuple(bounds)
        self.values: dict[Labels, _Buckets] = {}

    def observe(self, number: float, *values: str) -> None:
        """Note one number under the given label values."""
        buckets = self.values.get(values)
        if buckets is None:
            key = self._bounded(values, len(self.values))
            buckets = self.values.setdefault(key, _Buckets(len(self.bounds) + 1))
        buckets.counts[bisect_left(self.bounds, number)] += 1
        buckets.total += number

    def lines(self) -> Iterable[str]:
        """Yield the cumulated buckets, the sum and the count of each series."""
        names = (*self.labels, "le")
        for values, buckets in self.values.items():
            seen = 0
            for bound, count in zip((*self.bounds, math.inf), buckets.counts, strict=True):
                seen += count
                labels = _labels(names, (*values, _number(bound)))
                yield f"{self.name}_bucket{labels} {seen}"
            plain = _labels(self.labels, values)
            yield f"{self.name}_sum{plain} {_number(buckets.total)}"
            yield f"{self.name}_count{plain} {seen}"

    def series(self) -> tuple[str, ...]:
        """Return the names of the three series."""
        return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")


class Registry:
    """Every metric of one gateway, by name."""

    def __init__(self) -> None:
        self.metrics: dict[str, Metric] = {}

    def add(self, metric: M) -> M:
        """Keep a metric and return it. Raises InputError for a name that exists."""
        if metric.name in self.metrics:
            raise InputError(f"There are two metrics called {metric.name}.")
        self.metrics[metric.name] = metric
        return metric

    def exposition(self) -> str:
        """Return the text of a scrape."""
        lines: list[str] = []
        for metric in self.metrics.values():
            lines.append(f"# HELP {metric.name} {_escaped(metric.text, quotes=False)}")
            lines.append(f"# TYPE {metric.name} {metric.kind}")
            lines += metric.lines()
        return "\n".join(lines) + "\n"


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(text: str, *, quotes: bool = True) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quotes else text


def _number(value: float) -> str:
    if value == math.inf:
        return "+Inf"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
