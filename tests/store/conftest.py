"""Fixtures of the store's tests: a store in a private folder, and its audit log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.store.audit import AuditLog, open_log
from seawall.store.db import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def log(store: Store) -> Iterator[AuditLog]:
    audit = open_log(store)
    audit.start()
    yield audit
    audit.stop()
