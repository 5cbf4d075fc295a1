"""The schema of a new file: exactly what the migrations make, and only for an empty one."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from seawall.store import schema
from seawall.store.db import Store, known_revision, migrate, revision

OPEN = (
    "import sys; from seawall.store.db import open_store; open_store(sys.argv[1]).close()\n"
    "sys.exit('alembic' in sys.modules)"
)


def _empty(path: Path) -> Store:
    sqlite3.connect(path).close()
    return Store(path)


def _rows(store: Store) -> dict[str, int]:
    with store.read() as connection:
        names = sa.inspect(connection).get_table_names()
        counts = {
            name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name)))
            for name in names
        }
    return {name: count for name, count in counts.items() if count}


def test_the_script_makes_what_the_migrations_make(tmp_path: Path) -> None:
    migrated, created = _empty(tmp_path / "migrated.db"), _empty(tmp_path / "created.db")
    migrate(migrated)
    with created.write() as connection:
        assert schema.create(connection, known_revision()), "run scripts/write_schema.py"
    for store in (migrated, created):
        with store.read() as connection:
            written = schema.dumped(connection, known_revision())
        assert written == schema.FILE.read_text(), "run scripts/write_schema.py"
        assert _rows(store) == {"alembic_version": 1}
        assert revision(store) == known_revision()
        store.close()


def test_nothing_is_created_over_tables_or_for_another_revision(tmp_path: Path) -> None:
    store = _empty(tmp_path / "some.db")
    with store.write() as connection:
        assert not schema.create(connection, "0001")
        connection.execute(sa.text("CREATE TABLE mine (x)"))
        assert not schema.create(connection, known_revision())
    with store.read() as connection:
        assert sa.inspect(connection).get_table_names() == ["mine"]
    store.close()


def test_a_new_folder_is_made_without_alembic(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", OPEN, str(tmp_path / "data")], check=True)
