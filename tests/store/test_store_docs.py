"""The how-to pages say what is true: their verifier runs, their names exist."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.store.audit import open_log
from seawall.store.db import Store
from seawall.store.keys import SCOPES

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


def test_the_page_on_keys_names_every_scope() -> None:
    page = (HOW_TO / "keys.md").read_text()
    for scope in SCOPES:
        assert f"`{scope}`" in page
