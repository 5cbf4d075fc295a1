"""`seawall accept` and `seawall incident` on the command line."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seawall.cli.main import run
from seawall.core.roles import Role
from seawall.store.db import open_store
from seawall.store.keys import create_key, rotate_key

PROFILE = """
application: help-bot
facts:
  audience: [customers]
  geo.users: [eu]
  geo.processing: [eu]
  data.classes_in_prompt: [personal]
  business.appetite: 100000
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SEAWALL_DATABASE_URL", raising=False)
    monkeypatch.delenv("SEAWALL_ADMIN_KEY", raising=False)
    (tmp_path / "profile.yaml").write_text(PROFILE)
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    capsys.readouterr()
    code = run([*words, "--json"])
    return (code, json.loads(capsys.readouterr().out))


def test_four_eyes_over_one_state(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, register = str(folder / "data"), str(folder / "register.json")
    profile = str(folder / "profile.yaml")
    assert run(["assess", profile, "--draws", "1000", "--out", register]) == 0
    until = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    asking = ["accept", "ask", "SEC-01", "--register", register, "--owner", "head", "--reason",
              "pilot", "--until", until, "--control", "CTL-INJ-INPUT", "--data", data]  # fmt: skip
    other = folder / "other.yaml"
    other.write_text(PROFILE.replace("help-bot", "other-bot"))
    assert run([*asking, "--profile", str(other)]) == 2
    assert "the profile about other-bot" in capsys.readouterr().err
    code, entry = call(capsys, *asking, "--profile", profile)
    assert code == 0
    key = entry["entry_id"]
    approving = ["accept", "approve", key, "--register", register, "--data", data]
    assert call(capsys, *approving)[0] == 2
    store = open_store(data)
    unnamed = create_key(store, application="help-bot", function="", roles=(Role.RISK_OFFICER,),
                         scopes=("admin",))[1]  # fmt: skip
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", unnamed)
    code, refused = call(capsys, *approving)
    assert (code, "has none" in refused["error"]["message"]) == (2, True)
    _, secret = create_key(store, application="help-bot", function="admin", name="ben",
                           roles=(Role.RISK_OFFICER,), scopes=("admin",))  # fmt: skip
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", secret)
    code, approved = call(capsys, *approving)
    assert code == 0 and approved["body"]["approved_by"].startswith("ben (key:")
    seen = ["accept", "list", "--register", register, "--data", data]
    code, listed = call(capsys, *seen, "--profile", profile)
    assert [one["standing"]["state"] for one in listed] == ["holds"]
    code, listed = call(capsys, *seen)
    assert listed[0]["standing"]["why"].endswith("its facts are still the same; give one.")
    page = folder / "report.html"
    reporting = ["report", "--register", register, "--profile", profile, "--out", str(page)]
    assert run([*reporting, "--data", data]) == 0
    assert re.search(rf"Accepted by ben \(key:\w+\) until {until} \({key}\)", page.read_text())
    code, listed = call(capsys, "accept", "list", "--data", data)
    assert [one["standing"]["holds"] for one in listed] == [False]
    banned = ["accept", "ask", "LEG-01", *asking[3:]]
    assert call(capsys, *banned)[0] == 2


def test_an_incident_from_start_to_end(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(folder / "data")]
    code, entry = call(
        capsys, "incident", "open", "Another's data shown", "--profile",
        str(folder / "profile.yaml"), "--kind", "personal-data", "--severity", "S4", "--risk",
        "PRI-03", "--known-since", "2026-11-28T09:00Z", *data,
    )  # fmt: skip
    assert code == 0
    key = entry["entry_id"]
    due = {one["clause"]: one["due"] for one in entry["body"]["deadlines"]}
    assert due["GDPR-33"] == "2026-12-01T09:00:00+00:00"
    assert "UK-GDPR" not in due
    assert call(capsys, "incident", "note", key, "cache off", *data)[0] == 0
    assert call(capsys, "incident", "told", key, "GDPR-33", *data)[0] == 0
    assert call(capsys, "incident", "close", key, "--lesson", "try shared caches", *data)[0] == 0
    _, versions = call(capsys, "incident", "show", key, *data)
    assert [one["action"] for one in versions] == ["open", "note", "told", "close"]
    _, lessons = call(capsys, "incident", "lessons", *data)
    assert lessons[0]["lesson"] == "try shared caches"
    assert {"PRB-PII-ANSWER", "PRB-OTHERS"} <= set(lessons[0]["probes"]), "further ones too"
    assert run(["incident", "list", *data]) == 0
    assert "Another's data shown" in capsys.readouterr().out


def test_a_time_without_a_zone_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, error = call(
        capsys, "incident", "open", "x", "--profile", str(folder / "profile.yaml"), "--kind",
        "security", "--severity", "S1", "--known-since", "2026-11-28T09:00", "--data",
        str(folder / "data"),
    )  # fmt: skip
    assert code == 2
    assert "zone" in error["error"]["message"]


def test_a_rotated_key_cannot_approve_what_the_old_one_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, register = str(folder / "data"), str(folder / "register.json")
    assert run(["assess", str(folder / "profile.yaml"), "--draws", "1000", "--out", register]) == 0
    until = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    store = open_store(data)
    old, secret = create_key(store, application="help-bot", function="", name="",
                             roles=(Role.OWNER,), scopes=("admin",))  # fmt: skip
    new = rotate_key(store, old, overlap=3600)[1]
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", secret)
    code, entry = call(capsys, "accept", "ask", "SEC-01", "--register", register, "--owner", "head",
                       "--reason", "pilot", "--until", until, "--data", data)  # fmt: skip
    assert code == 0
    approving = ["accept", "approve", entry["entry_id"], "--register", register, "--data", data]
    monkeypatch.setenv("SEAWALL_ADMIN_KEY", new)
    assert call(capsys, *approving)[0] == 2
    monkeypatch.delenv("SEAWALL_ADMIN_KEY")
    assert call(capsys, *approving)[0] == 2
