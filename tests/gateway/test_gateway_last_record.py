"""A request's last record is written once, also where whoever waits for it is cancelled."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from seawall.gateway.steps.audit import Audit
from seawall.store.audit import AuditError

pytestmark = pytest.mark.once


class Slow(Audit):
    """Writes to a list, some time after it was asked."""

    def __init__(self, *, fails: int = 0) -> None:
        self.written: list[str] = []
        self._fails = fails
        self._watch: Any = SimpleNamespace(ended=lambda call: None)
        self._strangers: Any = SimpleNamespace(counts=lambda call: False)

    async def _append(self, call: Any, event: str, charge: Any = None) -> None:
        self.written.append(event)
        await asyncio.sleep(0.05)
        if len(self.written) <= self._fails:
            raise AuditError("full")


def answered() -> Any:
    return SimpleNamespace(closed=False, writing=None, opened=False, charge=None)


async def test_who_is_cancelled_meanwhile_writes_no_second_record() -> None:
    audit, call = Slow(), answered()
    waiting = asyncio.create_task(audit.whole(call))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await audit.closing(call)
    assert (audit.written, call.closed) == (["request"], True)
    await audit.closing(call)
    assert audit.written == ["request"]


async def test_a_record_that_was_not_written_is_tried_again() -> None:
    audit, call = Slow(fails=1), answered()
    with pytest.raises(AuditError):
        await audit.whole(call)
    assert not call.closed
    await audit.closing(call)
    assert (audit.written, call.closed) == (["request", "request"], True)
