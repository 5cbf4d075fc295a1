"""Kill switches: an operator switches a key, a function or a model off, for a time or for good."""

import threading
import time
from collections.abc import Callable, Iterable

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError, NotFoundError, UnavailableError
from seawall.core.roles import OPERATOR, Actor
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.tables import keys, kills
from seawall.store.upsert import insert

KINDS = ("key", "function", "model")
# What runs began after the start; other machines' clocks may be behind by as much.
_SLACK_SECONDS = 3600


class Kill(msgspec.Struct, frozen=True, kw_only=True):
    """One switch. Times are Unix seconds; `expires` None means until it is lifted."""

    kind: str
    name: str
    reason: str
    created: int
    expires: int | None = None

    def holds(self, now: float) -> bool:
        """Say whether it holds at `now` (Unix seconds)."""
        return self.expires is None or now < self.expires


def kill(
    store: Store, kind: str, name: str, *, reason: str, expires: int | None = None,
    actor: Actor = OPERATOR, now: int | None = None,
) -> Kill:  # fmt: skip
    """Switch something off and return the switch; one that exists is replaced.

    Raises InputError for an unknown kind, an empty name or reason, or an end that has passed.
    """
    when = int(time.time()) if now is None else now
    _check(kind, name)
    if not reason.strip() or len(reason) > 500:
        raise InputError("A kill switch needs a reason of at most 500 characters.")
    if expires is not None and expires <= when:
        raise InputError("A kill switch cannot end before it begins.")
    switch = Kill(kind=kind, name=name, reason=reason.strip(), created=when, expires=expires)
    row = msgspec.to_builtins(switch)
    with store.write() as connection:
        statement = insert(connection, kills).values(row)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[kills.c.kind, kills.c.name],
                set_={key: row[key] for key in ("reason", "created", "expires")},
            )
        )
        details = {"kind": kind, "reason": switch.reason, "expires": expires}
        note_change(connection, actor, "kill", name, details)
    return switch


def lift(store: Store, kind: str, name: str, *, actor: Actor = OPERATOR) -> None:
    """Switch something on again. Raises NotFoundError when it was not switched off."""
    _check(kind, name)
    with store.write() as connection:
        gone = connection.execute(
            sa.delete(kills).where(kills.c.kind == kind, kills.c.name == name)
        ).rowcount
        if gone:
            note_change(connection, actor, "kill.lift", name, {"kind": kind})
    if not gone:
        raise NotFoundError(
            f"The {kind} {name} is not switched off.", hint="`seawall kill list` shows what is."
        )


def list_kills(store: Store) -> list[Kill]:
    """Return every switch, expired ones too, oldest first."""
    with store.read() as connection:
        return _kills(connection)


def _kills(connection: sa.Connection) -> list[Kill]:
    statement = sa.select(kills).order_by(kills.c.created, kills.c.kind, kills.c.name)
    return [Kill(**row) for row in connection.execute(statement).mappings()]


def _check(kind: str, name: str) -> None:
    if kind not in KINDS:
        raise InputError(f"There is no kill switch for a {kind}.", hint=f"{', '.join(KINDS)}.")
    if not name.strip():
        raise InputError(f"Name the {kind} to switch off.")


class KillCache:
    """Switches and keys revoked since the start, read anew after `ttl_seconds`, for any thread.

    While the database cannot be read, what was read last keeps counting for `stale_seconds`; then
    nobody knows what is switched off, and UnavailableError (503) is raised. `reads`: False where
    somebody else calls `renew`, so that `find` never waits for a server.
    """

    def __init__(
        self,
        store: Store,
        *,
        ttl_seconds: float = 0.5,
        stale_seconds: float = 900.0,
        reads: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._reads = reads
        self.ttl = ttl_seconds
        self._stale = stale_seconds
        self._clock = clock
        self._mutex = threading.Lock()
        self._since = int(clock()) - _SLACK_SECONDS
        self._known: dict[tuple[str, str], Kill] = {}
        self._revoked: frozenset[str] = frozenset()
        self._read: float | None = None

    def find(self, kind: str, name: str) -> Kill | None:
        """Return the switch that holds now, or None. Raises UnavailableError."""
        now = self._now()
        switch = self._known.get((kind, name)) if self._known else None
        return switch if switch is not None and switch.holds(now) else None

    def revoked(self, key_id: str) -> bool:
        """Say whether a key that was good after the start has been revoked. UnavailableError."""
        self._now()
        return key_id in self._revoked

    def empty(self) -> bool:
        """Say that nothing is switched off, no key revoked. Raises UnavailableError."""
        self._now()
        return not (self._known or self._revoked)

    def count(self) -> int:
        """Return how many switches hold now. Raises UnavailableError."""
        now = self._now()
        return sum(switch.holds(now) for switch in self._known.values())

    def _now(self) -> float:
        """Return the time, with what is known fresh enough for it. Raises UnavailableError."""
        now = self._clock()
        if self._reads and (self._read is None or not 0 <= now - self._read < self.ttl):
            self.renew()
        if self._read is None or now - self._read >= self._stale:
            raise UnavailableError(
                "Kill switches cannot be read at the moment.", hint="Check the database."
            )
        return now

    def start_with(self, known: Iterable[Kill], age: float) -> None:
        """Count what a copy holds that is so many seconds old, until the table can be read."""
        self._known = {(switch.kind, switch.name): switch for switch in known}
        self._read = self._clock() - age

    def renew(self) -> None:
        """Read the tables; while that fails, what was read last stays."""
        statement = sa.select(keys.c.key_id).where(keys.c.revoked >= self._since)
        with self._mutex:
            now = self._clock()
            try:
                with self._store.read() as connection:
                    found = _kills(connection)
                    self._revoked = frozenset(connection.scalars(statement))
            except sa.exc.SQLAlchemyError:
                return
            self._known = {(switch.kind, switch.name): switch for switch in found}
            self._read = now
