"""`seawall access` on the command line."""

import json
from pathlib import Path

import pytest

from seawall.cli.main import run
from seawall.core.roles import Actor
from seawall.store.db import open_store
from seawall.store.directory import put_member, roles_of_member
from seawall.store.keys import create_key


@pytest.fixture
def data(tmp_path: Path) -> str:
    store = open_store(tmp_path)
    for name in ("chat", "reports"):
        create_key(store, application="shop", function=name, name=name, env={})
    return str(tmp_path)


def answer(capsys, *arguments: str, code: int = 0):
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_from_start_to_evidence(data: str, capsys) -> None:
    where = ("--data", data)
    entry = answer(capsys, "access", "start", "--application", "shop", *where)
    review, (first, second) = entry["entry_id"], sorted(entry["body"]["lines"])
    assert run(["access", "show", review, *where]) == 0
    assert "reports" in capsys.readouterr().out
    assert answer(capsys, "access", "close", review, *where, code=2)["error"]["code"]
    answer(capsys, "access", "keep", review, first, "--reason", "in use", *where)
    answer(capsys, "access", "revoke", review, second, "--reason", "project ended", *where)
    assert run(["access", "close", review, *where]) == 0
    assert "It does not count yet" in capsys.readouterr().out
    (row,) = answer(capsys, "access", "list", *where)
    assert "still works" in row["why_not"]
    assert run(["keys", "revoke", second, *where]) == 0
    capsys.readouterr()
    (row,) = answer(capsys, "access", "list", "--application", "shop", *where)
    assert row["why_not"] == "" and row["entry"]["body"]["state"] == "closed"
    answer(capsys, "access", "withdraw", review, "--reason", "a key was forgotten", *where)
    (row,) = answer(capsys, "access", "list", *where)
    assert row["why_not"].startswith("withdrawn")


def test_a_persons_roles_are_taken_away(data: str, capsys) -> None:
    where = ("--data", data)
    person = "https://id.example:kim"
    put_member(open_store(data), person, team="", roles=["owner"], actor=Actor(name="setup"))
    review = answer(capsys, "access", "start", "--application", "shop", *where)["entry_id"]
    subject = f"member:{person}"
    assert run(["access", "revoke", review, subject, "--reason", "left", *where]) == 0
    assert f"seawall access drop {subject}" in capsys.readouterr().out
    assert answer(capsys, "access", "drop", subject, *where)["roles"] == []
    assert roles_of_member(open_store(data), person) == ()
    assert run(["access", "drop", "https://id.example:nobody", *where]) == 2
    assert "There is no member" in capsys.readouterr().err


def test_what_is_not_there_is_named(data: str, tmp_path: Path, capsys) -> None:
    for arguments, says in (
        (["access", "show", "rev_none", "--data", data], "rev_none"),
        (["access", "start", "--application", "nobody", "--data", data], "Nobody holds"),
        (["access", "start", "--application", "shop", "--data", str(tmp_path / "no")], "no"),
    ):
        assert run(arguments) != 0
        assert says in capsys.readouterr().err
