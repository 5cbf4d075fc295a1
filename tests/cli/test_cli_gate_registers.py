"""`seawall gate --data`: recorded acceptances, exceptions and attestations carry a release."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from attacked import BASE, MEASURED
from test_cli_gate import harmless, measured

from seawall.cli.main import run
from seawall.core.register import Register
from seawall.core.roles import Role
from seawall.govern.inputs import ControlRow, ReportInputs
from seawall.store.db import open_store
from seawall.store.keys import create_key

RISK = "SEC-01"
END = (datetime.now(UTC) + timedelta(days=60)).date()


@pytest.fixture
def folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.delenv("SEAWALL_DATABASE_URL", raising=False)
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    (tmp_path / "profile.yaml").write_text(MEASURED)
    (tmp_path / "policy.yaml").write_text(BASE)
    measured(tmp_path, capsys, created=datetime.now(UTC).date().isoformat())
    harmless(tmp_path)
    return tmp_path


def set_bound(folder: Path, bound: float) -> None:
    path = folder / "register.json"
    found = msgspec.json.decode(path.read_bytes(), type=Register)
    rows = tuple(
        msgspec.structs.replace(row, ucb95=bound) if row.risk == RISK else row
        for row in found.risks
    )
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(found, risks=rows)))


def plan(folder: Path, *rows: ControlRow) -> None:
    path = folder / "summary.json"
    found = msgspec.json.decode(path.read_bytes(), type=ReportInputs)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(found, controls=rows)))


class Gate:
    """The gate over a folder, with its registers and two people."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.data = str(folder / "data")

    def call(self, *words: str) -> Any:
        self.capsys.readouterr()
        code = run([*words, "--data", self.data, "--json"])
        out = self.capsys.readouterr().out
        assert code in (0, 2, 4), out
        return code, json.loads(out)

    def judged(self, *more: str, on: date | None = None) -> tuple[int, Any]:
        folder = self.folder
        words = ["--register", str(folder / "register.json"), "--summary",
                 str(folder / "summary.json"), "--policy", str(folder / "policy.yaml")]  # fmt: skip
        day = [] if on is None else ["--on", on.isoformat()]
        code, found = self.call("gate", str(folder / "profile.yaml"), *words, *day, *more)
        return code, found["gate"]

    def approve(self, what: str, entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
        _, secret = create_key(open_store(self.data), application="bot", function="admin",
                               name="ben", scopes=("admin",),
                               roles=(Role.RISK_OFFICER,))  # fmt: skip
        register = ["--register", str(self.folder / "register.json")]
        with monkeypatch.context() as patch:
            patch.setenv("SEAWALL_ADMIN_KEY", secret)
            code, said = self.call(what, "approve", entry, *register)
            assert code == 0, said


def test_an_acceptance_carries_a_risk_until_something_changes(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(folder, capsys)
    open_store(gate.data).close()
    set_bound(folder, 0.2)
    code, found = gate.judged()
    assert code == 4
    assert [reason["subject"] for reason in found["reasons"]] == [RISK]
    _, entry = gate.call(
        "accept", "ask", RISK, "--register", str(folder / "register.json"), "--owner", "head",
        "--reason", "pilot", "--until", END.isoformat(), "--profile", str(folder / "profile.yaml"),
    )  # fmt: skip
    key = entry["entry_id"]
    assert "waits for another person" in str(gate.judged()[1]["reasons"])
    gate.approve("accept", key, monkeypatch)
    code, found = gate.judged()
    assert (code, [one["ref"] for one in found["accepted"]]) == (0, [key])
    assert "ended on" in str(gate.judged(on=END + timedelta(days=1))[1]["reasons"])
    set_bound(folder, 0.3)
    code, found = gate.judged()
    assert code == 4
    assert "UCB95 is 30.0%, it was 20.0%" in str(found["reasons"])
    set_bound(folder, 0.2)
    incident = ["incident", "open", "it happened", "--profile", str(folder / "profile.yaml"),
                "--kind", "security", "--severity", "S2", "--risk", RISK]  # fmt: skip
    assert gate.call(*incident)[0] == 0
    assert "An incident with" in str(gate.judged()[1]["reasons"])


def test_an_exception_carries_a_control_that_the_policy_lacks(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(folder, capsys)
    plan(folder, ControlRow(id="CTL-INJ-INPUT", title="t", reason="r", how="gateway"))
    open_store(gate.data).close()
    assert "the policy does not hold it" in str(gate.judged()[1]["reasons"])
    asking = ["exception", "ask", "CTL-INJ-INPUT", "--register", str(folder / "register.json"),
              "--owner", "head", "--reason", "pilot", "--until", END.isoformat()]  # fmt: skip
    assert gate.call(*asking, "--compensating", "CTL-NONE")[0] == 2
    key = gate.call(*asking, "--compensating", "CTL-AUDIT")[1]["entry_id"]
    gate.approve("exception", key, monkeypatch)
    code, found = gate.judged()
    assert (code, [one["ref"] for one in found["accepted"]]) == (0, [key])
    listing = ["exception", "list", "--register", str(folder / "register.json")]
    assert [one["standing"]["state"] for one in gate.call(*listing)[1]] == ["holds"]
    assert gate.call("exception", "withdraw", key, "--reason", "rule is back")[0] == 0
    assert gate.judged()[0] == 4


def test_attestations_of_the_register_count(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = Gate(folder, capsys)
    plan(folder, ControlRow(id="CTL-VENDOR", title="t", reason="r", how="people"))
    open_store(gate.data).close()
    assert "nobody attests it" in str(gate.judged()[1]["reasons"])
    words = ["--application", "bot", "--by", "kim", "--note", "contract"]
    assert gate.call("attest", "add", "CTL-VENDOR", *words)[0] == 0
    assert gate.judged()[0] == 0
    assert gate.judged(on=END + timedelta(days=400))[0] == 4


def test_a_changed_fact_needs_a_profile_to_be_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = Gate(folder, capsys)
    code, found = gate.call(
        "accept", "ask", RISK, "--register", str(folder / "register.json"), "--owner", "head",
        "--reason", "pilot", "--until", END.isoformat(), "--reopen-if", "fact",
    )  # fmt: skip
    assert code == 2
    assert "--profile" in found["error"]["message"]


def add_vendor(gate: Gate) -> str:
    words = ["--service", "chat model", "--application", "bot", "--owner", "procurement"]
    key: str = gate.call("vendor", "add", "Modelworks", *words)[1]["entry_id"]
    return key


def test_a_vendor_that_nobody_approved_stops_a_release_until_it_is_withdrawn(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate = Gate(folder, capsys)
    open_store(gate.data).close()
    assert gate.judged()[0] == 0
    key = add_vendor(gate)
    code, found = gate.judged()
    assert code == 4
    assert [(one["kind"], one["ref"]) for one in found["reasons"]] == [("vendor", key)]
    assert "Nobody decided about Modelworks" in found["reasons"][0]["sentence"]
    todo = gate.call("gate", str(folder / "profile.yaml"))[1]["to_pass"]
    assert any(key in step and "seawall vendor show" in step for step in todo)
    assert gate.call("vendor", "withdraw", key, "--reason", "not used")[0] == 0
    assert gate.judged()[0] == 0


def test_an_exception_carries_a_vendor_that_waits(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(folder, capsys)
    path = folder / "register.json"
    found = msgspec.json.decode(path.read_bytes(), type=Register)
    rows = tuple(
        msgspec.structs.replace(row, controls=(*row.controls, "CTL-VENDOR"))
        if row.risk == RISK
        else row
        for row in found.risks
    )
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(found, risks=rows)))
    open_store(gate.data).close()
    add_vendor(gate)
    register = ["--register", str(path)]
    words = ["--owner", "head", "--reason", "terms come in May", "--until", END.isoformat()]
    stand_in = ["--compensating", "CTL-AUDIT"]
    asked = gate.call("exception", "ask", "CTL-VENDOR", *register, *words, *stand_in)[1]
    assert "vendor" in {one["kind"] for one in gate.judged()[1]["reasons"]}
    gate.approve("exception", asked["entry_id"], monkeypatch)
    code, judged = gate.judged()
    assert (code, [one["subject"] for one in judged["accepted"]]) == (0, ["CTL-VENDOR"])
