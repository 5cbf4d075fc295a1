"""What the how-to says about backups: taken from a running log, restored, and it verifies."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from seawall.store.audit import AuditLog, open_log
from seawall.store.db import URL_ENV, Store, open_store
from seawall.store.verify import verify_folder

FILES = ("audit.checkpoints", "audit.head", "audit.key", "audit.pub", "pepper")


def fill(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.submit({"n": number}).result(5)


def copied(store: Store, to: Path) -> Path:
    to.mkdir()
    for name in FILES:
        if (store.folder / name).exists():
            shutil.copy2(store.folder / name, to / name)
    return to


def goes_on(folder: Path, records: int) -> None:
    assert verify_folder(folder).problems == []
    store = open_store(folder)
    log = open_log(store)
    log.start()
    fill(log, 1)
    log.stop()
    store.close()
    report = verify_folder(folder)
    assert (report.problems, report.records, report.notes) == ([], records + 1, [])


def test_a_file_is_backed_up_while_the_gateway_runs(file_store: Store, tmp_path: Path) -> None:
    log = open_log(file_store)
    log.start()
    fill(log, 3)
    folder = copied(file_store, tmp_path / "backup")
    fill(log, 2)  # what comes in between is covered by the head in the database
    with (
        closing(sqlite3.connect(file_store.folder / "seawall.db")) as source,
        closing(sqlite3.connect(folder / "seawall.db")) as target,
    ):
        source.backup(target)
    fill(log, 2)
    log.stop()
    goes_on(folder, 5)
    lost = verify_folder(folder, checkpoints=file_store.folder / "audit.checkpoints")
    assert lost.problems == ["record 7: missing at the end, checkpoint 2 counts 7 records"]


def test_postgres_is_dumped_and_restored(
    tmp_path: Path, postgres: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.migrated()  # type: ignore[attr-defined]
    monkeypatch.setenv(URL_ENV, url)
    store = open_store(tmp_path / "data")
    log = open_log(store)
    log.start()
    fill(log, 3)
    folder = copied(store, tmp_path / "backup")
    fill(log, 2)
    tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    path = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    dump, other = tmp_path / "seawall.dump", postgres.database()  # type: ignore[attr-defined]
    for words in (
        ["pg_dump", "--format=custom", f"--file={dump}", plain],
        ["pg_restore", "--no-owner", f"--dbname={other}", str(dump)],
    ):
        subprocess.run(words, check=True, env={**os.environ, "PATH": path}, capture_output=True)
    fill(log, 2)
    log.stop()
    store.close()
    monkeypatch.setenv(URL_ENV, other)
    goes_on(folder, 5)
