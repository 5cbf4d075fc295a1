"""The longest one request may take, over all its scopes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from seawall.gateway.reservations import LimitError


@contextlib.asynccontextmanager
async def within(deadline: float | None, control: str, function: str) -> AsyncIterator[None]:
    """Run the block until `deadline` (the loop's time); None sets no limit.

    Raises LimitError 504 `wall_seconds`: the request has taken longer than its limits allow.
    """
    try:
        async with asyncio.timeout_at(deadline) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise LimitError(
            "The request took longer than its limits allow.",
            control=control, function=function, limit="wall_seconds", retry_after=0.0,
            code="time_limit_exceeded", status=504,
            hint="Ask for less at once; the operator sets wall_seconds.",
        ) from None  # fmt: skip
