"""What recent texts came to, so that several detectors and stages pay for a text once."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")
# A text, who wrote it, and whatever else tells two questions about it apart.
Key = tuple[str, ...]


class Memo(Generic[Value]):
    """The last `most` values by key, of texts up to `longest` characters. Thread-safe."""

    def __init__(self, most: int = 2048, longest: int = 20_000) -> None:
        self._most, self._longest = most, longest
        self._known: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Return what was kept, or None."""
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def put(self, key: Key, value: Value) -> None:
        """Keep a value; the one asked for longest ago goes."""
        if len(key[0]) > self._longest:
            return
        with self._lock:
            self._known[key] = value
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()
