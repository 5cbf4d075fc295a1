"""Users' names in the log: the same for one user, nobody's once the key is destroyed."""

import threading
from pathlib import Path

import pytest
from raw import ask

from seawall.core.errors import InputError
from seawall.store.audit import AuditLog, open_log, verify
from seawall.store.audit_users import CACHE_SECONDS, AuditUsers
from seawall.store.db import Store


def write(log: AuditLog, users: AuditUsers, user: str) -> str:
    """What the gateway does for one record; return the name."""
    key = users.key(user)
    new = key if users.unstored(key) else None
    log.submit({"user": key.name(user)}, user_key=new).result(5)
    if new is not None:
        users.written(new)
    return key.name(user)


def keys_in(store: Store) -> int:
    return int(ask(store, "SELECT count(*) FROM audit_users")[0])


def test_a_user_has_one_name_over_restarts_and_another_user_another(
    store: Store, log: AuditLog
) -> None:
    first = write(log, AuditUsers(store), "anna@example.org")
    again = write(log, AuditUsers(store), "anna@example.org")
    other = write(log, AuditUsers(store), "anna@example.org ")
    assert first == again != other
    assert first.startswith("u_")
    assert len(first) == 34
    assert keys_in(store) == 2
    assert AuditUsers(store).find("anna@example.org") == first
    assert AuditUsers(store).find("nobody") is None


def test_the_files_never_hold_the_id(store: Store, log: AuditLog) -> None:
    users = AuditUsers(store)
    write(log, users, "anna-4711-marker")
    for path in store.folder.iterdir():
        assert b"anna-4711-marker" not in path.read_bytes(), path.name


def test_another_pepper_finds_nothing(store: Store, log: AuditLog) -> None:
    write(log, AuditUsers(store), "anna")
    assert AuditUsers(store, env={"SEAWALL_PEPPER": "p" * 32}).find("anna") is None


def test_after_an_erasure_the_chain_holds_and_nobody_finds_the_user(store: Store) -> None:
    log = open_log(store)
    log.start()
    users = AuditUsers(store)
    names = [write(log, users, user) for user in ("anna", "bob", "anna")]
    secret = users.key("anna").key
    log.stop()
    assert users.erase("anna")
    assert not users.erase("anna")
    assert users.find("anna") is None
    assert users.find("bob") == names[1]
    report = verify(store)
    assert (report.ok, report.records) == (True, 3)
    store.close()
    for path in store.folder.glob("seawall.db*"):
        assert secret not in path.read_bytes(), f"{path.name} still holds the key"


def test_who_comes_back_gets_a_new_name(store: Store, log: AuditLog) -> None:
    users = AuditUsers(store)
    before = write(log, users, "anna")
    users.erase("anna")
    after = write(log, users, "anna")
    assert before != after
    assert users.find("anna") == after


def test_an_erasure_by_another_process_is_noticed_in_time(store: Store, log: AuditLog) -> None:
    now = [0.0]
    running = AuditUsers(store, clock=lambda: now[0])
    before = write(log, running, "anna")
    AuditUsers(store).erase("anna")
    now[0] = CACHE_SECONDS - 1
    assert write(log, running, "anna") == before
    assert keys_in(store) == 0, "an erased key is not written again"
    now[0] = CACHE_SECONDS * 2
    assert write(log, running, "anna") != before


def test_two_first_requests_at_once_share_one_name(store: Store, log: AuditLog) -> None:
    users = AuditUsers(store)
    names: set[str] = set()
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        names.add(write(log, users, "anna"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 1
    assert keys_in(store) == 1


def test_a_key_whose_record_failed_is_written_with_the_next(
    store: Store, log: AuditLog, tmp_path: Path
) -> None:
    users = AuditUsers(store)
    key = users.key("anna")
    # A shared database gives every replica one key at once; a file takes it with its first record.
    assert users.unstored(key) is not store.shared
    assert users.key("anna") == key
    assert users.unstored(key) is not store.shared, "nothing was written yet"
    assert write(log, users, "anna") == key.name("anna")
    assert not users.unstored(key)


def test_an_empty_user_is_refused(store: Store) -> None:
    with pytest.raises(InputError):
        AuditUsers(store).erase("")
