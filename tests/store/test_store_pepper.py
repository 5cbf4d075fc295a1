"""The pepper of replicas: the first sets it for the shared database, another is refused."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from raw import edit
from servers import Postgres

from seawall.core.errors import MissingPartError
from seawall.store.db import URL_ENV, Store, migrate, open_for_reading, open_store
from seawall.store.keys import create_key, list_keys, lookup, revoke_key, rotate_key
from seawall.store.pepper import agreed_pepper, load_pepper
from seawall.store.postgres import PostgresStore

ONE, OTHER = {"SEAWALL_PEPPER": "p" * 32}, {"SEAWALL_PEPPER": "q" * 32}


@pytest.fixture
def url(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> str:
    found = postgres.migrated()
    monkeypatch.setenv(URL_ENV, found)
    return found


def new_key(store: Store, env: dict[str, str]) -> tuple[str, str]:
    return create_key(store, application="shop", function="chat", env=env)


def test_of_replicas_that_start_together_one_makes_the_pepper(url: str, tmp_path: Path) -> None:
    stores = [open_store(tmp_path / str(n)) for n in range(6)]

    def start(store: Store) -> bytes | MissingPartError:
        try:
            return load_pepper(store, {})
        except MissingPartError as error:
            return error

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(start, stores))
    (first,) = [store for store, one in zip(stores, made, strict=True) if isinstance(one, bytes)]
    for store, one in zip(stores, made, strict=True):
        assert (store.folder / "pepper").exists() == (store is first)
        if isinstance(one, MissingPartError):
            assert "another pepper" in one.message and "SEAWALL_PEPPER" in one.hint
    second = next(store for store in stores if store is not first)
    shutil.copy(first.folder / "pepper", second.folder / "pepper")
    _, key = new_key(first, {})
    assert agreed_pepper(second, {}) == agreed_pepper(first, {})
    assert lookup(second, key, env={}) is not None


def test_a_named_pepper_that_is_another_is_refused_before_it_makes_a_key(
    url: str, tmp_path: Path
) -> None:
    one, two = open_store(tmp_path / "one"), open_store(tmp_path / "two")
    agreed_pepper(one, ONE)
    for env in (OTHER, {}):
        with pytest.raises(MissingPartError, match="another pepper"):
            new_key(two, env)
    assert not list_keys(one)
    key_id, _ = new_key(two, ONE)
    with pytest.raises(MissingPartError, match="another pepper"):
        rotate_key(two, key_id, overlap=0, env=OTHER)
    reader = open_for_reading(tmp_path / "reader")
    with pytest.raises(MissingPartError, match="another pepper"):
        agreed_pepper(reader, OTHER)
    assert agreed_pepper(reader, ONE) == b"p" * 32


def test_a_pepper_that_is_gone_makes_room_once_its_keys_are_revoked(
    url: str, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "data")
    names = [new_key(store, ONE)[0] for _ in range(2)]
    for name in names:
        with pytest.raises(MissingPartError, match="another pepper"):
            agreed_pepper(store, OTHER)
        revoke_key(store, name)
    _, key = new_key(store, OTHER)
    assert lookup(store, key, env=OTHER) is not None
    with pytest.raises(MissingPartError, match="another pepper"):
        agreed_pepper(store, ONE)


def test_a_database_of_before_is_under_the_pepper_of_its_keys(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    monkeypatch.setenv(URL_ENV, url)
    store = open_store(tmp_path / "data")
    new_key(store, ONE)
    later = ("pepper", "policies", "policy_calls", "policy_replicas", "audit_seals", "audit_holds")
    edit(store, *(f"DROP TABLE {table}" for table in later))
    edit(store, "UPDATE alembic_version SET version_num = '0020'")
    store.close()
    old = PostgresStore(tmp_path / "data", url)
    migrate(old)
    with pytest.raises(MissingPartError, match="another pepper"):
        agreed_pepper(old, OTHER)
    assert agreed_pepper(old, ONE) == b"p" * 32
    old.close()


def test_one_gateway_with_a_file_changes_its_pepper_as_before(file_store: Store) -> None:
    new_key(file_store, ONE)
    _, key = new_key(file_store, OTHER)
    assert lookup(file_store, key, env=OTHER) is not None
