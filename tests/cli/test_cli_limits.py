"""`seawall limits show` tells what was settled, whoever may read it."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from seawall.cli import main
from seawall.store.db import open_store
from seawall.store.keys import create_key
from seawall.store.spend import Charge, Share, add_charges, digest_name

NANOS = 10**9


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    now = time.time()
    today = time.strftime("%Y-%m-%d", time.gmtime(now))
    store = open_store(tmp_path / "data")
    shares = (Share(scope="team", name="sales"),
              Share(scope="user", name=digest_name("user", "anna")))  # fmt: skip
    charges = [Charge(day=today, function="chat", nanos=NANOS, tokens=100, shares=shares)] * 2
    charges.append(Charge(day="2001-01-31", function="chat", nanos=NANOS, shares=shares))
    with store.write() as connection:
        add_charges(connection, charges)
    store.close()
    return str(tmp_path / "data")


def shown(data: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main.run(["limits", "show", "--data", data, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_was_used_is_told_of_every_scope(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    used = {"requests": 2, "tokens": 200, "cost": 2.0}
    found = shown(data, capsys)
    assert [(one["scope"], one["name"]) for one in found] == [
        ("function", "chat"), ("team", "sales"), ("user", digest_name("user", "anna")),
    ]  # fmt: skip
    assert [one["today"]["cost"] for one in found] == [2.0] * 3
    assert [one["month"] for one in found[1:]] == [used] * 2
    assert found[0]["month"]["cost"] == 2.0
    assert main.run(["limits", "show", "--data", data]) == 0
    told = capsys.readouterr().out
    assert "sales" in told and "2, 200, 2" in told and "anna" not in told


def test_who_may_not_read_limits_is_refused(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = create_key(open_store(data), application="shop", function="", scopes=("admin",),
                        roles=("user",))  # fmt: skip
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", key)
    assert main.run(["limits", "show", "--data", data]) == 2


def test_small_and_large_costs_are_written_out(
    data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time()))
    store = open_store(data)
    costs = {"low": 12_210, "high": 1_234_567 * NANOS, "none": 0}
    with store.write() as connection:
        add_charges(connection, [Charge(day=today, function=name, nanos=nanos)
                                 for name, nanos in costs.items()])  # fmt: skip
    store.close()
    assert main.run(["limits", "show", "--data", data]) == 0
    told = capsys.readouterr().out
    assert ", 0.000012 " in told and ", 1234567 " in told and "e+" not in told


def test_where_nothing_was_used_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    open_store(tmp_path / "new").close()
    assert main.run(["limits", "show", "--data", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().out == "Nothing was used this month.\n"
