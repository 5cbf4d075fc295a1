"""What somebody with the database in hand can do, on each backend."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from seawall.store.db import Store


def edit(store: Store, *statements: str) -> None:
    """Run SQL past every function of the store."""
    with store.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def ask(store: Store, query: str) -> Any:
    """Return the first row of a query."""
    with store.read() as connection:
        return connection.execute(sa.text(query)).fetchone()


def impatient(store: Store) -> None:
    """Make the writer's connections give up at once, so that the test does not wait seconds."""

    def on_checkout(connection: Any, record: object, proxy: object) -> None:
        if store.shared:
            connection.execute("SET lock_timeout = 1")
            connection.commit()
        else:
            connection.execute("PRAGMA busy_timeout=1")

    assert store._writer is not None
    event.listen(store._writer, "checkout", on_checkout)


@contextlib.contextmanager
def locked(store: Store) -> Iterator[None]:
    """Keep everybody else from writing audit records."""
    with store.write() as connection:
        if store.shared:
            connection.exec_driver_sql("LOCK TABLE audit IN EXCLUSIVE MODE")
        impatient(store)
        yield


@contextlib.contextmanager
def away(store: Store, server: Any) -> Iterator[None]:
    """Take the database away: the file is moved, or the server is killed."""
    store.close()
    if store.shared:
        server.kill()
        try:
            yield
        finally:
            server.start()
            store._next_try = 0.0  # type: ignore[attr-defined]
    else:
        hidden = store.path.rename(store.path.with_suffix(".away"))
        yield
        hidden.rename(store.path)


def stolen(store: Store, folder: Path) -> Path:
    """Return a folder from which the same tables can be read, and nothing else of the first."""
    folder.mkdir(mode=0o700)
    if not store.shared:
        store.close()
        shutil.copy(store.path, folder / "seawall.db")
    return folder
