"""Calls of tools that have a rate: when each passed and what it moved, under keyed hashes.

One transaction checks and notes, one at a time over all replicas: no two calls share the last one.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from seawall.core.errors import UnavailableError
from seawall.store.db import Store
from seawall.store.pepper import load_pepper
from seawall.store.tables import tool_uses
from seawall.store.turns import Owner

_SIZE = 16


class ToolUses:
    """The uses of one data folder. Safe to share between threads. `clock` returns Unix seconds.

    Raises UnavailableError when the database cannot be read or written.
    """

    def __init__(
        self,
        store: Store,
        *,
        env: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._key = hashlib.sha256(b"seawall tool uses 1\n" + load_pepper(store, env)).digest()
        self._clock = clock

    def take(
        self, owner: Owner, tool: str, *, seconds: float, value: int,
        over: Callable[[int, int], bool],
    ) -> bool:  # fmt: skip
        """Note a call unless it is too much; return whether it was noted.

        `over(calls, moved)` decides, of what passed in the last `seconds`; `value` and `moved` are
        whole units of the caller's.
        """
        now, place = int(self._clock()), self._place(owner, tool)
        try:
            with self._store.write() as connection:
                connection.execute(sa.delete(tool_uses).where(tool_uses.c.expires <= now))
                count, moved = connection.execute(
                    sa.select(
                        sa.func.count(), sa.func.coalesce(sa.func.sum(tool_uses.c.value), 0)
                    ).where(tool_uses.c.place == place, tool_uses.c.at > now - seconds)
                ).one()
                if over(int(count), int(moved)):
                    return False
                row = {"place": place, "at": now, "value": value, "expires": int(now + seconds) + 1}
                connection.execute(sa.insert(tool_uses), row)
                return True
        except sa.exc.DBAPIError as error:
            raise UnavailableError("Rates of tools cannot be counted at the moment.") from error

    def _place(self, owner: Owner, tool: str) -> bytes:
        message = owner.scope + tool.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256")[:_SIZE]
