"""The database is away: records are durable in the journal, and each reaches it once."""

import threading
import time
from pathlib import Path

import pytest
from raw import ask
from servers import Postgres

from seawall.core.errors import IntegrityError
from seawall.store import audit as audit_module
from seawall.store.audit import AuditError, AuditLog, open_log, verify
from seawall.store.audit_users import AuditUsers
from seawall.store.db import URL_ENV, open_store
from seawall.store.journal import FILE, Batch, Journal, Row
from seawall.store.postgres import PostgresStore
from seawall.store.spend import Charge, Share, spent_on, used_in
from seawall.store.verify import records

DAY = "2026-10-01"
CHARGE = Charge(
    day=DAY, function="chat", nanos=5, tokens=2, shares=(Share(scope="user", name="u"),)
)


@pytest.fixture
def store(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PostgresStore:
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    monkeypatch.setattr(audit_module, "HEAL_SECONDS", 0.05)
    opened = open_store(tmp_path / "data")
    assert isinstance(opened, PostgresStore)
    return opened


def started(store: PostgresStore) -> AuditLog:
    log = open_log(store)
    log.start()
    return log


def until_empty(log: AuditLog) -> None:
    end = time.monotonic() + 20
    while log.journaled:
        assert time.monotonic() < end, log.last_error
        threading.Event().wait(0.02)


def spent(store: PostgresStore) -> tuple[int, int]:
    (use,) = used_in(store, DAY[:7])
    return spent_on(store, DAY)["chat"], use.requests


def test_records_go_on_while_the_server_is_dead_and_reach_it_once(
    postgres: Postgres, store: PostgresStore
) -> None:
    log = started(store)
    assert log.submit({"n": 1}, charge=CHARGE).result(5) == 1
    postgres.kill()
    try:
        assert [log.submit({"n": n}, charge=CHARGE).result(20) for n in (2, 3, 4)] == [2, 3, 4]
        assert (log.journaled, log.healthy) == (3, True)
    finally:
        postgres.start()
    until_empty(log)
    assert log.submit({"n": 5}, charge=CHARGE).result(5) == 5
    log.stop()
    assert not (store.folder / FILE).exists()
    assert spent(store) == (25, 5)
    report = verify(store)
    assert (report.ok, report.records, report.problems) == (True, 5, [])


def test_load_over_a_kill_and_a_restart_loses_and_doubles_nothing(
    postgres: Postgres, store: PostgresStore
) -> None:
    log = started(store)
    told: list[tuple[int, int]] = []
    ended = threading.Event()

    def client(name: int) -> None:
        number = 0
        while not ended.is_set() and number < 3000:
            number += 1
            told.append((log.submit({"c": name, "n": number}, charge=CHARGE).result(30), name))

    threads = [threading.Thread(target=client, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        threading.Event().wait(0.2)
        postgres.kill()
        before = len(told)
        end = time.monotonic() + 20
        while len(told) < before + 20 and time.monotonic() < end:
            threading.Event().wait(0.01)
        postgres.start()
        until_empty(log)
    ended.set()
    for thread in threads:
        thread.join()
    log.stop()
    assert sorted(seq for seq, _ in told) == list(range(1, len(told) + 1))
    assert spent(store) == (5 * len(told), len(told))
    report = verify(store)
    assert (report.ok, report.records) == (True, len(told))


def test_what_a_stopped_replica_had_journaled_is_replayed_at_its_next_start(
    postgres: Postgres, store: PostgresStore
) -> None:
    log = started(store)
    postgres.kill()
    log.submit({"n": 1}, charge=CHARGE).result(20)
    log.stop()
    postgres.start()
    store.close()
    store._next_try = 0.0
    early = verify(store)
    assert not early.ok
    assert FILE in early.notes[0]
    path = store.folder / FILE
    path.write_bytes(path.read_bytes() + b"\x00\x00\x01\x00half a frame")  # a crash cut it short
    again = started(store)
    assert again.journaled == 0
    assert again.submit({"n": 2}).result(5) == 2
    again.stop()
    assert [record.body["n"] for record in records(store)] == [1, 2]
    assert verify(store).ok


def test_a_commit_whose_answer_was_lost_counts_once(store: PostgresStore) -> None:
    log = started(store)
    real = log._ledger._insert

    def lost(batch: Batch) -> None:
        real(batch)
        store._note_away()
        raise audit_module.sa.exc.OperationalError(None, None, ConnectionError("gone"))

    log._ledger._insert = lost  # type: ignore[method-assign]
    assert log.submit({"n": 1}, charge=CHARGE).result(5) == 1
    assert log.journaled == 1
    log._ledger._insert = real  # type: ignore[method-assign]
    store._away_since = None
    until_empty(log)
    log.stop()
    assert spent(store) == (5, 1)
    assert verify(store).records == 1


def test_a_new_users_key_is_written_with_the_replay(
    postgres: Postgres, store: PostgresStore
) -> None:
    log, users = started(store), AuditUsers(store)
    known = users.key("anna")
    postgres.kill()
    try:
        log.submit({"n": 0}).result(20)  # from here on the store knows that it is away
        assert users.key("anna") == known
        new = users.key("bob")
        assert users.unstored(new)
        log.submit({"user": new.name("bob")}, user_key=new).result(20)
    finally:
        postgres.start()
    until_empty(log)
    log.stop()
    assert AuditUsers(store).find("bob") == new.name("bob")


def test_replicas_make_one_key_for_a_user(store: PostgresStore, tmp_path: Path) -> None:
    env = {"SEAWALL_PEPPER": "p" * 32}
    other = open_store(tmp_path / "other")
    names = {AuditUsers(one, env=env).key("anna").key for one in (store, other, store)}
    assert len(names) == 1
    assert ask(store, "SELECT count(*) FROM audit_users") == (1,)


def test_a_journal_that_is_full_releases_nothing(postgres: Postgres, store: PostgresStore) -> None:
    log = started(store)
    postgres.kill()
    try:
        log.submit({"n": 1}).result(20)
        assert log._ledger.journal is not None
        log._ledger.journal._max = log._ledger.journal.bytes + 10
        with pytest.raises(AuditError, match="as much as it may"):
            log.submit({"n": 2}).result(20)
        assert not log.healthy
    finally:
        postgres.start()
    end = time.monotonic() + 20
    while not log.healthy:
        assert time.monotonic() < end, log.last_error
        threading.Event().wait(0.02)
    assert log.submit({"n": 3}).result(5) == 2
    log.stop()
    assert verify(store).ok


def batch(seq: int) -> Batch:
    row = Row(seq, 1, b"{}", bytes(32), bytes(32))
    return Batch(rows=[row], head=b"h", chain="c", charges=[], user_keys=[])


def test_an_edited_journal_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for seq in (1, 2, 3):
        journal.append(batch(seq))
    content = bytearray(journal.path.read_bytes())
    content[60] ^= 1
    journal.path.write_bytes(content)
    with pytest.raises(IntegrityError, match="edited or damaged"):
        Journal(tmp_path).open()


def test_a_journal_is_private_and_comes_back_as_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(batch(1))
    journal.append(batch(2))
    assert journal.path.stat().st_mode & 0o777 == 0o600
    again = Journal(tmp_path)
    again.open()
    assert (again.records, again.bytes) == (2, journal.bytes)
    assert [found for found, _ in again.batches()] == [batch(1), batch(2)]
    again.clear()
    assert not again.path.exists()
