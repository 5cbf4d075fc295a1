"""Fixtures of the store's tests: a store on each backend, and its audit log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import postgres, valkey

from seawall.store.audit import AuditLog, open_log
from seawall.store.db import URL_ENV, Store, open_store

__all__ = ["postgres", "valkey"]


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where every store of a test has its tables; what a test starts hears of it too."""
    monkeypatch.delenv(URL_ENV, raising=False)
    if request.param == "postgres":
        monkeypatch.setenv(URL_ENV, request.getfixturevalue("postgres").migrated())
    return str(request.param)


@pytest.fixture
def store(tmp_path: Path, backend: str) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def log(store: Store) -> Iterator[AuditLog]:
    audit = open_log(store)
    audit.start()
    yield audit
    audit.stop()


@pytest.fixture
def file_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store in a file, for what only a file can suffer."""
    monkeypatch.delenv(URL_ENV, raising=False)
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()
