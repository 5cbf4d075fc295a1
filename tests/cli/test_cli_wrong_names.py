"""A slip of the pen changes nothing and says so: no such key, user or application, other pepper."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.cli import main
from seawall.store.acceptances import accept, accepted
from seawall.store.audit_users import AuditUsers
from seawall.store.db import open_store
from seawall.store.keys import create_key, list_keys, revoke_key
from seawall.store.kills import list_kills
from seawall.store.turns import Owner, Turns

Run = Callable[..., tuple[int, str, str]]
OTHER = "another-pepper-0123456789abcdef"
ME = Owner(application="shop", function="chat", key_id="abc")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("SEAWALL_PEPPER", "SEAWALL_ADMIN_KEY", "SEAWALL_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    store = open_store(folder)
    create_key(store, application="shop", function="chat")
    users = AuditUsers(store)
    accept(store, "anna", "shop", "1")
    Turns(store).keep(ME, "resp_1", b"Hi", seconds=600, handle=users.handle("anna"))
    store.close()
    return str(folder)


@pytest.fixture
def run(data: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main.run([*arguments, "--data", data])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def test_under_another_pepper_nothing_is_erased(
    run: Run, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAWALL_PEPPER", OTHER)
    for words in (
        ("audit", "erase", "anna"),
        ("capture", "erase", "--user", "anna"),
        ("capture", "list", "--user", "anna"),
        ("consent", "set", "anna", "--application", "shop", "--opt-out"),
        ("consent", "show", "anna", "--application", "shop"),
    ):
        code, out, err = run(*words)
        assert (code, out) == (3, ""), words
        assert "another pepper" in err, words
    monkeypatch.delenv("SEAWALL_PEPPER")
    store = open_store(data)
    assert accepted(store, "anna", "shop", "1")
    assert Turns(store).find(ME, "resp_1")
    code, out, _ = run("audit", "erase", "anna")
    assert code == 0 and "Acceptances erased: 1." in out and "Kept responses erased: 1." in out


def test_a_pepper_that_is_gone_for_good_ends_with_its_keys(
    run: Run, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAWALL_PEPPER", OTHER)
    store = open_store(data)
    old = list_keys(store)[0].key_id
    revoke_key(store, old)
    assert run("audit", "erase", "anna")[0] == 3, "no key fits this pepper"
    create_key(store, application="shop", function="chat")
    assert run("audit", "erase", "anna")[0] == 0


def test_a_user_of_whom_nothing_is_kept_is_told(run: Run) -> None:
    for more in ((), ("--json",)):
        code, out, err = run("audit", "erase", "anan", *more)
        assert code == 2 and "nothing was erased" in out + err


def test_a_key_that_does_not_exist_is_not_switched_off(run: Run, data: str) -> None:
    store = open_store(data)
    code, _, err = run("kill", "key", "nosuchkey", "--reason", "leaked")
    assert code == 2 and "There is no key 'nosuchkey'" in err
    assert list_kills(store) == []
    assert run("kill", "key", list_keys(store)[0].key_id, "--reason", "leaked")[0] == 0
    assert run("kill", "key", "jwt:someone", "--reason", "leaked")[0] == 0
    assert len(list_kills(store)) == 2


def test_functions_and_models_are_checked_by_the_policy_else_doubted(run: Run, data: str) -> None:
    policy = Path(__file__).parents[2] / "examples" / "policy.yaml"
    for kind in ("function", "model"):
        code, _, err = run("kill", kind, "nosuch", "--reason", "x", "--policy", str(policy))
        assert code == 2 and f"The policy has no {kind} 'nosuch'" in err
        code, _, err = run("kill", kind, "nosuch", "--reason", "x")
        assert code == 0 and f"whether there is a {kind} nosuch is not known" in err
    assert run("kill", "function", "chat", "--reason", "x")[2] == ""
    assert len(list_kills(open_store(data))) == 3


def test_a_choice_for_an_application_that_does_not_exist_is_refused(run: Run) -> None:
    for verb, more in (("set", ("--opt-out",)), ("show", ())):
        code, _, err = run("consent", verb, "anna", "--application", "nosuchapp", *more)
        assert code == 2 and "no application 'nosuchapp'" in err and "Keys are of shop" in err
    assert run("consent", "set", "anna", "--application", "shop", "--opt-out")[0] == 0
