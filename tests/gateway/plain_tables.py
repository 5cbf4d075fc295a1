"""What a test asks of the place where gateways keep and count, beside what every request needs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from seawall.gateway import app
from seawall.gateway.counters import LocalCounters
from seawall.policy.resources import Limits
from seawall.store import db

PLAIN = frozenset({
    "alembic_version", "audit", "audit_head", "audit_keys", "audit_users", "keys", "kills",
    "spend", "usage",
})  # fmt: skip
NONE = Limits()
_TABLES = re.compile(r'\b(?:FROM|INTO|UPDATE|JOIN)\s+"?([a-z_]+)')
_looked_after: ContextVar[bool] = ContextVar("looked_after", default=False)


@contextmanager
def only_plain() -> Iterator[set[str]]:
    """Yield what is asked for beside the plain tables, by name.

    A store that is opened, a limit that is counted and a Python process that is started are
    beside them, too. What a gateway's recorder does by itself, every two seconds, is no request's.
    """
    beside: set[str] = set()

    def asked(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not _looked_after.get():
            beside.update(set(_TABLES.findall(statement)) - PLAIN)

    def opened(*given: Any, **more: Any) -> Any:
        beside.add("a store")
        return plain_place(*given, **more)

    class Started(subprocess.Popen[Any]):
        def __init__(self, command: Any, *given: Any, **more: Any) -> None:
            if sys.executable in command:  # clients ask other programs what machine this is
                beside.add("a process")
            super().__init__(command, *given, **more)

    def take(counters: LocalCounters, claims: Any, *given: Any) -> Any:
        counted = [replace(one.limits, wall_seconds=None, queue_seconds=30.0) for one in claims]
        if any(one != NONE for one in counted):
            beside.add("limits")
        return plain_take(counters, claims, *given)

    plain_take, plain_place = LocalCounters.take, db.place_of
    sa.event.listen(sa.Engine, "before_cursor_execute", asked)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(db, "place_of", opened)
            patch.setattr(subprocess, "Popen", Started)
            patch.setattr(LocalCounters, "take", take)
            yield beside
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", asked)


async def _looking_after(*given: Any) -> None:
    _looked_after.set(True)
    await _plain_recording(*given)


_plain_recording = app.keep_recording
app.keep_recording = _looking_after
