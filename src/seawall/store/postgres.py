"""A store that replicas share: tables in PostgreSQL, a folder for what is one replica's own."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from seawall.core.errors import InputError, MissingPartError
from seawall.store.db import AwayError, Store
from seawall.store.locks import private_folder
from seawall.store.watchdog import Watchdog

SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
CONNECT_SECONDS = 3
# A server that does not answer for this long counts as away.
ANSWER_SECONDS = 5.0
RETRY_SECONDS = 0.5
_WRITER_LOCK = 0x5EA_3A11  # any number that other programs on this database do not use
_POOL = 4


class StoreAwayError(sa.exc.OperationalError):
    """The database did not answer a moment ago, and is not asked again yet."""

    def __init__(self, place: str) -> None:
        reason = ConnectionError(f"{place} does not answer")
        super().__init__(None, None, reason)


class PostgresStore(Store):
    """A PostgreSQL database and this replica's folder. Safe to share between threads.

    While the server is away, `read` and `write` fail at once, but for one try every half second;
    they raise sqlalchemy.exc.OperationalError either way.
    """

    shared = True

    def __init__(
        self,
        folder: Path,
        url: str,
        *,
        read_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parsed = _parsed(url)
        self.path = folder / "database"  # a name for messages; there is no such file
        self.folder = folder
        self.read_only = read_only
        self.place = f"{parsed.database or ''} at {parsed.host or 'the local socket'}"
        self._kept = deque()
        self._clock = clock
        self._guard = threading.Lock()
        self._away_since: float | None = None
        self._next_try = 0.0
        self._watchdog = Watchdog(ANSWER_SECONDS)
        self._reader = _engine(parsed, reader=True)
        self._writer = None if read_only else _engine(parsed, reader=False)
        for engine in filter(None, (self._reader, self._writer)):
            self._watchdog.watch(engine)

    def assume_away(self) -> None:
        """Count as away until something is heard: it did not answer a moment ago."""
        self._note_away()

    @property
    def away_seconds(self) -> float:
        """How long the database has not answered; 0.0 while it does."""
        since = self._away_since
        return 0.0 if since is None else max(0.001, self._clock() - since)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A read-only snapshot. Raises sqlalchemy.exc.DBAPIError when it cannot be read."""
        with self._transaction(self._reader) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A write transaction, one at a time over all replicas: durable when the block ends."""
        with self.add() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _WRITER_LOCK})
            yield connection

    @contextmanager
    def add(self) -> Iterator[sa.Connection]:
        """A write transaction beside others, for what only inserts or adds up."""
        if self._writer is None:
            raise InputError(f"{self.place} was opened for reading only.")
        with self._transaction(self._writer) as connection:
            yield connection

    @contextmanager
    def alone(self, task: str) -> Iterator[bool]:
        """Say whether this replica may do `task` now: no other one does until the block ends."""
        number = int.from_bytes(task.encode()[:3], "big")
        key = {"a": _WRITER_LOCK, "b": number}
        statement = sa.text("SELECT pg_try_advisory_xact_lock(:a, :b)")
        with self._transaction(self._reader) as connection:
            yield bool(connection.scalar(statement, key))

    def secure(self, connection: sa.Connection) -> None:
        """Do nothing: `overwrite` writes the whole table anew."""

    def overwrite(self, table: str) -> None:
        """Write a table anew, so that its file no longer holds what was deleted."""
        if self._writer is None:
            raise InputError(f"{self.place} was opened for reading only.")
        with self._writer.connect() as connection:
            plain = connection.execution_options(isolation_level="AUTOCOMMIT")
            plain.exec_driver_sql(f'VACUUM (FULL) "{table}"')

    @contextmanager
    def _transaction(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        self._refuse_while_away()
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
            self._away_since = None
        except sa.exc.TimeoutError as error:  # every connection waits for the server already
            raise StoreAwayError(self.place) from error
        except sa.exc.DBAPIError as error:
            if engine is self._writer and _no_primary(error):
                # Another server is the primary now: no connection of before leads to it.
                self._note_away()
                self._reader.dispose()
                engine.dispose()
                raise StoreAwayError(self.place) from error
            if error.connection_invalidated or _unreachable(error):
                self._note_away()
            raise

    def _refuse_while_away(self) -> None:
        """Let one caller in each half second ask a server that did not answer."""
        if self._away_since is None:
            return
        with self._guard:
            now = self._clock()
            if now < self._next_try:
                raise StoreAwayError(self.place)
            self._next_try = now + RETRY_SECONDS

    def _note_away(self) -> None:
        with self._guard:
            now = self._clock()
            self._away_since = now if self._away_since is None else self._away_since
            self._next_try = now + RETRY_SECONDS

    def close(self) -> None:
        """Close every connection; the store opens them again if it is used again."""
        super().close()
        self._watchdog.close()


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise InputError(
            "The database's URL cannot be read.",
            hint="It looks like postgresql://USER:PASSWORD@HOST:5432/NAME.",
        ) from None
    return parsed.set(drivername="postgresql+psycopg")


def _engine(url: sa.URL, *, reader: bool) -> sa.Engine:
    wait = int(ANSWER_SECONDS * 1000)
    limits = f"-c statement_timeout={wait} -c lock_timeout={wait}"
    connect: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": wait,
        "keepalives_idle": 10,
        "application_name": "seawall",
        "options": f"{url.query.get('options', '')} {limits}".strip(),
    }
    connect |= {name: value for name, value in url.query.items() if name != "options"}
    try:
        return sa.create_engine(
            url.set(query={}),
            connect_args=connect,
            poolclass=QueuePool,
            pool_size=_POOL,
            pool_timeout=ANSWER_SECONDS,
            isolation_level="REPEATABLE READ" if reader else "READ COMMITTED",
            execution_options={"postgresql_readonly": reader},
        )
    except ModuleNotFoundError:
        raise MissingPartError(
            "The driver for PostgreSQL is not installed.",
            hint="pip install 'seawall[postgres]'",
        ) from None


def _unreachable(error: sa.exc.DBAPIError) -> bool:
    """Say whether the server could not be asked: an error with a code is an answer."""
    if not isinstance(error, sa.exc.OperationalError) or isinstance(error, StoreAwayError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    # 57P0x: the server stops or starts; 53300: it takes no more connections.
    return code is None or code.startswith("57P0") or code == "53300"


def _no_primary(error: sa.exc.DBAPIError) -> bool:
    """Say whether a server takes no writes (any more): it is a standby, or was made read-only."""
    code, said = getattr(error.orig, "sqlstate", None), str(error.orig)
    return code == "25006" or (code == "0A000" and "read-write mode during recovery" in said)


def is_postgres(url: str) -> bool:
    """Say whether a URL names a PostgreSQL database."""
    return url.partition("://")[0] in SCHEMES


def connect(folder: Path, url: str, *, read_only: bool = False) -> PostgresStore:
    """Return the store of a folder and a database that answers and is durable.

    Raises InputError (the URL, or settings that lose commits), MissingPartError (no driver, or
    the server cannot be reached).
    """
    private_folder(folder)
    store = PostgresStore(folder, url, read_only=read_only)
    try:
        with store.read() as connection:
            for name in ("fsync", "synchronous_commit"):
                if connection.scalar(sa.text("SELECT current_setting(:n)"), {"n": name}) == "off":
                    raise InputError(
                        f"{store.place} has {name}=off: a crash would lose acknowledged records.",
                        hint=f"Set {name} to on.",
                    )
    except sa.exc.DBAPIError as error:
        store.close()
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        raise AwayError(
            f"The database {store.place} cannot be used: {reason}.",
            hint="Check SEAWALL_DATABASE_URL, and that the server runs.",
        ) from None
    return store
