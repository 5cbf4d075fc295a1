"""The how-to pages say what is true: their verifier runs, their names exist."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from seawall.core.roles import OPERATOR
from seawall.store.audit import AuditLog, open_log
from seawall.store.chain import KEY_FILE
from seawall.store.db import Store
from seawall.store.keys import SCOPES
from seawall.store.prune import DAY, prune

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def verifier() -> str:
    page = (HOW_TO / "verify-the-audit-log.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return code


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("", "5 records verified"),
        ("UPDATE audit SET body = x'7b7d' WHERE seq = 3", "record 3"),
        ("DELETE FROM audit WHERE seq = 2", "record 3"),
        ("DELETE FROM audit WHERE seq = 5", "5 were signed, 4 are there"),
    ],
)
def test_the_documented_verifier_agrees(file_store: Store, statement: str, said: str) -> None:
    store, log = file_store, open_log(file_store)
    log.start()
    for number in range(5):
        log.submit({"n": number, "text": "ä"}).result(5)
    log.stop()
    store.close()
    if statement:
        database = sqlite3.connect(store.path)
        database.execute(statement)
        database.commit()
        database.close()
    result = subprocess.run(
        [sys.executable, "-c", verifier(), str(store.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode == 0) == (not statement), result.stderr
    assert said in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("", "6 records verified"),
        ("DELETE FROM audit_seals", "record 5"),
        (
            "UPDATE audit_seals SET seal = replace(seal, '\"seq\":4', '\"seq\":5')",
            "InvalidSignature",
        ),
        ("DELETE FROM audit WHERE seq = 5", "record 6"),
    ],
)
def test_the_documented_verifier_begins_behind_a_seal(
    file_store: Store, statement: str, said: str
) -> None:
    days = [0]
    log = AuditLog(file_store, file_store.folder / KEY_FILE, clock=lambda: days[0] * DAY * 10**9)
    log.start()
    for _ in range(10):
        log.submit({"n": days[0]}).result(5)
        days[0] += 1
    log.stop()
    prune(file_store, kept_seconds=6 * DAY, reason="über", actor=OPERATOR, now=9.5 * DAY)
    file_store.close()
    with closing(sqlite3.connect(file_store.path)) as database:
        database.execute(statement or "SELECT 1")
        database.commit()
    result = subprocess.run(
        [sys.executable, "-c", verifier(), str(file_store.folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (result.returncode == 0) == (not statement), result.stderr
    assert said in result.stdout + result.stderr


def test_the_page_on_keys_names_every_scope() -> None:
    page = (HOW_TO / "keys.md").read_text()
    for scope in SCOPES:
        assert f"`{scope}`" in page
