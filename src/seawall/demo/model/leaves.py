"""The strings in a JSON value."""

from collections.abc import Iterator
from typing import Any


def leaves(value: Any) -> Iterator[str]:
    """Yield every string value, keys left out, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
