"""Labels of texts over sessions: keyed hashes, for one owner and session, for a limited time.

A label only goes up. A session that has no room left counts as labelled as a whole, so nothing is
ever forgotten to make room.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Collection, Mapping

import sqlalchemy as sa

from seawall.core.errors import UnavailableError
from seawall.store.db import Store
from seawall.store.pepper import load_pepper
from seawall.store.tables import taints
from seawall.store.turns import Owner
from seawall.store.upsert import insert

_SIZE = 16
_PAGE = 400
# A label raised this lately, in seconds, is not raised again: every call repeats what was said.
_LATELY = 60
HIGHEST = 2


class Taints:
    """Labels of one data folder. Safe to share between threads.

    `hours`: how long a label stays after it was last raised. `max_marks`: how many a session has
    at most. Raises UnavailableError when the database cannot be read or written.
    """

    def __init__(
        self, store: Store, *, hours: float = 24.0, max_marks: int = 4096,
        env: Mapping[str, str] | None = None, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._store = store
        self._key = hashlib.sha256(b"seawall taints 1\n" + load_pepper(store, env)).digest()
        self._seconds = 3600 * hours
        self._max = max_marks
        self._clock = clock

    def put(self, owner: Owner, session: str, marks: Collection[str], level: int) -> None:
        """Raise the labels of `marks` in a session to `level` (1 to 2); none is ever lowered."""
        if not marks:
            return
        now = int(self._clock())
        expires, place = int(now + self._seconds), self._place(owner, session)
        digests = {self._digest(place, mark) for mark in marks}
        try:
            if self._raised_lately(place, digests, level, expires):
                return
            with self._store.write() as connection:
                connection.execute(sa.delete(taints).where(taints.c.expires <= now))
                held = connection.scalar(
                    sa.select(sa.func.count()).where(taints.c.place == place)
                ) or 0  # fmt: skip
                room = self._max - held
                known = self._levels(connection, place, digests, now)
                new = [digest for digest in digests if digest not in known]
                if len(new) > room:
                    new = new[: max(0, room)]
                    self._raise(connection, place, [self._full(place)], HIGHEST, expires)
                self._raise(connection, place, [*known, *new], level, expires)
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error

    def look(self, owner: Owner, session: str, marks: Collection[str]) -> dict[str, int]:
        """Return the labels that `marks` have in a session; a full one labels every mark."""
        if not marks:
            return {}
        place, now = self._place(owner, session), int(self._clock())
        digests = {self._digest(place, mark): mark for mark in marks}
        full = self._full(place)
        try:
            with self._store.read() as connection:
                found = self._levels(connection, place, {*digests, full}, now)
        except sa.exc.DBAPIError as error:
            raise _unreadable() from error
        if full in found:
            return dict.fromkeys(marks, HIGHEST)
        return {digests[digest]: level for digest, level in found.items()}

    def _raised_lately(
        self, place: bytes, digests: Collection[bytes], level: int, expires: int
    ) -> bool:
        """Return whether all marks have the label for as long as it may last, but for a minute."""
        with self._store.read() as connection:
            known = self._levels(connection, place, digests, expires - _LATELY)
        return all(known.get(digest, 0) >= level for digest in digests)

    def _levels(
        self, connection: sa.Connection, place: bytes, digests: Collection[bytes], now: int
    ) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        wanted = list(digests)
        for at in range(0, len(wanted), _PAGE):
            rows = connection.execute(
                sa.select(taints.c.mark, taints.c.level).where(
                    taints.c.place == place,
                    taints.c.mark.in_(wanted[at : at + _PAGE]),
                    taints.c.expires > now,
                )
            )
            found.update({row.mark: row.level for row in rows})
        return found

    def _raise(
        self, connection: sa.Connection, place: bytes, digests: Collection[bytes], level: int,
        expires: int,
    ) -> None:  # fmt: skip
        if not digests:
            return
        rows = [
            {"place": place, "mark": digest, "level": level, "expires": expires}
            for digest in digests
        ]
        statement = insert(connection, taints)
        higher = sa.case((taints.c.level < level, level), else_=taints.c.level)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[taints.c.place, taints.c.mark],
                set_={"level": higher, "expires": expires},
            ),
            rows,
        )

    def _place(self, owner: Owner, session: str) -> bytes:
        message = b"place\n" + owner.scope + session.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, message, "sha256")[:_SIZE]

    def _full(self, place: bytes) -> bytes:
        return hashlib.blake2b(place + b"full", key=self._key, digest_size=_SIZE).digest()

    def _digest(self, place: bytes, mark: str) -> bytes:
        message = place + b"m" + mark.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(message, key=self._key, digest_size=_SIZE).digest()


def _unreadable() -> UnavailableError:
    return UnavailableError("Labels of earlier texts cannot be read.")
