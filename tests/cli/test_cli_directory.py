"""Teams, members, roles and who accepted the usage policy, on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seawall.cli import main
from seawall.core.roles import Role
from seawall.store.acceptances import accept
from seawall.store.changes import pending_changes
from seawall.store.db import open_store
from seawall.store.directory import roles_of_member
from seawall.store.keys import create_key

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def data(tmp_path: Path) -> str:
    folder = str(tmp_path / "data")
    open_store(folder).close()
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data: str) -> Run:
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)

    def call(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main.run([*words, "--data", data, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


def test_a_team_is_made_filled_and_removed_only_when_it_is_empty(run: Run, data: str) -> None:
    assert run("teams", "create", "red", "--name", "Red")[1]["name"] == "Red"
    made = run("members", "create", "login:ada", "--team", "red", "--role", "auditor")[1]
    assert (made["team"], made["roles"]) == ("red", ["auditor"])
    assert [t["team"] for t in run("teams", "list")[1]] == ["red"]
    code, refused = run("teams", "remove", "red")
    assert (code, refused["error"]["code"]) == (2, "invalid_input")
    assert run("members", "remove", "login:ada") == (0, {"removed": "login:ada"})
    assert run("teams", "remove", "red") == (0, {"removed": "red"})
    assert (run("teams", "list"), run("members", "list")) == ((0, []), (0, []))


def test_a_role_is_granted_and_revoked_beside_the_others(run: Run, data: str) -> None:
    run("members", "create", "login:ada", "--role", "auditor")
    assert run("roles", "grant", "login:ada", "developer")[1]["roles"] == ["auditor", "developer"]
    run("roles", "grant", "login:ada", "developer")
    assert run("roles", "revoke", "login:ada", "auditor")[1]["roles"] == ["developer"]
    store = open_store(data)
    assert roles_of_member(store, "login:ada") == (Role.DEVELOPER,)
    noted = [(c["action"], c["details"].get("role")) for c in pending_changes(store)]
    assert noted[1:] == [("role.grant", "developer"), ("role.revoke", "auditor")]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("roles", "grant", "login:eve", "auditor"), "not_found"),
        (("roles", "grant", "login:ada", "king"), "invalid_input"),
        (("members", "create", "login:bob", "--team", "none"), "not_found"),
        (("members", "create", "with blank"), "invalid_input"),
        (("members", "remove", "login:eve"), "not_found"),
        (("teams", "remove", "none"), "not_found"),
        (("teams", "create", ""), "invalid_input"),
    ],
)
def test_what_cannot_be_done_says_why(run: Run, words: tuple[str, ...], code: str) -> None:
    run("members", "create", "login:ada")
    status, body = run(*words)
    assert (status, body["error"]["code"]) == (2, code)


def test_the_table_of_roles_is_the_one_that_decides(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["roles", "list", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert "roles.grant" in table["owner"] and "roles.grant" not in table["developer"]


def test_only_an_owner_grants(run: Run, data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("members", "create", "login:ada")
    for role in (Role.DEVELOPER, Role.AUDITOR, Role.RISK_OFFICER):
        key = create_key(open_store(data), application="shop", function="", scopes=("admin",),
                         roles=(role,))[1]  # fmt: skip
        monkeypatch.setenv("SEAWALL_ADMIN_KEY", key)
        for words in (
            ("roles", "grant", "login:ada", role),
            ("members", "create", "login:me", "--role", "owner"),
            ("members", "remove", "login:ada"),
            ("teams", "create", "mine"),
        ):
            status, body = run(*words)
            assert (status, body["error"]["code"]) == (2, "not_permitted"), (role, words)


def test_records_are_shown_to_those_who_may_read_them(
    run: Run, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = create_key(open_store(data), application="shop", function="", scopes=("admin",),
                     roles=("developer",))[1]  # fmt: skip
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", key)
    for words in (
        ("audit", "show"),
        ("audit", "export"),
        ("usage-policy", "accepted", "--application", "shop"),
        ("consent", "show", "anna", "--application", "shop"),
    ):
        status, body = run(*words)
        assert (status, body["error"]["code"]) == (2, "not_permitted"), words


def test_who_accepted_what_is_listed_one_a_line(
    data: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    store = open_store(data)
    for number in range(1003):
        accept(store, f"user-{number:04}", "shop", "7", now=100)
    accept(store, "user-0001", "shop", "6", now=100)
    words = ["usage-policy", "accepted", "--application", "shop", "--data", data, "--json"]
    assert main.run(words) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (len(lines), len({(a["user"], a["policy_version"]) for a in lines})) == (1004, 1004)
    assert main.run([*words, "--user", "user-0001", "--version", "6"]) == 0
    assert json.loads(capsys.readouterr().out)["policy_version"] == "6"
    assert main.run([*words[:-1], "--user", "user-0002"]) == 0
    assert "user-0002" in capsys.readouterr().out
