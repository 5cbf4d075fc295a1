"""Open the store: one SQLite file in a private folder, migrated, in WAL mode."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from seawall.core.errors import InputError, IntegrityError, MissingPartError
from seawall.store.locks import private_file, private_folder, waiting_lock

DATABASE = "seawall.db"
MIGRATIONS = Path(__file__).parent / "migrations"
WRITE_WAIT_MS = 5_000
READ_WAIT_MS = 250


class Store:
    """A database file and its folder. `read` and `write` are the only ways in.

    Safe to share between threads. `folder` also holds the audit log's key and head.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.folder = path.parent
        self.read_only = read_only
        self._reader = _engine(path, "ro", READ_WAIT_MS, "DEFERRED")
        self._writer = None if read_only else _engine(path, "rw", WRITE_WAIT_MS, "IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A read-only snapshot. Raises sqlalchemy.exc.DBAPIError when it cannot be read."""
        with self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A write transaction: durable when the block ends, undone when it raises."""
        if self._writer is None:
            raise InputError(f"{self.path} was opened for reading only.")
        with self._writer.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close every connection; the store opens them again if it is used again."""
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
        connection.exec_driver_sql(f"BEGIN {begin}")

    event.listen(engine, "begin", on_begin)
    return engine


def database_path(url_or_path: str | Path) -> Path:
    """Return the database file that a URL (`sqlite:///...`), folder or file path means."""
    text = str(url_or_path)
    if text.startswith("sqlite:///"):
        text = text.removeprefix("sqlite:///")
    elif "://" in text:
        raise MissingPartError(
            f"The store cannot open {text.partition('://')[0]} databases.",
            hint="Use a folder, a file or a sqlite:///... URL.",
        )
    if text in ("", ":memory:"):
        raise InputError(
            "The store needs a file: evidence must outlive the process.",
            hint="Name a folder, for example seawall-data.",
        )
    path = Path(text)
    return path if path.suffix in (".db", ".sqlite", ".sqlite3") else path / DATABASE


def open_store(url_or_path: str | Path, *, must_exist: bool = False) -> Store:
    """Open the store, creating and migrating it where needed. Safe for concurrent openers.

    `url_or_path` is a data folder, a database file or `sqlite:///...`. Raises InputError (cannot
    be used, missing with `must_exist`), IntegrityError (not a Seawall database, or damaged).
    """
    path = database_path(url_or_path)
    if must_exist and not path.is_file():
        raise _missing(path)
    private_folder(path.parent)
    with waiting_lock(path.parent / "open.lock"):
        private_file(path)
        store = Store(path)
        try:
            _prepare(store)
        except (sa.exc.DBAPIError, sqlite3.DatabaseError) as error:
            store.close()
            raise IntegrityError(
                f"{path} cannot be opened as a database: {getattr(error, 'orig', error)}.",
                hint="Restore it from a backup, or move it away to start a new one.",
            ) from None
    return store


def open_for_reading(url_or_path: str | Path) -> Store:
    """Open an existing store and change nothing, not even its schema. Raises InputError."""
    path = database_path(url_or_path)
    if not path.is_file():
        raise _missing(path)
    return Store(path, read_only=True)


def _missing(path: Path) -> InputError:
    return InputError(
        f"There is no Seawall database at {path}.",
        hint="Name the folder that `seawall serve --data` or `seawall demo` wrote.",
    )


def known_revision() -> str:
    """Return the newest migration's number, read from the file names."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _prepare(store: Store) -> None:
    with closing(sqlite3.connect(store.path, timeout=WRITE_WAIT_MS / 1000)) as plain:
        plain.execute("PRAGMA journal_mode=WAL")
    current = revision(store)
    if current == known_revision():
        return
    if current is not None and current > known_revision():
        raise InputError(
            f"{store.path} was written by a newer Seawall (schema {current}).",
            hint="Upgrade Seawall; a newer schema cannot be read by an older program.",
        )
    migrate(store)


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
