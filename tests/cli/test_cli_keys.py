"""seawall keys: shown once, listed without secrets, revoked for good."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.cli import main
from seawall.store.db import open_store
from seawall.store.keys import lookup

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("SEAWALL_PEPPER", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_create_list_revoke(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    place = ("--application", "shop", "--function", "chat")
    code, out, _ = run("keys", "create", *place, "--name", "web", *data)
    assert code == 0
    key, sentence = out.splitlines()
    assert "not shown again" in sentence
    record = lookup(open_store(tmp_path / "data"), key)
    assert record is not None
    code, out, _ = run("keys", "list", *data)
    assert code == 0
    assert record.key_id in out
    assert "active" in out
    assert key not in out
    code, out, _ = run("keys", "revoke", record.key_id, *data)
    assert (code, "is revoked" in out) == (0, True)
    assert lookup(open_store(tmp_path / "data"), key) is None
    assert "revoked" in run("keys", "list", *data)[1]


def test_create_with_scopes_and_expiry_as_json(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"), "--json")
    place = ("--application", "shop", "--function", "chat")
    more = ("--scope", "chat", "--scope", "models", "--expires-days", "2")
    code, out, _ = run("keys", "create", *place, *more, *data)
    body = json.loads(out)
    assert code == 0
    assert body["expires"] == pytest.approx(time.time() + 2 * 86_400, abs=60)
    (listed,) = json.loads(run("keys", "list", *data)[1])
    assert (listed["key_id"], listed["scopes"]) == (body["key_id"], ["chat", "models"])
    assert "key" not in listed
    assert "digest" not in listed
    revoked = json.loads(run("keys", "revoke", body["key_id"], *data)[1])
    assert revoked["revoked"] is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "--application", "a", "--function", "f", "--scope", "everything"),
        ("create", "--application", "a", "--function", "f", "--expires-days", "0"),
        ("list",),
        ("revoke", "abc"),
    ],
)
def test_what_cannot_be_done_exits_2(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    code, out, err = run("keys", *arguments, "--data", str(tmp_path / "data"))
    assert (code, out) == (2, "")
    assert err
