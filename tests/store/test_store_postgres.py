"""PostgreSQL under the store: several replicas, one schema, a chain each, and outages."""

import asyncio
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from raw import ask, edit
from servers import Postgres

from seawall.core.errors import InputError, MissingPartError
from seawall.core.roles import Actor
from seawall.store import postgres as module
from seawall.store.audit import AuditLog, open_log, verify
from seawall.store.changes import note_change, record_changes
from seawall.store.db import URL_ENV, Store, known_revision, migrate, open_for_reading
from seawall.store.db import open_store as open_any
from seawall.store.keys import create_key, list_keys, rotate_key
from seawall.store.postgres import PostgresStore, StoreAwayError
from seawall.store.spend import Charge, Share, add_charges, spent_on, used_in
from seawall.store.tables import metadata
from seawall.store.verify import records

OPEN = "import sys; from seawall.store.db import open_store; open_store(sys.argv[1]).close()"


@pytest.fixture
def url(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    found = postgres.migrated()
    monkeypatch.setenv(URL_ENV, found)
    return found


def open_store(folder: Path) -> PostgresStore:
    store = open_any(folder)
    assert isinstance(store, PostgresStore)
    return store


@pytest.fixture
def pair(url: str, tmp_path: Path) -> tuple[PostgresStore, PostgresStore]:
    """Two replicas of one database."""
    return open_store(tmp_path / "one"), open_store(tmp_path / "two")


def write(store: Store, count: int, mark: str) -> None:
    log = open_log(store)
    log.start()
    for future in [log.submit({"n": n, "mark": mark}) for n in range(count)]:
        future.result(5)
    log.stop()


def test_an_empty_database_gets_exactly_the_declared_tables(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, postgres.database())
    store = open_store(tmp_path / "data")
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        keys = sa.inspect(connection).get_pk_constraint("audit")["constrained_columns"]
    assert keys == ["chain", "seq"]


def test_a_schema_of_a_version_before_is_migrated_with_its_data(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    monkeypatch.setenv(URL_ENV, url)
    old = PostgresStore(tmp_path, url)
    migrate(old, "0006")
    edit(old, "INSERT INTO acceptances VALUES ('shop', 'u', '1', 7)")
    old.close()
    store = open_store(tmp_path / "data")
    assert tuple(ask(store, "SELECT accepted FROM acceptances")) == (7,)
    assert tuple(ask(store, "SELECT version_num FROM alembic_version")) == (known_revision(),)


def test_many_replicas_start_on_an_empty_database_at_once(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, postgres.database())
    openers = [
        subprocess.Popen([sys.executable, "-c", OPEN, tmp_path / str(n)], stderr=subprocess.PIPE)
        for n in range(3)
    ]
    errors = [opener.communicate()[1] for opener in openers]
    assert [opener.returncode for opener in openers] == [0] * 3, errors


def test_replicas_share_keys_and_have_a_chain_each(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    one, two = pair
    create_key(one, application="shop", function="chat", env={"SEAWALL_PEPPER": "p" * 32})
    assert len(list_keys(two)) == 1
    write(one, 3, "one")
    write(two, 5, "two")
    write(one, 2, "one")
    for store, count in ((one, 5), (two, 5)):
        report = verify(store)
        assert (report.ok, report.records, report.problems) == (True, count, [])
    assert {record.body["mark"] for record in records(one)} == {"one"}
    assert ask(one, "SELECT count(DISTINCT chain), count(*) FROM audit") == (2, 10)


def test_an_auditor_verifies_a_replica_from_anywhere_with_its_key_and_head(
    pair: tuple[PostgresStore, PostgresStore], tmp_path: Path
) -> None:
    one, two = pair
    write(one, 4, "one")
    auditor = open_for_reading(tmp_path / "auditor")
    report = verify(auditor, one.folder / "audit.pub", one.folder / "audit.head")
    assert (report.ok, report.records) == (True, 4)
    with pytest.raises(InputError, match="no audit log"):
        verify(auditor)
    write(two, 4, "two")
    assert not verify(two, one.folder / "audit.pub").ok


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET body = '{}' WHERE seq = 5", "record 5: edited"),
        ("UPDATE audit SET time = time - 1 WHERE seq = 5", "record 5: edited"),
        ("UPDATE audit SET prev_hash = hash WHERE seq = 5", "record 5: does not follow"),
        ("UPDATE audit SET chain = 'else' WHERE seq = 5", "record 5: missing"),
        ("DELETE FROM audit WHERE seq = 5", "record 5: missing"),
        ("DELETE FROM audit WHERE seq > 5", "record 6 to 8: missing at the end"),
        ("INSERT INTO audit SELECT 9, time, body, prev_hash, hash, chain FROM audit "
         "WHERE seq = 8", "record 9: inserted at the end"),
        ("UPDATE audit_head SET head = 'x'", "head in the database"),
        ("DELETE FROM audit_head", "head in the database"),
    ],
)  # fmt: skip
def test_tampering_is_found_and_named(
    pair: tuple[PostgresStore, PostgresStore], statement: str, problem: str
) -> None:
    one, _ = pair
    write(one, 8, "one")
    edit(one, statement)
    report = verify(one)
    assert any(problem in found for found in report.problems), report.problems


def test_two_replicas_cannot_write_one_chain(
    pair: tuple[PostgresStore, PostgresStore], tmp_path: Path
) -> None:
    """A folder that was copied: the second writer fails, and no record is overwritten."""
    import shutil

    one, _ = pair
    write(one, 2, "one")
    shutil.copytree(one.folder, tmp_path / "copy")
    first, second = open_log(one), open_log(open_store(tmp_path / "copy"))
    first.start()
    second.start()
    assert first.submit({"by": "first"}).result(5) == 3
    with pytest.raises(Exception, match="could not be written"):
        second.submit({"by": "second"}).result(5)
    first.stop()
    second.stop()
    assert [record.body.get("by") for record in records(one)][2:] == ["first"]


def test_charges_of_all_replicas_add_up(pair: tuple[PostgresStore, PostgresStore]) -> None:
    shares = tuple(Share(scope="user", name=f"u{n}") for n in range(5))
    start = threading.Barrier(4)

    def work(number: int) -> None:
        mine = shares if number % 2 else shares[::-1]
        start.wait()
        for _ in range(25):
            charge = Charge(day="2026-10-01", function="chat", nanos=3, tokens=2, shares=mine)
            with pair[number % 2].add() as connection:
                add_charges(connection, [charge])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert spent_on(pair[0], "2026-10-01") == {"chat": 300}
    assert {(use.requests, use.tokens, use.nanos) for use in used_in(pair[1], "2026-10")} == {
        (100, 200, 300)
    }


def test_a_key_is_rotated_once_by_whoever_comes_first(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    env = {"SEAWALL_PEPPER": "p" * 32}
    key_id, _ = create_key(pair[0], application="shop", function="chat", env=env)

    def rotate(store: Store) -> bool:
        try:
            rotate_key(store, key_id, overlap=0, env=env)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(rotate, pair * 4))
    assert done.count(True) == 1
    assert len(list_keys(pair[0])) == 2


async def test_a_change_is_recorded_by_one_replica_only(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    logs: list[AuditLog] = [open_log(store) for store in pair]
    for log in logs:
        log.start()
    with pair[0].write() as connection:
        for number in range(40):
            note_change(connection, Actor(name="a"), "key.create", f"k{number}", {})
    moved = await asyncio.gather(
        *(record_changes(store, log) for store, log in zip(pair, logs, strict=True))
    )
    for log in logs:
        log.stop()
    assert sum(moved) == 40
    found = [record.body["target"] for store in pair for record in records(store, limit=99)]
    assert sorted(found) == sorted(f"k{number}" for number in range(40))


@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit"])
def test_a_server_that_may_lose_commits_is_refused(
    postgres: Postgres, url: str, tmp_path: Path, setting: str
) -> None:
    def set_(value: str) -> None:
        postgres.run(f"ALTER SYSTEM SET {setting} = {value}")
        postgres.run("SELECT pg_reload_conf()")

    set_("off")
    try:
        with pytest.raises(InputError, match=f"{setting}=off"):
            for _ in range(50):  # the server reads its settings anew in its own time
                open_store(tmp_path / "data").close()
    finally:
        set_("on")


def test_a_server_that_is_not_there_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_ENV, "postgresql://me:hidden-word@127.0.0.1:1/books")
    with pytest.raises(MissingPartError, match=r"books at 127\.0\.0\.1") as caught:
        open_any(tmp_path / "data")
    assert "hidden-word" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://host/x", "oracle:x", "http://x"])
def test_other_databases_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(URL_ENV, url)
    with pytest.raises(InputError, match=URL_ENV):
        open_any(tmp_path / "data")


def test_a_driver_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_ENV, "postgresql://127.0.0.1:1/books")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingPartError, match=r"seawall\[postgres\]"):
        open_any(tmp_path / "data")


def test_records_wait_while_a_standby_answers_until_it_is_promoted(
    postgres: Postgres, pair: tuple[PostgresStore, PostgresStore]
) -> None:
    store, _ = pair
    log = open_log(store)
    log.start()
    log.submit({"n": 1}).result(5)
    postgres.kill()
    (postgres.folder / "data" / "standby.signal").touch()
    postgres.start()
    log.submit({"n": 2}).result(15)
    store._reader.dispose()
    store._next_try = 0.0
    assert list_keys(store) == []  # it can be read
    log.submit({"n": 3}).result(15)
    assert log.journaled == 2
    postgres.run("SELECT pg_promote()")
    until = time.monotonic() + 20
    while log.journaled:
        assert time.monotonic() < until
        time.sleep(0.1)
    log.submit({"n": 4}).result(5)
    assert log.healthy and not log.journaled
    log.stop()
    assert verify(store).records == 4


def test_a_killed_server_is_used_again_when_it_is_back(
    postgres: Postgres, pair: tuple[PostgresStore, PostgresStore]
) -> None:
    store, _ = pair
    assert store.away_seconds == 0
    postgres.kill()
    for _ in range(3):
        with pytest.raises(sa.exc.OperationalError):
            list_keys(store)
    assert store.away_seconds > 0
    with pytest.raises(StoreAwayError):
        list_keys(store)
    postgres.start()
    store._next_try = 0.0
    assert list_keys(store) == []
    assert store.away_seconds == 0


def test_a_hung_server_holds_nobody_up_for_long(
    postgres: Postgres, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    store = open_store(tmp_path / "data")
    assert list_keys(store) == []
    postgres.signal(signal.SIGSTOP)
    try:
        with pytest.raises(sa.exc.OperationalError):
            list_keys(store)
        with pytest.raises(StoreAwayError):
            list_keys(store)
    finally:
        postgres.signal(signal.SIGCONT)
    store._next_try = 0.0
    assert list_keys(store) == []
    store.close()


def test_who_gets_no_connection_hears_what_whoever_gets_no_answer_hears(
    pair: tuple[PostgresStore, PostgresStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers know what to do without the database then; another kind of error was a fault."""
    store, other = pair
    pool = store._reader.pool
    assert isinstance(pool, sa.QueuePool)
    monkeypatch.setattr(pool, "_timeout", 0.1)
    held = [store._reader.connect() for _ in range(pool.size() + pool._max_overflow)]
    with pytest.raises(StoreAwayError), store.read():
        raise AssertionError("there is none left")
    for connection in held:
        connection.close()
    assert not store.away_seconds
    with store.read() as again:
        assert again.scalar(sa.text("SELECT 1")) == 1
    store.close()
    other.close()
