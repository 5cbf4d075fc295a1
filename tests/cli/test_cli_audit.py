"""seawall audit: what it prints and how it exits, for people and for programs."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.cli import main
from seawall.core.roles import Role
from seawall.store.acceptances import accept
from seawall.store.audit import AuditLog, open_log
from seawall.store.audit_users import AuditUsers
from seawall.store.chain import KEY_FILE
from seawall.store.changes import pending_changes
from seawall.store.db import open_store
from seawall.store.keys import create_key
from seawall.store.turns import Owner, Turns

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def data(tmp_path: Path) -> str:
    folder = tmp_path / "data"
    store = open_store(folder)
    log = open_log(store)
    log.start()
    for number in range(1, 31):
        log.submit({"n": number, "text": "[bold]markup[/bold]"}).result(5)
    log.stop()
    store.close()
    return str(folder)


def test_verify_says_verified_and_exits_0(run: Run, data: str) -> None:
    code, out, err = run("audit", "verify", "--data", data)
    assert (code, err) == (0, "")
    assert "verified" in out
    assert "30" in out
    code, out, _ = run("audit", "verify", "--data", data, "--json")
    report = json.loads(out)
    assert (code, report["ok"], report["records"], report["problems"]) == (0, True, 30, [])


def test_verify_names_the_record_and_exits_5(run: Run, data: str) -> None:
    with sqlite3.connect(Path(data) / "seawall.db") as database:
        database.execute("DELETE FROM audit WHERE seq = 17")
    code, out, _ = run("audit", "verify", "--data", data)
    assert code == 5
    assert "DOES NOT VERIFY" in out
    assert "record 17: missing" in out
    code, out, _ = run("audit", "verify", "--data", data, "--json")
    report = json.loads(out)
    assert (code, report["ok"]) == (5, False)
    assert "record 17: missing" in report["problems"]


def test_verify_with_copies_kept_elsewhere(run: Run, data: str, tmp_path: Path) -> None:
    for name in ("audit.pub", "audit.head"):
        (tmp_path / name).write_bytes((Path(data) / name).read_bytes())
    kept = ("--public-key", str(tmp_path / "audit.pub"), "--head", str(tmp_path / "audit.head"))
    assert run("audit", "verify", "--data", data, *kept)[0] == 0
    code, _, err = run("audit", "verify", "--data", data, "--head", str(tmp_path / "none"))
    assert code == 2
    assert "There is no file" in err


def test_a_removed_database_exits_5_an_empty_place_2(run: Run, data: str, tmp_path: Path) -> None:
    for path in Path(data).glob("seawall.db*"):
        path.unlink()
    assert run("audit", "verify", "--data", data)[0] == 5
    assert run("audit", "verify", "--data", str(tmp_path / "none"))[0] == 2


def test_show_prints_the_newest_or_those_after(run: Run, data: str) -> None:
    code, out, _ = run("audit", "show", "--data", data, "--last", "3", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, [line["seq"] for line in lines]) == (0, [28, 29, 30])
    assert lines[0]["body"]["n"] == 28
    _, out, _ = run("audit", "show", "--data", data, "--after", "9", "--last", "2", "--json")
    assert [json.loads(line)["seq"] for line in out.splitlines()] == [10, 11]
    code, out, _ = run("audit", "show", "--data", data)
    assert code == 0
    assert "[bold]markup[/bold]" in out  # a record is text, never markup


def test_export_prints_one_line_a_record(run: Run, data: str) -> None:
    code, out, _ = run("audit", "export", "--data", data, "--after", "28")
    assert code == 0
    assert [json.loads(line)["seq"] for line in out.splitlines()] == [29, 30]
    code, out, _ = run("audit", "export", "--data", data, "--format", "ocsf")
    assert {json.loads(line)["class_uid"] for line in out.splitlines()} == {6003}
    integrity = ("audit", "export", "--data", data, "--record-integrity")
    code, out, _ = run(*integrity, "--format", "ocsf", "--after", "29")
    assert json.loads(out)["attestation_list"][0]["prev_event"]["uid"].endswith("-29")
    assert run(*integrity)[0] == 2


def test_a_user_is_found_until_the_key_is_destroyed(run: Run, data: str) -> None:
    store = open_store(data)
    users = AuditUsers(store)
    key = users.key("anna")
    log = open_log(store)
    log.start()
    log.submit({"user": key.name("anna")}, user_key=key).result(5)
    log.stop()
    accept(store, "anna", "shop", "1")
    owner = Owner(application="shop", function="chat", key_id="abc")
    Turns(store).keep(owner, "resp_1", b"Hi", seconds=600, handle=users.handle("anna"))
    Turns(store).keep(owner, "resp_2", b"Hi", seconds=600, handle=users.handle("bob"))
    store.close()
    mine = ("audit", "export", "--data", data, "--user", "anna")
    code, out, _ = run(*mine)
    assert (code, json.loads(out)["seq"]) == (0, 31)
    code, out, _ = run("audit", "erase", "anna", "--data", data, "--json")
    assert (code, json.loads(out)) == (
        0,
        {
            "erased": True,
            "acceptances": 1,
            "captures": 0,
            "turns": 1,
            "approvals": 0,
            "training": 0,
            "counted": 0,
        },
    )
    assert run(*mine)[0] == 2
    assert run("audit", "verify", "--data", data)[0] == 0
    assert Turns(open_store(data)).find(owner, "resp_2") and not Turns(open_store(data)).find(
        owner, "resp_1"
    )
    changes = [c for c in pending_changes(open_store(data)) if c["action"] == "audit.erase"]
    assert [c["target"] for c in changes] == [key.name("anna")]


def test_key_prints_the_public_key(run: Run, data: str) -> None:
    code, out, err = run("audit", "key", "--data", data)
    assert code == 0
    assert out == (Path(data) / "audit.pub").read_text()
    assert "fingerprint" in err


@pytest.fixture
def aged(tmp_path: Path) -> str:
    """Return a data folder whose log has three records of the year 2001, each checkpointed."""
    store = open_store(tmp_path / "aged")
    day = [11_400]
    log = AuditLog(store, store.folder / KEY_FILE, clock=lambda: day[0] * 86_400 * 10**9)
    log.start()
    for number in range(3):
        log.submit({"n": number}).result(5)
        day[0] += 1
    log.stop()
    store.close()
    return str(tmp_path / "aged")


def test_prune_says_what_is_due_and_ends_it_when_told(run: Run, aged: str) -> None:
    due = ("audit", "prune", "--older-than", "400d", "--data", aged)
    code, out, _ = run(*due)
    assert (code, "Records 1 to 2" in out, "nothing has ended" in out) == (0, True, True)
    code, out, err = run(*due, "--yes", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (2, "invalid_input"), err
    code, out, _ = run(*due, "--yes", "--reason", "over", "--json")
    report = json.loads(out)
    assert (code, report["ended"], report["records"], report["last"]) == (0, True, 2, 2)
    code, out, _ = run("audit", "verify", "--data", aged)
    assert (code, "records 1 to 2" in out) == (0, True)
    code, out, _ = run(*due)
    assert (code, out) == (0, "Nothing is due: the last record stays.\n")
    code, out, _ = run(*due, "--yes", "--reason", "over", "--json")
    assert (code, json.loads(out)["ended"], json.loads(out)["records"]) == (0, False, 0)


def test_prune_refuses_short_retentions_held_logs_and_broken_ones(run: Run, aged: str) -> None:
    def prune(*more: str) -> tuple[int, str]:
        code, out, _ = run("audit", "prune", "--data", aged, "--reason", "r", "--json", *more)
        return code, json.loads(out).get("error", {}).get("code", "")

    assert prune("--older-than", "30d", "--yes") == (2, "invalid_input")
    assert prune("--older-than", "30d", "--short") == (0, "")
    hold = ("--data", aged, "--reason", "a claim", "--json")
    assert run("audit", "hold", "case 7", *hold)[0] == 0
    assert prune("--older-than", "400d", "--yes") == (2, "legal_hold")
    code, out, _ = run("audit", "prune", "--older-than", "400d", "--data", aged)
    assert (code, "A legal hold stands: case 7 (a claim)" in out) == (0, True)
    code, out, _ = run("audit", "holds", "--data", aged, "--json")
    assert (code, [one["name"] for one in json.loads(out)]) == (0, ["case 7"])
    assert run("audit", "lift", "case 8", *hold)[0] == 2
    assert run("audit", "lift", "case 7", *hold)[0] == 0
    with sqlite3.connect(Path(aged) / "seawall.db") as database:
        database.execute("UPDATE audit SET body = x'7b7d' WHERE seq = 3")
    assert prune("--older-than", "400d", "--yes") == (5, "integrity")


def test_who_may_hold_may_not_lift_or_end(
    run: Run, aged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, key = create_key(open_store(aged), application="shop", function="", scopes=("admin",),
                        roles=(Role.RISK_OFFICER,))  # fmt: skip
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", key)
    said = ("--data", aged, "--reason", "a claim")
    assert run("audit", "hold", "case 7", *said)[0] == 0
    for refused in (("lift", "case 7"), ("prune", "--older-than", "400d", "--yes")):
        code, _, err = run("audit", *refused, *said)
        assert (code, "do not allow audit.prune" in err) == (2, True)
