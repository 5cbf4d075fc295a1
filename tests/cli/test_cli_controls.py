"""`seawall controls` and `seawall attest` on the command line."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from seawall.cli.main import run
from seawall.store.audit import open_log
from seawall.store.db import open_store

PROFILE = """
application: help-bot
facts:
  audience: [customers]
  model.hosting: vendor_api
  business.appetite: 100000
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SEAWALL_DATABASE_URL", raising=False)
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    (tmp_path / "profile.yaml").write_text(PROFILE)
    out = ["--draws", "1000", "--out", str(tmp_path / "register.json")]
    assert run(["assess", str(tmp_path / "profile.yaml"), *out]) == 0
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run([*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def states(capsys: pytest.CaptureFixture[str], folder: Path, *more: str) -> dict[str, str]:
    code, found = call(
        capsys, "controls", "--register", str(folder / "register.json"), *more
    )  # fmt: skip
    assert code == 0
    assert found["application"] == "help-bot"
    return {one["control"]: one["state"] for one in found["controls"]}


def test_attested_then_withdrawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(folder / "data")]
    assert states(capsys, folder)["CTL-VENDOR"] == "not tested"
    (folder / "contract.txt").write_text("signed")
    code, entry = call(
        capsys, "attest", "add", "CTL-VENDOR", "--application", "help-bot", "--by", "kim",
        "--note", "contract of May", "--file", str(folder / "contract.txt"), *data,
    )  # fmt: skip
    assert code == 0
    assert "signed" not in json.dumps(entry)
    assert states(capsys, folder, *data)["CTL-VENDOR"] == "attested"
    assert states(capsys, folder)["CTL-VENDOR"] == "not tested"
    assert states(capsys, folder, *data, "--on", "2999-01-01")["CTL-VENDOR"] == "expired"
    key = entry["entry_id"]
    assert call(capsys, "attest", "withdraw", key, "--reason", "ended", *data)[0] == 0
    assert states(capsys, folder, *data)["CTL-VENDOR"] == "expired"
    assert run(["attest", "list", *data]) == 0
    assert "withdrawn, ended" in capsys.readouterr().out


def test_another_application_s_word_does_not_count(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(folder / "data")]
    words = ["--application", "other", "--by", "kim", "--note", "n", *data]
    assert call(capsys, "attest", "add", "CTL-VENDOR", *words)[0] == 0
    assert states(capsys, folder, *data)["CTL-VENDOR"] == "not tested"


def test_a_file_of_decisions_counts_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "decisions.yaml"
    path.write_text("attestations:\n  - {control: CTL-VENDOR, by: kim, date: 2026-01-10}\n")
    given = ["--decisions", str(path)]
    assert states(capsys, folder, *given, "--on", "2026-02-01")["CTL-VENDOR"] == "attested"
    assert states(capsys, folder, *given, "--on", "2027-01-11")["CTL-VENDOR"] == "expired"


def test_one_control_is_shown_with_its_evidence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    register = ["--register", str(folder / "register.json")]
    policy = ["--policy", str(Path(__file__).parents[2] / "examples" / "policy.yaml")]
    assert run(["controls", *register, *policy, "--control", "CTL-AUDIT"]) == 0
    out = capsys.readouterr().out
    assert "The gateway always does this." in out
    assert "not tested" in out
    assert "%" not in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--control", "CTL-NONE"], "no control"),
        (["--state", "good"], "no state"),
        (["--on", "soon"], "no day"),
        (["--data", "no-such-folder"], "no-such-folder"),
    ],
)
def test_wrong_words_are_named(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    code, found = call(
        capsys, "controls", "--register", str(folder / "register.json"), *words
    )  # fmt: skip
    assert code == 2
    assert says in found["error"]["message"]


def test_an_audit_log_is_verified(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = folder / "data"
    store = open_store(data)
    audit = ["--audit", str(data)]
    register = ["--register", str(folder / "register.json")]
    assert call(capsys, "controls", *register, *audit)[0] == 2, "no log, no answer"
    log = open_log(store)
    log.start()
    assert states(capsys, folder, *audit)["CTL-AUDIT"] == "not tested", "an empty log shows nothing"
    for number in range(3):
        log.submit({"n": number}).result(5)
    log.stop()
    store.close()
    assert states(capsys, folder, *audit)["CTL-AUDIT"] == "tested-pass"
    with sqlite3.connect(data / "seawall.db") as database:
        database.execute("DELETE FROM audit WHERE seq = 2")
    assert states(capsys, folder, *audit)["CTL-AUDIT"] == "tested-fail"
