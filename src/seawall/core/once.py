"""A value that is made once, when it is first asked for: `functools.cache` lets threads race."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Once(Generic[Value]):
    """Calls `make` at the first call, while other threads wait, and returns what it made.

    What `make` raises the caller sees; the next call tries again.
    """

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: tuple[Value] | None = None

    def __call__(self) -> Value:
        """Return the value."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (self._make(),)
        return self._made[0]
