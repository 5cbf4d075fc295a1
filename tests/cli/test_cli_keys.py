"""seawall keys: shown once, listed without secrets, revoked for good."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.cli import main
from seawall.store.changes import pending_changes
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
    code, out, err = run("keys", "create", *place, "--name", "web", *data)
    assert code == 0
    key = out.removesuffix("\n")  # a shell's $(...) gets the key and nothing else
    assert key.startswith("sw_") and key.split() == [key]
    assert "not shown again" in err
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


def test_names_are_checked_against_a_policy_or_said_to_be_unchecked(
    run: Run, tmp_path: Path
) -> None:
    policy = str(Path(__file__).parents[2] / "examples" / "policy.yaml")
    data = ("--data", str(tmp_path / "data"), "--application", "shop-bank")
    for wrong in (("--function", "nosuch"), ("--function", "support-chat", "--model", "nosuch")):
        code, _, err = run("keys", "create", *data, *wrong, "--policy", policy)
        assert code == 2 and "nosuch" in err and "no key was made" in err
    assert not (tmp_path / "data").exists()
    code, out, err = run("keys", "create", *data, "--function", "support-chat", "--policy", policy)
    assert code == 0 and "not checked" not in err and len(out.splitlines()) == 1
    admin = ("--scope", "admin", "--role", "owner", "--policy", policy)
    assert run("keys", "create", *data, *admin)[0] == 0
    code, _, err = run("keys", "create", *data, "--function", "nosuch")
    assert code == 0 and "shop-bank/nosuch was not checked" in err


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


def test_rotate_overlaps(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    place = ("--application", "shop", "--function", "chat")
    old = json.loads(run("keys", "create", *place, "--model", "m1", *data, "--json")[1])
    code, out, _ = run("keys", "rotate", old["key_id"], "--overlap", "24h", *data, "--json")
    new = json.loads(out)
    assert code == 0 and new["replaces"] == old["key_id"]
    store = open_store(tmp_path / "data")
    before, after = lookup(store, old["key"]), lookup(store, new["key"])
    assert before is not None and after is not None
    assert before.expires == pytest.approx(time.time() + 86_400, abs=60)
    assert after.models == ("m1",)
    assert run("keys", "rotate", old["key_id"], "--overlap", "soon", *data)[0] == 2
    code, out, err = run("keys", "rotate", new["key_id"], "--data", str(tmp_path / "data"))
    assert code == 0 and out.startswith("sw_") and len(out.split()) == 1 and "replaces" in err


def test_an_admin_key_may_do_what_its_roles_allow(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", str(tmp_path / "data"), "--json")
    place = ("--application", "shop")
    admin = ("--scope", "admin", "--role")
    keys = {
        role: json.loads(run("keys", "create", *place, *admin, role, *data)[1])["key"]
        for role in ("developer", "auditor")
    }
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", keys["developer"])
    made = run("keys", "create", *place, "--function", "chat", *data)
    assert made[0] == 0
    assert run("keys", "create", *place, *admin, "owner", *data)[0] == 2
    owner_id = next(k["key_id"] for k in json.loads(run("keys", "list", *data)[1]) if k["roles"])
    assert run("keys", "rotate", owner_id, *data)[0] == 2  # would hand out roles
    assert run("keys", "revoke", owner_id, *data)[0] == 2
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", keys["auditor"])
    assert run("keys", "list", *data)[0] == 0
    code, out, _ = run("keys", "create", *place, "--function", "chat", *data)
    assert (code, json.loads(out)["error"]["code"]) == (2, "not_permitted")
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", json.loads(made[1])["key"])
    assert json.loads(run("keys", "list", *data)[1])["error"]["code"] == "invalid_api_key"
    monkeypatch.delenv("SEAWALL_ADMIN_KEY")
    actors = [change["actor"] for change in pending_changes(open_store(tmp_path / "data"))]
    assert actors[:2] == ["operator", "operator"] and actors[2].startswith("key:")
