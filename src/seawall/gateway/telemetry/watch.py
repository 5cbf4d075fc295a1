"""What is told about every request, beside its audit record. It never fails and never waits."""

import logging
from collections.abc import Callable
from typing import Protocol

from seawall.gateway.call import Call
from seawall.gateway.telemetry.metrics import Metrics

log = logging.getLogger("seawall.gateway")


class Observer(Protocol):
    """Hears of requests; must return at once."""

    def opened(self, call: Call) -> None:
        """A streamed answer begins."""
        ...

    def ended(self, call: Call) -> None:
        """A request ended and its last record is durable."""
        ...


class Watch:
    """Tells the metrics, and the tracer where one is configured."""

    def __init__(
        self, metrics: Metrics, *others: Observer, close: Callable[[], None] = lambda: None
    ) -> None:
        self.close = close
        self.metrics = metrics
        self._observers: tuple[Observer, ...] = (metrics, *others)

    def opened(self, call: Call) -> None:
        """Tell every observer that a stream begins."""
        for observer in self._observers:
            try:
                observer.opened(call)
            except Exception as error:  # noqa: BLE001 - telemetry must not fail a request
                self._failed(error)

    def ended(self, call: Call) -> None:
        """Tell every observer that a request ended."""
        for observer in self._observers:
            try:
                observer.ended(call)
            except Exception as error:  # noqa: BLE001 - telemetry must not fail a request
                self._failed(error)

    @staticmethod
    def _failed(error: Exception) -> None:
        log.error("telemetry failed: %s", type(error).__name__)
