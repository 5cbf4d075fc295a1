"""Open the store: a private folder with one SQLite file, or beside a PostgreSQL database."""

import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from seawall.core.errors import InputError, IntegrityError, MissingPartError
from seawall.store import schema
from seawall.store.directly import directly
from seawall.store.locks import private_file, private_folder, waiting_lock

DATABASE = "seawall.db"
URL_ENV = "SEAWALL_DATABASE_URL"
COUNTERS_ENV = "SEAWALL_COUNTERS_URL"
# What replicas share; who wants to be alone leaves these out of an environment.
SHARED_ENV = (URL_ENV, COUNTERS_ENV)
MIGRATIONS = Path(__file__).parent / "migrations"
WRITE_WAIT_MS = 5_000
READ_WAIT_MS = 250


class AwayError(MissingPartError):
    """A server that cannot be reached now."""


class Store:
    """A database file and its folder. `read` and `write` are the only ways in.

    Safe to share between threads. `folder` also holds the audit log's key and head; `place` names
    the database in messages; `shared` says whether other replicas use the same database.
    """

    shared = False

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.folder = path.parent
        self.place = str(path)
        self.read_only = read_only
        self._reader = _engine(path, "ro", READ_WAIT_MS, "DEFERRED")
        self._writer = None if read_only else _engine(path, "rw", WRITE_WAIT_MS, "IMMEDIATE")
        self._turn = threading.RLock()
        self._kept: deque[sa.Connection] = deque()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A read-only snapshot. Raises sqlalchemy.exc.DBAPIError when it cannot be read."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A write transaction: durable when the block ends, undone when it raises."""
        if self._writer is None:
            raise InputError(f"{self.place} was opened for reading only.")
        with self._in_turn(), self._writer.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Let this process's writers follow each other: SQLite's own waiting sleeps in steps."""
        mine = self._turn.acquire(timeout=WRITE_WAIT_MS / 1000)
        try:
            yield
        finally:
            if mine:
                self._turn.release()

    @contextmanager
    def add(self) -> Iterator[sa.Connection]:
        """A write transaction for what only inserts or adds up, on a connection that is kept."""
        if self._writer is None:
            raise InputError(f"{self.place} was opened for reading only.")
        with self._in_turn():
            kept = self._kept.popleft() if self._kept else self._writer.connect()
            try:
                with kept.begin():
                    yield kept
            except BaseException:
                kept.close()  # what state it is in, nobody knows
                raise
            self._kept.append(kept)

    @contextmanager
    def alone(self, task: str) -> Iterator[bool]:
        """Say whether this process may do `task` now: always, nobody shares the database."""
        yield True

    @property
    def away_seconds(self) -> float:
        """How long the database has not answered; a file always does."""
        return 0.0

    def secure(self, connection: sa.Connection) -> None:
        """Let what this transaction deletes be overwritten in the file."""
        connection.exec_driver_sql("PRAGMA secure_delete=ON")

    def overwrite(self, table: str) -> None:
        """Move the write-ahead log into the database: no old page of it holds what was deleted."""
        with closing(sqlite3.connect(self.path, timeout=WRITE_WAIT_MS / 1000)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every connection; the store opens them again if it is used again."""
        while self._kept:
            self._kept.popleft().close()
        self._reader.dispose()
        if self._writer is not None:
            self._writer.dispose()


def _engine(path: Path, mode: str, wait_ms: int, begin: str) -> sa.Engine:
    uri = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        # isolation_level None: transactions begin where we say, DDL included.
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        connection.execute(f"PRAGMA busy_timeout={wait_ms}")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA trusted_schema=OFF")
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=4)

    def on_begin(connection: sa.Connection) -> None:
        directly(connection, f"BEGIN {begin}")

    event.listen(engine, "begin", on_begin)
    return engine


def database_path(url_or_path: str | Path) -> Path:
    """Return the database file that a URL (`sqlite:///...`), folder or file path means."""
    text = str(url_or_path)
    if text.startswith("sqlite:///"):
        text = text.removeprefix("sqlite:///")
    elif "://" in text:
        raise MissingPartError(
            f"The store cannot open {text.partition('://')[0]} databases here.",
            hint=f"Use a folder, and name a PostgreSQL database with {URL_ENV}.",
        )
    if text in ("", ":memory:"):
        raise InputError(
            "The store needs a file: evidence must outlive the process.",
            hint="Name a folder, for example seawall-data.",
        )
    path = Path(text)
    return path if path.suffix in (".db", ".sqlite", ".sqlite3") else path / DATABASE


def shared_url(env: Mapping[str, str] | None = None) -> str:
    """Return the URL of the database that replicas share; empty where SQLite is used.

    Raises InputError for another kind of database.
    """
    url = (os.environ if env is None else env).get(URL_ENV, "")
    if url:
        from seawall.store.postgres import is_postgres

        if not is_postgres(url):
            raise InputError(
                f"{URL_ENV} names a {url.partition(':')[0]} database.",
                hint="It takes postgresql://...; without it, SQLite in the data folder is used.",
            )
    return url


def place_of(url_or_path: str | Path, env: Mapping[str, str] | None = None) -> tuple[Path, str]:
    """Return the database file that a name means, and the URL of the database in its stead, or "".

    Raises InputError, MissingPartError (what no store can open).
    """
    return database_path(url_or_path), shared_url(env)


def open_store(
    url_or_path: str | Path, *, must_exist: bool = False, env: Mapping[str, str] | None = None
) -> Store:
    """Open the store, creating and migrating it where needed. Safe for concurrent openers.

    `url_or_path` is a data folder, a database file or `sqlite:///...`; with SEAWALL_DATABASE_URL
    in `env` (the environment), the tables are in PostgreSQL and the folder holds the rest. Raises
    InputError (cannot be used, missing with `must_exist`), IntegrityError (not a Seawall database,
    or damaged), MissingPartError (a server that cannot be reached).
    """
    path, url = place_of(url_or_path, env)
    if not url and must_exist and not path.is_file():
        raise _missing(str(path))
    private_folder(path.parent)
    with waiting_lock(path.parent / "open.lock"):
        store = _shared(path.parent, url) if url else _file(path)
        try:
            if must_exist and url and revision(store) is None:
                raise _missing(store.place)
            _prepare(store)
        except (sa.exc.DBAPIError, sqlite3.DatabaseError) as error:
            store.close()
            raise unusable(store, error) from None
    return store


# What SQLite says of files that are whole but cannot be used now (sqlite.org/rescode.html).
_NOT_NOW = {
    sqlite3.SQLITE_PERM: "Let the user who runs this read and write the file and its folder.",
    sqlite3.SQLITE_READONLY: "Let the user who runs this write to the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "Let the user who runs this read and write the file and its folder.",
    sqlite3.SQLITE_BUSY: "Another program holds it: try again.",
    sqlite3.SQLITE_LOCKED: "Another program holds it: try again.",
    sqlite3.SQLITE_FULL: "Free some space on the disk.",
}


def unusable(store: Store, error: Exception) -> InputError | IntegrityError:
    """Return why a database cannot be opened: it is out of reach, or no database any more."""
    cause = getattr(error, "orig", error)
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and (hint := _NOT_NOW.get(code & 0xFF)):
        return InputError(f"{store.place} cannot be opened: {cause}.", hint=hint)
    return IntegrityError(
        f"{store.place} cannot be opened as a database: {cause}.",
        hint="Restore it from a backup, or move it away to start a new one.",
    )


@contextmanager
def usable(store: Store) -> Iterator[None]:
    """Say what is wrong with a database that stops answering while a program starts on it."""
    try:
        yield
    except sa.exc.OperationalError as error:
        if not store.shared:
            raise unusable(store, error) from None
        raise MissingPartError(
            f"{store.place} stopped answering.", hint="Look at the server, then start again."
        ) from None


def open_for_reading(
    url_or_path: str | Path, *, env: Mapping[str, str] | None = None, any_schema: bool = False
) -> Store:
    """Open an existing store and change nothing, not even its schema.

    Raises InputError (there is none; of an older or newer schema, unless `any_schema`),
    IntegrityError (no database), MissingPartError (a server that cannot be reached).
    """
    path, url = place_of(url_or_path, env)
    if not url:
        if not path.is_file():
            raise _missing(str(path))
        store = Store(path, read_only=True)
        if any_schema:
            return store
    else:
        store = _shared(path.parent, url, read_only=True)
        if revision(store) is None:
            raise _missing(store.place)
    try:
        _check_schema(store)
    except sa.exc.DatabaseError as error:
        raise unusable(store, error) from None
    return store


def _file(path: Path) -> Store:
    private_file(path)
    return Store(path)


def _shared(folder: Path, url: str, *, read_only: bool = False) -> Store:
    from seawall.store.postgres import connect

    return connect(folder, url, read_only=read_only)


def _missing(place: str) -> InputError:
    return InputError(
        f"There is no Seawall database at {place}.",
        hint="Name the folder that `seawall serve --data` or `seawall demo` wrote.",
    )


def known_revision() -> str:
    """Return the newest migration's number, read from the file names."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _prepare(store: Store) -> None:
    if not store.shared:
        with closing(sqlite3.connect(store.path, timeout=WRITE_WAIT_MS / 1000)) as plain:
            plain.execute("PRAGMA journal_mode=WAL")
    current = revision(store)
    if current == known_revision():
        return
    if current is not None and current > known_revision():
        raise _newer(store, current)
    if current is None and not store.shared:
        with store.write() as connection:
            if schema.create(connection, known_revision()):
                return
    migrate(store)


def _check_schema(store: Store) -> None:
    """Raise InputError unless the schema is the one that this program reads."""
    current = revision(store)
    if current is None:
        raise _missing(store.place)
    if current > known_revision():
        raise _newer(store, current)
    if current < known_revision():
        raise InputError(
            f"{store.place} was written by an older Seawall (schema {current}).",
            hint="Start `seawall serve` on it once, or run a command that writes: it is brought "
            "up to date. Keep a copy first.",
        )


def _newer(store: Store, current: str) -> InputError:
    return InputError(
        f"{store.place} was written by a newer Seawall (schema {current}).",
        hint="Upgrade Seawall; a newer schema cannot be read by an older program.",
    )


def revision(store: Store) -> str | None:
    """Return the database's schema number; None for an empty one."""
    with store.read() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        number = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return None if number is None else str(number)


def migrate(store: Store, target: str = "head") -> None:
    """Run the migrations up to `target` in one transaction."""
    # Imported here: a database that is up to date is opened without Alembic (0.2 s).
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with store.write() as connection:
        attributes: dict[Any, Any] = config.attributes
        attributes["connection"] = connection
        command.upgrade(config, target)
