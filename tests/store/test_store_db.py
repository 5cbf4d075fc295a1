"""Opening a store: private, migrated from anywhere, safe when many open it at once."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from seawall.core.errors import InputError, IntegrityError, MissingPartError
from seawall.store import acceptances
from seawall.store.db import (
    Store,
    database_path,
    known_revision,
    migrate,
    open_for_reading,
    open_store,
    revision,
    usable,
)
from seawall.store.tables import metadata

OPEN = "import sys; from seawall.store.db import open_store; open_store(sys.argv[1]).close()"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_files_are_private(file_store: Store) -> None:
    store = file_store
    acceptances.accept(store, "u", "shop", "1")
    assert mode(store.folder) == 0o700
    assert {path.name: oct(mode(path)) for path in store.folder.iterdir()} == {
        path.name: oct(0o600) for path in store.folder.iterdir()
    }


def test_a_wide_folder_that_holds_only_our_files_is_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    open_store(folder).close()
    assert mode(folder) == 0o700


def test_a_folder_with_other_files_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    tmp_path.chmod(0o755)
    open_store(tmp_path).close()
    assert mode(tmp_path) == 0o755
    assert mode(tmp_path / "seawall.db") == 0o600


def test_a_database_that_others_could_read_is_tightened(file_store: Store) -> None:
    store = file_store
    store.path.chmod(0o644)
    open_store(store.path).close()
    assert mode(store.path) == 0o600


def test_settings_of_every_connection(file_store: Store) -> None:
    store = file_store
    for transaction in (store.read, store.write):
        with transaction() as connection:
            values = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
            ]
        assert values == ["wal", 2, 1, 0]


def test_reading_cannot_write(file_store: Store) -> None:
    store = file_store
    with store.read() as connection, pytest.raises(sa.exc.OperationalError, match="readonly"):
        connection.execute(sa.text("DELETE FROM audit"))
    reader = open_for_reading(store.folder)
    with pytest.raises(InputError), reader.write():
        pass


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as connection:
        connection.execute(sa.text("INSERT INTO acceptances VALUES ('a', 'u', '1', 5)"))
        _ = 1 / 0
    assert not acceptances.accepted(store, "u", "a", "1")


def test_empty_database_gets_exactly_the_declared_tables(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    assert revision(store) == known_revision()


def test_every_migration_follows_the_one_before() -> None:
    from alembic.script import ScriptDirectory

    from seawall.store.db import MIGRATIONS

    script = ScriptDirectory(str(MIGRATIONS))
    found = [(one.revision, one.down_revision) for one in script.walk_revisions()][::-1]
    numbers = [f"{number:04d}" for number in range(1, len(found) + 1)]
    assert found == list(zip(numbers, [None, *numbers], strict=False))
    assert script.get_current_head() == known_revision()


def test_the_first_schema_is_migrated_with_its_data(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    sqlite3.connect(path).close()
    old = Store(path)
    migrate(old, "0001")
    assert revision(old) == "0001"
    acceptances.accept(old, "u", "shop", "3")
    old.close()
    new = open_store(path)
    assert revision(new) == known_revision()
    assert acceptances.accepted(new, "u", "shop", "3")
    with new.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_migration_that_fails_leaves_the_old_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    sqlite3.connect(path).close()
    old = Store(path)
    migrate(old, "0001")
    with old.write() as connection:  # 0002 creates this table last: its others must go again
        connection.execute(sa.text("CREATE TABLE runs (x)"))
    with pytest.raises(IntegrityError):
        open_store(path)
    with old.read() as connection:
        tables = sa.inspect(connection).get_table_names()
    assert revision(old) == "0001"
    assert "spend" not in tables


def test_many_processes_open_an_empty_folder_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    openers = [
        subprocess.Popen([sys.executable, "-c", OPEN, folder], stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    errors = [opener.communicate()[1] for opener in openers]
    assert [opener.returncode for opener in openers] == [0] * 6, errors
    assert revision(open_store(folder)) == known_revision()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="newer"):
        open_store(store.folder)


def test_a_database_out_of_reach_is_not_called_damaged(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    path = tmp_path / "seawall.db"
    (tmp_path / "seawall.db-wal").unlink(missing_ok=True)
    # What root may not open either; the same error as of a file without read permission.
    (tmp_path / "seawall.db-wal").mkdir()
    for opened in (open_store, open_for_reading):
        with pytest.raises(InputError, match="unable to open") as caught:
            opened(tmp_path)
        assert str(path) in caught.value.message
        assert "backup" not in caught.value.hint and "user" in caught.value.hint


def test_a_database_that_is_locked_while_a_program_starts_is_said(file_store: Store) -> None:
    with closing(sqlite3.connect(file_store.path)) as other, pytest.raises(InputError) as caught:
        other.execute("BEGIN IMMEDIATE")
        with usable(file_store), file_store.write():
            pass
    assert "locked" in caught.value.message and "try again" in caught.value.hint


@pytest.mark.parametrize("content", [b"not a database at all, but long enough" * 9, b"SQLite"])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seawall.db"
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="cannot be opened"):
        open_store(tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("opener", [lambda p: open_store(p, must_exist=True), open_for_reading])
def test_a_store_that_must_exist_is_not_created(tmp_path: Path, opener: object) -> None:
    with pytest.raises(InputError, match="no Seawall database"):
        opener(tmp_path / "none")  # type: ignore[operator]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("data", "data/seawall.db"),
        ("data/x.db", "data/x.db"),
        ("sqlite:///data/x.sqlite3", "data/x.sqlite3"),
        ("sqlite:////var/seawall", "/var/seawall/seawall.db"),
        (Path("data"), "data/seawall.db"),
    ],
)
def test_what_a_path_or_url_means(given: str | Path, expected: str) -> None:
    assert database_path(given) == Path(expected)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ("postgresql://host/db", MissingPartError),
        (":memory:", InputError),
        ("sqlite:///:memory:", InputError),
        ("", InputError),
    ],
)
def test_what_cannot_be_a_store(given: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        database_path(given)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="file"):
        open_store(tmp_path / "file" / "data")


def test_an_older_or_newer_schema_is_said_and_not_read(tmp_path: Path) -> None:
    old = Store(tmp_path / "seawall.db")
    (tmp_path / "seawall.db").touch()
    migrate(old, "0001")
    with pytest.raises(InputError, match="older Seawall") as caught:
        open_for_reading(tmp_path)
    assert "seawall serve" in caught.value.hint
    assert revision(old) == "0001", "reading changed nothing"
    assert open_for_reading(tmp_path, any_schema=True).read_only
    open_store(tmp_path).close()
    assert open_for_reading(tmp_path).read_only
    with old.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="newer Seawall"):
        open_for_reading(tmp_path)
    old.close()


def test_what_is_no_database_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "seawall.db"
    path.write_bytes(b"not a database at all, but long enough" * 9)
    with pytest.raises(IntegrityError, match="cannot be opened"):
        open_for_reading(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="no Seawall database"):
        open_for_reading(tmp_path)
